"""A sample of claims for review: drawn, and drawn again by anybody.

Each draw is a number made from the seed, so nobody chooses what they review; a claim's
chance grows with its weight. The seed, who drew and what came out are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.kernel.errors import InvalidValue

COUNT_MAX = 100


@dataclass(frozen=True, slots=True)
class Draw:
    """Who drew which claims to review.

    Attributes:
        seed: The round or day it was drawn for.
        reviewer_id: Who drew.
        claim_ids: What came out, in the order it was drawn.
        of: How many claims it was drawn from.
        weight_hundredths: What these weigh together.
        drawn_us: When.
    """

    seed: str
    reviewer_id: str
    claim_ids: tuple[str, ...]
    of: int
    weight_hundredths: int
    drawn_us: int


def drawn(weights: Mapping[str, int], *, seed: str, count: int) -> tuple[str, ...]:
    """Draw claims without putting any back, larger ones likelier.

    Args:
        weights: Claim id to its weight, 1 or more each.
        seed: What the numbers are made from.
        count: How many, at most `COUNT_MAX`; all where there are fewer.

    Returns:
        Claim ids in the order they were drawn; the same for the same arguments,
        whatever the order of *weights*.

    Raises:
        InvalidValue: the count is below 1 or above the limit, or the seed is empty.
    """
    if not 1 <= count <= COUNT_MAX:
        detail = f"a sample has 1 to {COUNT_MAX} claims"
        raise InvalidValue(detail)
    if not seed.strip():
        raise InvalidValue("a sample has a seed: the round or the day it is for")
    left = dict(sorted(weights.items()))
    chosen: list[str] = []
    while left and len(chosen) < count:
        place = _number(seed, len(chosen)) % sum(left.values())
        chosen.append(_at(left, place))
        del left[chosen[-1]]
    return tuple(chosen)


def _at(weights: Mapping[str, int], place: int) -> str:
    """Whose part of a line of all weights a place is in."""
    end = 0
    for name, weight in weights.items():
        end += weight
        if place < end:
            return name
    raise AssertionError("unreachable: the place is below the sum of all weights")


def _number(seed: str, place: int) -> int:
    digest = hashlib.sha256(f"copyfair sample\n{seed}\n{place}".encode()).digest()
    return int.from_bytes(digest)
