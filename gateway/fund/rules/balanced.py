"""Rules over time: what was underpaid is made up for; what is recent counts more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gateway.billing.division import divide
from gateway.kernel.errors import InvalidValue


def balanced(
    budget: int, credit: Mapping[str, int], paid: Mapping[str, int]
) -> dict[str, int]:
    """Bring what everybody got so far towards their share of all credit.

    Target = (all that was paid + budget) in proportion to credit; the budget goes to
    those below it, in proportion to how far they are below.

    Args:
        budget: Whole units, 0 or more.
        credit: Contributor to credit, 0 or more, not all 0.
        paid: Contributor to what they got so far.

    Raises:
        InvalidValue: the budget is below 0, or nobody has credit.

    Source:
        SourceCred's BALANCED policy.
    """
    if budget < 0:
        raise InvalidValue("only a budget of 0 or more can be divided")
    everything = budget + sum(paid.values())
    target = divide(everything, credit)
    below = {who: max(0, target[who] - paid.get(who, 0)) for who in sorted(credit)}
    return divide(budget, below) if any(below.values()) else divide(budget, credit)


def recent(credit: Sequence[int], *, discount: Fraction) -> Fraction:
    """Credit of the last periods, each older one discounted once more.

    Args:
        credit: By period, the oldest first.
        discount: 0 (all count alike) to 1 (only the last counts).

    Source:
        SourceCred's RECENT policy.
    """
    if not 0 <= discount <= 1:
        raise InvalidValue("a discount is 0 to 1")
    counted = Fraction(0)
    for each in credit:
        counted = counted * (1 - discount) + each
    return counted
