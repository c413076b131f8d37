"""How much accepted work nobody paid for, as it was known when a split was booked.

A receipt may be dated back: work is weighed at its date, with the claims and reviews
that stood in the books when it was booked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby

from gateway.fund.basis import Basis
from gateway.fund.waterfall import unpaid_bp
from gateway.reciprocity.contribution import Claim
from gateway.reciprocity.review import Review, vested_us
from gateway.reciprocity.standing import WINDOW_US


@dataclass(frozen=True, slots=True)
class Split:
    """A split of the waterfall that says when it was booked.

    Attributes:
        row: Its place in the log.
        received_us: When the receipt counts.
        booked_us: What was known by then.
        basis: What it rested on.
    """

    row: int
    received_us: int
    booked_us: int
    basis: Basis


@dataclass(slots=True)
class KnownWork:
    """Vested work as it was known at one instant after the other."""

    _reviews: dict[str, list[Review]] = field(default_factory=dict)
    _vested: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    _times: list[int] = field(default_factory=list)
    _accepted: list[int] = field(default_factory=list)
    _unpaid: list[int] = field(default_factory=list)
    _is_stale: bool = True

    def learn(self, claim: Claim, review: Review | None) -> None:
        """A claim is made, or reviewed."""
        reviews = self._reviews.setdefault(claim.id, [])
        if review is not None:
            reviews.append(review)
        when = vested_us(claim, reviews)
        weight = claim.weight_hundredths
        self._vested.pop(claim.id, None)
        if when is not None:
            self._vested[claim.id] = when, weight, weight if claim.is_unpaid else 0
        self._is_stale = True

    def unpaid_bp(self, at_us: int) -> int:
        """The unpaid share of what vested in the 12 months before, basis points."""
        if self._is_stale:
            lots = sorted(self._vested.values())
            self._times = [when for when, *_ in lots]
            self._accepted = [*accumulate((one[1] for one in lots), initial=0)]
            self._unpaid = [*accumulate((one[2] for one in lots), initial=0)]
            self._is_stale = False
        last = bisect_right(self._times, at_us)
        first = bisect_right(self._times, at_us - WINDOW_US)
        return unpaid_bp(
            self._unpaid[last] - self._unpaid[first],
            self._accepted[last] - self._accepted[first],
        )


def off(
    splits: Iterable[Split],
    claims: Mapping[str, Claim],
    reviews: Iterable[Review],
) -> Iterator[tuple[int, str]]:
    """Splits whose unpaid share is not that of the work known then, with why."""
    told: Sequence[tuple[int, bool, str, Claim, Review | None]] = sorted(
        (
            *((one.claimed_us, False, one.id, one, None) for one in claims.values()),
            *(
                (one.reviewed_us, True, one.id, claims[one.claim_id], one)
                for one in reviews
                if one.claim_id in claims
            ),
        ),
        key=lambda each: each[:3],
    )
    known, place = KnownWork(), 0
    for booked_us, booked in groupby(
        sorted(splits, key=lambda each: (each.booked_us, each.row)),
        key=lambda each: each.booked_us,
    ):
        together, right = [*booked], list[list[int]]()
        # What happened in the very instant of booking may have come before or after.
        for until_us in (booked_us - 1, booked_us):
            while place < len(told) and told[place][0] <= until_us:
                known.learn(*told[place][3:])
                place += 1
            right.append([known.unpaid_bp(each.received_us) for each in together])
        for split, *either in zip(together, *right, strict=True):
            if (said := split.basis.unpaid_bp) not in either:
                yield (
                    split.row,
                    f"its unpaid_bp is {said}, accepted work gives {either[1]}",
                )
