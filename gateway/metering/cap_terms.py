"""What a customer allows itself: how much, of what, over which period, how strictly.

A hard cap stops what would pass it. A soft one lets everything through and tells its
owner. A key's cap counts what was taken with that key under one agreement, so that
money is priced by one tariff.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.kernel.period import Period, day_of, month_of

FOREVER_US = 100 * 365 * US_PER_DAY
AMOUNT_MAX = 10**15
MONTHLY_CAP = "monthly-cap"


class Counted(StrEnum):
    """What a cap counts."""

    REQUESTS = "requests"
    BYTES = "bytes"
    MONEY = "money"


class Per(StrEnum):
    """Over which period a cap counts: calendar days and months in UTC."""

    DAY = "day"
    MONTH = "month"
    LIFE = "life"  # of the agreement


class Strength(StrEnum):
    """What happens at the cap."""

    SOFT = "soft"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class CapTerms:
    """One cap.

    Attributes:
        agreement_id: Whose.
        counted: What it counts.
        per: Over which period.
        amount: Requests, body bytes, or minor units of the agreement's currency.
        strength: Whether it stops or only tells.
        key_id: Only what was taken with this key; empty for all keys.
    """

    agreement_id: str
    counted: Counted
    per: Per
    amount: int
    strength: Strength = Strength.HARD
    key_id: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= AMOUNT_MAX:
            detail = f"a cap is a whole number from 0 to {AMOUNT_MAX}"
            raise InvalidValue(detail)

    @property
    def is_hard(self) -> bool:
        """Does it stop?"""
        return self.strength is Strength.HARD

    @property
    def name(self) -> str:
        """What answers call it: `requests-per-day`, `key-bytes-per-month`."""
        if (self.counted, self.per) == (Counted.MONEY, Per.MONTH) and not self.key_id:
            return MONTHLY_CAP
        of_key = "key-" if self.key_id else ""
        return f"{of_key}{self.counted.value}-per-{self.per.value}"

    def period(self, *, starts_us: int, at_us: int) -> Period:
        """The period that holds an instant.

        Args:
            starts_us: When the agreement began, microseconds UTC.
            at_us: The instant.
        """
        match self.per:
            case Per.DAY:
                return day_of(at_us)
            case Per.MONTH:
                return month_of(at_us)
            case Per.LIFE:
                return Period(starts_us, max(starts_us, at_us) + FOREVER_US)
