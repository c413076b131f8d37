"""Half-open spans of UTC time that tile exactly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.kernel.clock import US_PER_DAY, from_us, to_us
from gateway.kernel.errors import InvalidValue

MONTHS_PER_YEAR = 12


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """`[start, end)` in microseconds UTC."""

    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if self.end_us <= self.start_us:
            raise InvalidValue("a period ends after it starts")

    def __contains__(self, instant_us: int) -> bool:
        return self.start_us <= instant_us < self.end_us

    def __str__(self) -> str:
        start, end = from_us(self.start_us), from_us(self.end_us)
        return f"{start:%Y-%m-%d}/{end:%Y-%m-%d}"


def day_of(instant_us: int) -> Period:
    """The day in UTC that holds an instant."""
    start_us = instant_us - instant_us % US_PER_DAY
    return Period(start_us, start_us + US_PER_DAY)


def month_of(instant_us: int) -> Period:
    """The calendar month in UTC that holds an instant."""
    at = from_us(instant_us)
    return month(at.year, at.month)


def month(year: int, number: int) -> Period:
    """A calendar month in UTC, 1 to 12."""
    after = (year + 1, 1) if number == MONTHS_PER_YEAR else (year, number + 1)
    start = datetime(year, number, 1, tzinfo=UTC)
    end = datetime(*after, 1, tzinfo=UTC)
    return Period(to_us(start), to_us(end))


def month_number(instant_us: int) -> int:
    """Which month an instant is in, counted from year 0: months apart are 1 apart."""
    at = from_us(instant_us)
    return at.year * MONTHS_PER_YEAR + at.month - 1


def year_of(instant_us: int) -> Period:
    """The calendar year in UTC that holds an instant."""
    year = from_us(instant_us).year
    start = datetime(year, 1, 1, tzinfo=UTC)
    return Period(to_us(start), to_us(start.replace(year=year + 1)))


def parse_period(text: str) -> Period:
    """Read `2026-11` (a month) or `2026` (a year).

    Raises:
        InvalidValue: *text* is neither.
    """
    try:
        if len(text) == len("2026"):
            return year_of(to_us(datetime(int(text), 1, 1, tzinfo=UTC)))
        start = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
        return month(start.year, start.month)
    except ValueError:
        detail = f"{text!r} is no period; write a month (2026-11) or a year (2026)"
        raise InvalidValue(detail) from None
