"""Standing: vested credits of the last 12 months that are not spent yet.

Standing is spent, so a contribution buys a measured share of use, never everything
forever. Money never enters here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.kernel.clock import US_PER_DAY
from gateway.reciprocity.contribution import Claim
from gateway.reciprocity.review import Review, vested_us

WINDOW_US = 365 * US_PER_DAY


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with its reviews, oldest first."""

    claim: Claim
    reviews: Sequence[Review] = ()

    def is_vested(self, *, at_us: int) -> bool:
        """Did it vest within the 12 months before an instant?"""
        when = vested_us(self.claim, self.reviews)
        return when is not None and at_us - WINDOW_US < when <= at_us


def vested_hundredths(judged: Iterable[Judged], *, at_us: int) -> int:
    """The weight that vested in the 12 months before an instant."""
    return sum(
        each.claim.weight_hundredths for each in judged if each.is_vested(at_us=at_us)
    )


def standing_hundredths(
    judged: Iterable[Judged], *, spent_hundredths: int, at_us: int
) -> int:
    """What is left to spend, hundredths of a credit, never below 0.

    Args:
        judged: One party's claims.
        spent_hundredths: What it spent in the same 12 months.
        at_us: At which instant.
    """
    return max(0, vested_hundredths(judged, at_us=at_us) - spent_hundredths)
