"""Numbers without gaps: one series per kind of document and year.

A number is drawn in the transaction that finalises, never earlier, so a draft that
is thrown away leaves no hole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from gateway.kernel.clock import from_us
from gateway.kernel.errors import InvalidValue

DIGITS = 4
SHAPE = re.compile(r"^([A-Z]{2,4}-[0-9]{4}-)([0-9]{4,})$")


class Document(StrEnum):
    """What is numbered; the value opens the number."""

    INVOICE = "INV"
    CREDIT_NOTE = "CN"


def series_of(document: Document, issued_us: int) -> str:
    """The series of a document issued at an instant: `INV-2026-`."""
    return f"{document.value}-{from_us(issued_us).year:04d}-"


def spelled(series: str, number: int) -> str:
    """A number as it is printed: `INV-2026-0001`."""
    return f"{series}{number:0{DIGITS}d}"


def parsed(text: str) -> tuple[str, int]:
    """Series and number of a printed number.

    Raises:
        InvalidValue: it is not shaped like one of ours.
    """
    found = SHAPE.match(text)
    if not found:
        detail = f"{text!r} is no document number; ours look like INV-2026-0001"
        raise InvalidValue(detail)
    return found[1], int(found[2])


def gaps(numbers: Iterable[str], series: Mapping[str, int]) -> tuple[str, ...]:
    """The numbers that are missing, repeated, or were never drawn.

    Args:
        numbers: Every printed number.
        series: Each series and its next number.
    """
    printed = Counter(numbers)
    drawn = {
        spelled(code, number)
        for code, after in series.items()
        for number in range(1, after)
    }
    repeated = {text for text, times in printed.items() if times > 1}
    return tuple(sorted((drawn ^ set(printed)) | repeated))
