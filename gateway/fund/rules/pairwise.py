"""The pairwise-bounded rule: what two people can move together has a bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from gateway.fund.rules.ballots import SCALE, Ballots, root
from gateway.kernel.errors import InvalidValue


def subsidies(ballots: Ballots, *, bound: int) -> dict[str, Fraction]:
    """What a recipient deserves: S_p = Σ_{i<j} 2 · k_ij · √c_ip · √c_jp.

    k_ij = M ÷ (M + Σ_q √c_iq · √c_jq): the more two agree everywhere, the less their
    agreement moves; over all recipients a pair moves less than 2 M. Each term is
    rounded down at scale 10³⁶.

    Args:
        ballots: What was given.
        bound: M, in whole units, above 0.

    Raises:
        InvalidValue: *bound* is not above 0.

    Source:
        Buterin, "Pairwise coordination subsidies", 2019.
    """
    if bound <= 0:
        raise InvalidValue("the bound on a pair is above 0")
    roots = {
        recipient: [(who, root(gift)) for who, gift in sorted(to.items())]
        for recipient, to in ballots.items()
    }
    together: Counter[tuple[str, str]] = Counter()
    for given in roots.values():
        for pair, moved in _pairs(given):
            together[pair] += moved
    free = bound * SCALE**2
    return {
        recipient: Fraction(
            sum(
                2 * free * moved // (free + together[pair])
                for pair, moved in _pairs(given)
            ),
            SCALE**2,
        )
        for recipient, given in roots.items()
    }


def _pairs(given: list[tuple[str, int]]) -> Iterator[tuple[tuple[str, str], int]]:
    for (one, root_one), (other, root_other) in combinations(given, 2):
        yield (one, other), root_one * root_other
