"""Shapley: what each collection brings, over every order in which they could join."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial

from gateway.kernel.errors import InvalidValue

PLAYERS_MAX = 14  # 2¹⁴ coalitions


def shapley(
    players: Sequence[str], value: Callable[[frozenset[str]], Fraction | int]
) -> dict[str, Fraction]:
    """φ_i = Σ_S |S|! (n − |S| − 1)! ÷ n! · (v(S ∪ i) − v(S)).

    Args:
        players: Who could join; at most 14.
        value: What a coalition brings; nobody brings 0.

    Returns:
        Player to share; together the value of all.

    Raises:
        InvalidValue: there are too many players, or one stands twice.

    Source:
        Shapley, "A Value for n-Person Games", 1953.
    """
    count = len(players)
    if count > PLAYERS_MAX or len(set(players)) != count:
        detail = f"{count} players: different ones, at most {PLAYERS_MAX}"
        raise InvalidValue(detail)
    worth = {
        frozenset(coalition): Fraction(value(frozenset(coalition)))
        for size in range(count + 1)
        for coalition in combinations(players, size)
    }
    weights = [
        Fraction(factorial(size) * factorial(count - size - 1), factorial(count))
        for size in range(count)
    ]
    return {
        player: sum(
            (
                weights[len(coalition)] * (worth[coalition | {player}] - brought)
                for coalition, brought in worth.items()
                if player not in coalition
            ),
            Fraction(0),
        )
        for player in sorted(players)
    }


def of_joint_uses(uses: Iterable[tuple[frozenset[str], int]]) -> Mapping[str, Fraction]:
    """The same where each use needs all its collections: they share it equally.

    Any number of collections: such a game is a sum of unanimity games.

    Args:
        uses: Which collections a use needed together, and what it brought.
    """
    shares: defaultdict[str, Fraction] = defaultdict(Fraction)
    for collections, brought in uses:
        for collection in collections:
            shares[collection] += Fraction(brought, len(collections))
    return dict(sorted(shares.items()))
