"""Over which span something adds up: a calendar year or month, UTC."""

from __future__ import annotations

from enum import StrEnum

from gateway.kernel.period import Period, month_of, year_of


class BracketsOver(StrEnum):
    """Over which span the position in the brackets accumulates."""

    YEAR = "year"
    MONTH = "month"

    def span_of(self, instant_us: int) -> Period:
        """The calendar year or month, UTC, that holds an instant."""
        return (
            year_of(instant_us) if self is BracketsOver.YEAR else month_of(instant_us)
        )
