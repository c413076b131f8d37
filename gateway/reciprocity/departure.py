"""A departure: what a party gave before it left gives no standing any more.

It left by its own wish, and it may come back: what it gives from then on counts as
anybody's. Unpaid work stays work; what is owed for it is paid.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from gateway.kernel.clock import US_PER_DAY
from gateway.reciprocity.spending import Spent
from gateway.reciprocity.standing import Judged


class DepartureStore(Protocol):
    """When parties left; nothing here ever changes."""

    def note(self, party_id: str, *, at_us: int) -> None:
        """A party leaves; noting the same instant twice changes nothing."""

    def last(self, party_id: str) -> int | None:
        """When it left last, microseconds UTC; None for never."""


def given_since(judged: Iterable[Judged], left_us: int | None) -> list[Judged]:
    """The claims that were made after a departure."""
    return [
        each for each in judged if left_us is None or each.claim.claimed_us > left_us
    ]


def spent_since(spent: Iterable[Spent], left_us: int | None) -> list[Spent]:
    """What was spent from the day of a departure on: old use burdens no new work."""
    return [
        each for each in spent if left_us is None or each.at_us + US_PER_DAY > left_us
    ]
