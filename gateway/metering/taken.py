"""Who took how much of everything, as shares by beneficial owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.classification.behaviour import Share
from gateway.kernel.period import Period

PERMILLE = 1_000
LARGE_PERMILLE, LARGE_TAKERS = 200, 10
"""Above so large a share, among so many takers, somebody counts as very large."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a party took.

    Attributes:
        party_id: Which party.
        body_bytes: Billable bytes, above 0, whether an agreement or standing paid.
    """

    party_id: str
    body_bytes: int


class Takings(Protocol):
    """Adds up what was taken."""

    def takings(self, period: Period) -> tuple[Taken, ...]:
        """What each party took in a period, by party; none that took nothing."""


def shares(
    taken: Iterable[Taken], owner_of: Callable[[str], str]
) -> Mapping[str, Share]:
    """The share of each beneficial owner: splitting one taker into ten changes none.

    Args:
        taken: What each party took.
        owner_of: The beneficial owner of a party.
    """
    by_owner: Counter[str] = Counter()
    for each in taken:
        by_owner[owner_of(each.party_id)] += each.body_bytes
    total, takers = sum(by_owner.values()), len(by_owner)
    return {
        owner: Share(body_bytes * PERMILLE // total, takers)
        for owner, body_bytes in by_owner.items()
    }


def is_very_large(share: Share) -> bool:
    """Does it take more than a fifth, among ten takers or more?"""
    return share.permille > LARGE_PERMILLE and share.takers >= LARGE_TAKERS
