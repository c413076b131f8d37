"""Any round again, under any rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.fund.gate import Gate, gate
from gateway.fund.round_file import Scores
from gateway.fund.rules import clusters as cluster_match
from gateway.fund.rules import pairwise, quadratic
from gateway.fund.rules.ballots import Ballots, sums
from gateway.fund.rules.clusters import Clusters
from gateway.fund.rules.sharing import (
    Limits,
    Shared,
    in_whole_numbers,
    matched,
    shared,
)
from gateway.kernel.errors import InvalidValue

NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a round is run.

    Attributes:
        pool: Whole units.
        limits: Cap, minimum and rounding.
        bound: The most a pair moves, for the pairwise rule; 0 where none is said.
        clusters: Who belongs together, for the cluster match.
    """

    pool: int
    limits: Limits = NO_LIMITS
    bound: int = 0
    clusters: Clusters = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule makes of a round.

    Attributes:
        paid: Recipient to whole units, what is their own on top.
        to_reserve: What nobody could take.
        gate: What the concentration gate says of it.
        differences: Recipient to what was published, where that is something else.
    """

    paid: Mapping[str, int]
    to_reserve: int
    gate: Gate
    differences: Mapping[str, int]


def _proportional(given: Ballots, terms: Terms) -> Shared:
    return shared(terms.pool, sums(given), terms.limits)


def _quadratic(given: Ballots, terms: Terms) -> Shared:
    return matched(terms.pool, quadratic.subsidies(given), terms.limits)


def _capital_constrained(given: Ballots, terms: Terms) -> Shared:
    return quadratic.capital_constrained(terms.pool, given, terms.limits)


def _pairwise(given: Ballots, terms: Terms) -> Shared:
    if not terms.bound:
        raise InvalidValue("the pairwise rule needs a bound, such as --bound 25")
    deserved = pairwise.subsidies(given, bound=terms.bound)
    return matched(terms.pool, deserved, terms.limits)


def _cluster_match(given: Ballots, terms: Terms) -> Shared:
    deserved = cluster_match.subsidies(given, terms.clusters)
    return matched(terms.pool, deserved, terms.limits)


RULES: dict[str, Callable[[Ballots, Terms], Shared]] = {
    "proportional": _proportional,
    "quadratic": _quadratic,
    "capital-constrained": _capital_constrained,
    "pairwise": _pairwise,
    "cluster-match": _cluster_match,
}


def replay(fed: Scores | Ballots, *, rule: str, terms: Terms) -> Outcome:
    """Run a round.

    Args:
        fed: Scores, or who gave what to whom.
        rule: One of `RULES`.
        terms: Pool, limits and what the rule needs besides.

    Raises:
        InvalidValue: there is no such rule, it needs contributors and was fed with
            scores, or its terms do not fit.
    """
    if rule not in RULES:
        detail = f"there is no rule {rule!r}; there are {', '.join(RULES)}"
        raise InvalidValue(detail)
    if not isinstance(fed, Scores):
        made = RULES[rule](fed, terms)
        return Outcome(made.paid, made.to_reserve, gate(made.paid), {})
    if rule != "proportional":
        detail = (
            f"{rule} asks who gave what: it needs recipient,contributor,amount; "
            "scores can only be shared with proportional"
        )
        raise InvalidValue(detail)
    made = shared(terms.pool, in_whole_numbers(fed.scores), terms.limits)
    paid = {who: share + fed.own.get(who, 0) for who, share in made.paid.items()}
    differences = {
        who: published
        for who, published in sorted(fed.published.items())
        if published != paid.get(who, 0)
    }
    return Outcome(paid, made.to_reserve, gate(paid), differences)
