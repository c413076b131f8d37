"""Hours as people write them, and hundredths as we keep them."""

from __future__ import annotations

import re

from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.contribution import HUNDREDTHS_PER_HOUR

HOURS = re.compile(r"([0-9]{1,4})(?:\.([0-9]{1,2}))?")


def hundredths(text: str) -> int:
    """`1.25` hours as hundredths.

    Raises:
        InvalidValue: no number of hours.
    """
    match = HOURS.fullmatch(text)
    if not match:
        detail = f"hours are a number such as 1.25, not {text!r}"
        raise InvalidValue(detail)
    return int(match[1]) * HUNDREDTHS_PER_HOUR + int((match[2] or "").ljust(2, "0"))


def spelled_hours(count: int) -> str:
    """Hundredths of an hour as people read them."""
    return f"{count // HUNDREDTHS_PER_HOUR}.{count % HUNDREDTHS_PER_HOUR:02d}"
