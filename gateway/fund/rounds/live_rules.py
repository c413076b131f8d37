"""The allocation rules over voice: from credits to scores.

A pool is divided in proportion to a score, whole; voice is credit and is paid to
nobody. So the quadratic rules take what agreement adds (S, without the voice itself),
and `capital-constrained`, where no budget ties α, takes α as the members chose it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from gateway.fund.rounds.terms import Terms
from gateway.fund.rules import clusters as cluster_match
from gateway.fund.rules import pairwise, quadratic
from gateway.fund.rules.balanced import balanced
from gateway.fund.rules.ballots import SCALE, Ballots, root, sums
from gateway.fund.rules.clusters import Clusters
from gateway.fund.rules.conviction import conviction
from gateway.fund.rules.flow import flow
from gateway.fund.rules.shapley import of_joint_uses

Scores = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Fed:
    """What a rule is fed with, within one option.

    Attributes:
        part: The option's part of the pool, minor units.
        ballots: Recipient to giver to hundredths of a credit.
        standing: Recipient to the hundredths and days of each voice.
        terms: Its parameters.
        before: Recipient to what earlier rounds gave, minor units.
        clusters: Who belongs together.
    """

    part: int
    ballots: Ballots
    standing: Mapping[str, tuple[tuple[int, int], ...]]
    terms: Terms
    before: Mapping[str, int]
    clusters: Clusters


def _proportional(fed: Fed) -> Scores:
    return {who: Fraction(given) for who, given in sums(fed.ballots).items()}


def _quadratic(fed: Fed) -> Scores:
    return quadratic.subsidies(fed.ballots)


def _capital_constrained(fed: Fed) -> Scores:
    alpha, given = fed.terms.alpha, sums(fed.ballots)
    return {
        who: alpha * Fraction(sum(map(root, to.values())) ** 2, SCALE**2)
        + (1 - alpha) * given[who]
        for who, to in fed.ballots.items()
    }


def _pairwise(fed: Fed) -> Scores:
    return pairwise.subsidies(fed.ballots, bound=fed.terms.bound)


def _cluster_match(fed: Fed) -> Scores:
    return cluster_match.subsidies(fed.ballots, fed.clusters)


def _conviction(fed: Fed) -> Scores:
    """What has stood for longer counts more; what was given today counts nothing."""
    nothing, kept = Fraction(0), fed.terms.kept
    return {
        who: sum(
            (conviction(nothing, given, steps=days, kept=kept) for given, days in each),
            nothing,
        )
        for who, each in fed.standing.items()
    }


def _balanced(fed: Fed) -> Scores:
    paid = {who: fed.before.get(who, 0) for who in fed.ballots}
    made = balanced(fed.part, sums(fed.ballots), paid)
    return {who: Fraction(units) for who, units in made.items()}


def _flow(fed: Fed) -> Scores:
    edges: Counter[tuple[str, str]] = Counter()
    for taker, to in fed.ballots.items():
        for giver, given in to.items():
            edges[giver, taker] += given
    stays = flow(edges, damping=fed.terms.damping)
    return {who: stays[who] for who in fed.ballots}


def _shapley(fed: Fed) -> Scores:
    """Whom one gives voice to brought it about together: they share it equally."""
    named: dict[str, set[str]] = {}
    given: Counter[str] = Counter()
    for taker, to in fed.ballots.items():
        for giver, hundredths in to.items():
            named.setdefault(giver, set()).add(taker)
            given[giver] += hundredths
    return of_joint_uses(
        (frozenset(takers), given[giver]) for giver, takers in sorted(named.items())
    )


LIVE: dict[str, Callable[[Fed], Scores]] = {
    "proportional": _proportional,
    "quadratic": _quadratic,
    "capital-constrained": _capital_constrained,
    "pairwise": _pairwise,
    "cluster-match": _cluster_match,
    "conviction": _conviction,
    "balanced": _balanced,
    "flow": _flow,
    "shapley": _shapley,
}
