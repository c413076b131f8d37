"""Quadratic rules: many who give a little count for more than one who gives a lot."""

from __future__ import annotations

from fractions import Fraction

from gateway.fund.rules.ballots import SCALE, Ballots, root, sums
from gateway.fund.rules.sharing import Limits, Shared, matched
from gateway.kernel.errors import InvalidValue


def subsidies(ballots: Ballots) -> dict[str, Fraction]:
    """What a recipient deserves: S = 2 · Σ_{i<j} √c_i · √c_j.

    The same as (Σ √c)² − Σ c, but roots that were rounded down cannot take it below
    0: whoever has a single contributor gets exactly nothing.

    Returns:
        Recipient to units, 0 or more.

    Source:
        Buterin, Hitzig and Weyl, "Liberal Radicalism", 2018.
    """
    return {
        recipient: Fraction(_crossed([root(gift) for gift in to.values()]), SCALE**2)
        for recipient, to in ballots.items()
    }


def capital_constrained(budget: int, ballots: Ballots, limits: Limits) -> Shared:
    """Contributions and match out of one budget: α · V² + (1 − α) · Σ c.

    α = (budget − Σ c) ÷ (Σ V² − Σ c), at most 1: what a large budget leaves then goes
    to the reserve. The match alone is held to the limits.

    Args:
        budget: Whole units: what was given, and what the round adds.
        ballots: What was given.
        limits: Cap (a share of what the round adds), minimum and rounding.

    Returns:
        Recipient to what was given and its match.

    Raises:
        InvalidValue: the budget is below what was given, or nobody shares a recipient
            with anybody, so that there is nothing to match.

    Source:
        clr.fund, `FundingRound.calcAlpha`; Buterin, Hitzig and Weyl, 2018, p. 17.
    """
    given = sums(ballots)
    deserved = subsidies(ballots)
    added = budget - sum(given.values())
    if added < 0:
        detail = f"the budget of {budget} is below the {sum(given.values())} given"
        raise InvalidValue(detail)
    if not any(deserved.values()):
        raise InvalidValue("no recipient has two contributors: nothing to match")
    match = matched(added, deserved, limits)
    paid = {who: given[who] + units for who, units in match.paid.items()}
    return Shared(paid, match.to_reserve)


def credits_spent(votes: int) -> int:
    """What votes cost in quadratic voting: n votes for or against cost n² credits."""
    return votes * votes


def _crossed(roots: list[int]) -> int:
    """2 · Σ_{i<j} r_i · r_j."""
    return sum(roots) ** 2 - sum(each * each for each in roots)
