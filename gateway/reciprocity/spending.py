"""Spending: what use costs in standing, at a rate that is published beforehand.

What was spent is nowhere counted by itself: it is what usage events add up to. Each
event that standing pays for names the party's account instead of an agreement, and the
rate instead of a tariff, so a rate that changes never changes what was spent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.contribution import HUNDREDTHS_PER_HOUR

STANDING = "standing"
NAMED = re.compile(r"standing/(bytes|requests)/([1-9][0-9]{0,17})")


class Counted(StrEnum):
    """What standing is spent by."""

    BYTES = "bytes"
    REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class Rate:
    """What one credit buys.

    Attributes:
        counted: Bytes or requests.
        per_credit: How many of them, 1 or more.
    """

    counted: Counted
    per_credit: int

    def __post_init__(self) -> None:
        if self.per_credit < 1:
            raise InvalidValue("a credit buys at least one unit of use")

    @property
    def name(self) -> str:
        """As usage events carry it, in place of a tariff."""
        return f"{STANDING}/{self.counted.value}/{self.per_credit}"


DEFAULT_RATE = Rate(Counted.BYTES, 10 * 2**30)
"""Where neither the collection nor its pack says: one credit buys 10 GiB."""


@dataclass(frozen=True, slots=True, order=True)
class Spent:
    """What was taken with standing on one day, at one rate.

    Attributes:
        day: Days since 1970-01-01, UTC.
        rate: The rate's name.
        requests: Billable requests.
        body_bytes: Billable bytes.
    """

    day: int
    rate: str
    requests: int
    body_bytes: int

    @property
    def at_us(self) -> int:
        """The day's first instant, microseconds UTC."""
        return self.day * US_PER_DAY

    @property
    def hundredths(self) -> Fraction:
        """Exactly how much that is, hundredths of a credit."""
        rate = rate_named(self.rate)
        units = self.body_bytes if rate.counted is Counted.BYTES else self.requests
        return Fraction(units * HUNDREDTHS_PER_HOUR, rate.per_credit)


def rate_named(name: str) -> Rate:
    """The rate of a name.

    Raises:
        InvalidValue: it names none.
    """
    match = NAMED.fullmatch(name)
    if match is None:
        detail = f"{name!r} is no rate at which standing is spent"
        raise InvalidValue(detail)
    return Rate(Counted(match[1]), int(match[2]))


def account_of(party_id: str) -> str:
    """What usage events name in place of an agreement, where standing pays."""
    return f"{STANDING}:{party_id}"


def party_of(account: str) -> str:
    """Whose account it is; empty for an agreement."""
    prefix, _, party_id = account.partition(":")
    return party_id if prefix == STANDING else ""


def spent_hundredths(spent: Iterable[Spent]) -> Fraction:
    """How much was spent altogether, hundredths of a credit."""
    return sum((each.hundredths for each in spent), Fraction(0))
