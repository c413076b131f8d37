"""How an amount is divided among those who made the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from gateway.billing.division import divide
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money
from gateway.reciprocity.standing import Judged


def proportional(amount: Money, weights: Mapping[str, int]) -> dict[str, Money]:
    """Divide *amount* in proportion to *weights*, losing nothing.

    Args:
        amount: What to divide, 0 or more.
        weights: Contributor id to weight, 1 or more; only proportions matter.

    Returns:
        Contributor id to amount, by largest remainder, ties to the lower id; the
        amounts add up to *amount* exactly.

    Raises:
        InvalidValue: *amount* is negative, there is no weight, or one is below 1.
    """
    if not weights or min(weights.values()) < 1:
        raise InvalidValue("every contributor needs a weight of 1 or more")
    parts = divide(amount.minor, weights)
    return {who: Money(parts[who], amount.currency) for who in sorted(parts)}


def unpaid_weights(
    judged: Iterable[Judged], *, at_us: int, barred: frozenset[str] = frozenset()
) -> dict[str, int]:
    """The vested weight of 12 months that nobody paid for, by contributor.

    Args:
        judged: Every claim with its reviews.
        at_us: At which instant.
        barred: Parties the labour reserve never reaches: operator, steward, host.
    """
    weights: Counter[str] = Counter()
    for each in judged:
        claim = each.claim
        is_counted = claim.is_unpaid and claim.party_id not in barred
        if is_counted and each.is_vested(at_us=at_us):
            weights[claim.party_id] += claim.weight_hundredths
    return dict(sorted(weights.items()))


def accepted_and_unpaid(judged: Iterable[Judged], *, at_us: int) -> tuple[int, int]:
    """All vested weight of 12 months, and how much of it nobody paid for."""
    vested = [each.claim for each in judged if each.is_vested(at_us=at_us)]
    unpaid = sum(claim.weight_hundredths for claim in vested if claim.is_unpaid)
    return sum(claim.weight_hundredths for claim in vested), unpaid
