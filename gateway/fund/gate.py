"""The concentration gate: a round that gives too much to few does not pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from gateway.billing.division import divide
from gateway.fund.concentration import Concentration, concentration

RECIPIENTS_MIN = 5
NORMALISED_HHI_MAX = Fraction(1, 4)
TOP_SHARE_MAX = Fraction(1, 5)


class Verdict(Enum):
    """What the gate says of a division."""

    PASS = "pass"
    FAIL = "fail"
    EQUAL_SPLIT = "equal-split"  # too few to judge: everybody gets the same


@dataclass(frozen=True, slots=True)
class Gate:
    """A verdict and its figures.

    Attributes:
        verdict: What it says.
        recipients: How many get anything.
        figures: How concentrated it is.
        hhi_max: The limit on the normalised HHI.
        top_share_max: The limit on the largest share.
    """

    verdict: Verdict
    recipients: int
    figures: Concentration
    hhi_max: Fraction
    top_share_max: Fraction


def gate(paid: Mapping[str, int]) -> Gate:
    """Judge a division: normalised HHI ≤ 0.25, largest share ≤ max(0.20, 2 ÷ n).

    Args:
        paid: Recipient to whole units, 0 or more; who gets 0 is no recipient.
    """
    amounts = [units for units in paid.values() if units]
    figures, count = concentration(amounts), len(amounts)
    top_share_max = max(TOP_SHARE_MAX, Fraction(2, count)) if count else Fraction(1)
    is_even = (
        figures.normalised_hhi <= NORMALISED_HHI_MAX
        and figures.top_share <= top_share_max
    )
    verdict = Verdict.PASS if is_even else Verdict.FAIL
    if count < RECIPIENTS_MIN:
        verdict = Verdict.EQUAL_SPLIT
    return Gate(verdict, count, figures, NORMALISED_HHI_MAX, top_share_max)


def equal_split(pool: int, recipients: frozenset[str]) -> dict[str, int]:
    """What too few recipients get: the same, by largest remainder."""
    return divide(pool, dict.fromkeys(sorted(recipients), 1))
