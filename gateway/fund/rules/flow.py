"""How credit flows along what builds on what: PageRank, solved exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from gateway.kernel.errors import InvalidValue

NODES_MAX = 200  # solved by elimination


def flow(edges: Iterable[tuple[str, str]], *, damping: Fraction) -> dict[str, Fraction]:
    """Which share of all credit stays with each.

    Args:
        edges: From whom to whom credit flows; one that stands twice counts twice.
            Whoever passes nothing on gives to everybody alike.
        damping: Which part flows on, 0 to below 1; the rest falls on all alike.

    Returns:
        Node to share; together exactly 1.

    Raises:
        InvalidValue: there is no edge, there are more than 200 nodes, or the damping
            is outside its range.

    Source:
        Page, Brin, Motwani and Winograd, "The PageRank Citation Ranking", 1999.
    """
    counted = Counter(edges)
    nodes = sorted({node for edge in counted for node in edge})
    if not nodes or len(nodes) > NODES_MAX or not 0 <= damping < 1:
        detail = f"{len(nodes)} nodes: 1 to {NODES_MAX}, damping 0 to below 1"
        raise InvalidValue(detail)
    count = len(nodes)
    passed_on = Counter[str]()
    for (giver, _), times in counted.items():
        passed_on[giver] += times
    rows = []
    for taker in nodes:
        row = [
            -damping
            * (
                Fraction(counted[giver, taker], passed_on[giver])
                if passed_on[giver]
                else Fraction(1, count)
            )
            for giver in nodes
        ]
        row[nodes.index(taker)] += 1
        rows.append([*row, (1 - damping) / count])
    return dict(zip(nodes, _solved(rows), strict=True))


def _solved(rows: list[list[Fraction]]) -> list[Fraction]:
    """Gauss and Jordan; the matrix is diagonally dominant, so no pivot is 0."""
    for place, pivot in enumerate(rows):
        scale = pivot[place]
        pivot[:] = [cell / scale for cell in pivot]
        for other in rows:
            factor = other[place]
            if other is not pivot and factor:
                other[:] = [
                    cell - factor * above
                    for cell, above in zip(other, pivot, strict=True)
                ]
    return [row[-1] for row in rows]
