"""Standing: vested credits of the last 12 months that are not spent yet.

Standing is spent, so a contribution buys a measured share of use, never everything
forever. Money never enters here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gateway.kernel.clock import US_PER_DAY
from gateway.reciprocity.contribution import HUNDREDTHS_PER_HOUR, Claim
from gateway.reciprocity.review import Review, vested_us
from gateway.reciprocity.spending import Spent

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
    judged: Iterable[Judged], spent: Iterable[Spent], *, at_us: int
) -> Fraction:
    """What is left to spend, hundredths of a credit, exactly; never below 0.

    Use takes from the oldest credits that were still good on its day. What went beyond
    them is made good by credits that vest within 12 months after it.

    Args:
        judged: One party's claims, in any order.
        spent: What it took with standing, in any order.
        at_us: At which instant.
    """
    lots = sorted(
        (when, Fraction(each.claim.weight_hundredths))
        for each in judged
        if (when := vested_us(each.claim, each.reviews)) is not None and when <= at_us
    )
    left = [weight for _, weight in lots]
    first = 0
    for use in sorted(spent):
        owed = use.hundredths
        # Used up, or over before that day and so before every later one.
        while first < len(lots) and (
            not left[first] or lots[first][0] + WINDOW_US <= use.at_us
        ):
            first += 1
        number = first
        while owed and number < len(lots) and lots[number][0] < use.at_us + WINDOW_US:
            taken = min(owed, left[number])
            owed -= taken
            left[number] -= taken
            number += 1
    return sum(
        (
            weight
            for (when, _), weight in zip(lots, left, strict=True)
            if at_us - WINDOW_US < when
        ),
        Fraction(0),
    )


def whole_credits(hundredths: Fraction) -> int:
    """Credits as policies see them: a part of one counts as one, nothing as none."""
    return -(-hundredths.numerator // (hundredths.denominator * HUNDREDTHS_PER_HOUR))
