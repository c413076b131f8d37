"""Connection-oriented cluster match: agreement across groups counts, within less."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from math import isqrt
from typing import TypeAlias

from gateway.fund.rules.ballots import SCALE, Ballots, root

# Group to its members.
Clusters: TypeAlias = Mapping[str, frozenset[str]]


def subsidies(ballots: Ballots, clusters: Clusters) -> dict[str, Fraction]:
    """What a recipient deserves: S = 2 · Σ_{g<h} √weight(g, h) · √weight(h, g).

    weight(g, h) = Σ_{i∈g} K(i, h) ÷ T_i. T_i is in how many groups i is; K is √c_i
    where i shares a group with anybody in h, else c_i. Whoever is in no group is one
    by themselves, so with no group at all this is the quadratic rule. Roots are
    rounded down at scale 10¹⁸.

    Args:
        ballots: What was given.
        clusters: Group to members; groups may overlap.

    Source:
        Miller, Weyl and Erichsen, "Beyond Collusion Resistance", 2022.
    """
    members = {name: frozenset(who) for name, who in sorted(clusters.items()) if who}
    found = {
        recipient: _between(to, members) for recipient, to in sorted(ballots.items())
    }
    return {who: Fraction(crossed, SCALE**2) for who, crossed in found.items()}


def _between(given: Mapping[str, int], clusters: Clusters) -> int:
    """2 · Σ_{g<h} √weight(g, h) · √weight(h, g), at scale 10³⁶."""
    grouped = frozenset().union(*clusters.values())
    alone = {f"\0{who}": frozenset({who}) for who in given if who not in grouped}
    groups = {**clusters, **alone}
    memberships = {
        who: [name for name, members in groups.items() if who in members]
        for who in given
    }
    friends = {
        who: frozenset().union(*(groups[name] for name in names))
        for who, names in memberships.items()
    }
    active = [group for group in groups.values() if not group.isdisjoint(given)]

    def weight(group: frozenset[str], other: frozenset[str]) -> int:
        total = sum(
            Fraction(
                root(given[who])
                if not friends[who].isdisjoint(other)
                else given[who] * SCALE,
                len(memberships[who]),
            )
            for who in sorted(group & given.keys())
        )
        return isqrt(int(total * SCALE))

    return 2 * sum(
        weight(one, other) * weight(other, one)
        for one, other in combinations(active, 2)
    )
