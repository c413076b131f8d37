"""Days as people type them on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime

from gateway.kernel.clock import to_us
from gateway.kernel.errors import InvalidValue


def day_us(text: str) -> int:
    """`2026-11-03`: the instant at which that day begins, UTC.

    Raises:
        InvalidValue: no day.
    """
    try:
        on = date.fromisoformat(text)
    except ValueError:
        detail = f"{text!r} is no day; write it like 2026-11-03"
        raise InvalidValue(detail) from None
    return to_us(datetime(on.year, on.month, on.day, tzinfo=UTC))
