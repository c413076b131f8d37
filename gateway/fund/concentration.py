"""How concentrated a division is: exact figures, no float.

Three views of the same question: the Gini coefficient, the Herfindahl–Hirschman
index (also normalised, so that an equal division is 0 whatever the number) and the
share of the largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from gateway.kernel.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Concentration:
    """Figures between 0 (equal) and 1 (one has all).

    Attributes:
        gini: Gini coefficient.
        hhi: Herfindahl–Hirschman index: the sum of squared shares.
        normalised_hhi: (hhi − 1/n) ÷ (1 − 1/n); 0 for a single receiver.
        top_share: Share of the largest.
    """

    gini: Fraction
    hhi: Fraction
    normalised_hhi: Fraction
    top_share: Fraction


def concentration(amounts: Sequence[int]) -> Concentration:
    """The figures of a division.

    Args:
        amounts: Whole units, 0 or more each; nothing at all reads as equal.

    Raises:
        InvalidValue: an amount is negative.
    """
    if any(amount < 0 for amount in amounts):
        raise InvalidValue("amounts are 0 or more")
    total, count = sum(amounts), len(amounts)
    if not total:
        return Concentration(Fraction(0), Fraction(0), Fraction(0), Fraction(0))
    ranked = sum(rank * each for rank, each in enumerate(sorted(amounts), start=1))
    gini = Fraction(2 * ranked, count * total) - Fraction(count + 1, count)
    hhi = Fraction(sum(each * each for each in amounts), total * total)
    normalised = Fraction(0)
    if count > 1:
        normalised = (hhi - Fraction(1, count)) * Fraction(count, count - 1)
    return Concentration(gini, hhi, normalised, Fraction(max(amounts), total))
