"""A collection's costs by path, made ready to be asked about every request."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.licensing.globs import Glob, glob, query_matches
from gateway.licensing.path_table import PathTable

FEW = 8
"""So many patterns are tried one by one; more are looked up in a table."""

Priced = tuple[Glob, str | None, int]
"""A path pattern, the query pattern beside it or None, and the cost."""


@dataclass(frozen=True, slots=True)
class PathCost:
    """What a page of one shape costs, in cost units (an ordinary page is 1).

    Attributes:
        pattern: A path glob (`/search**`), optionally with a query glob.
        cost: Whole cost units, 0 or more.
    """

    pattern: str
    cost: int


class Prices:
    """The costs of one collection, in order; the first that fits counts."""

    __slots__ = ("_beginnings", "_plain", "_table", "_whole")

    def __init__(self, costs: tuple[PathCost, ...]) -> None:
        """Make *costs* ready.

        Raises:
            InvalidValue: a pattern is empty or too long.
        """
        whole = [_read(each) for each in costs]
        self._whole = tuple(whole)
        # Without a query, patterns that ask for one fit nothing.
        self._plain = tuple(each for each in whole if each[1] is None)
        # Where a path begins like none of them, none of them fits.
        self._beginnings = tuple(each[0].folder or each[0].prefix for each in whole)
        self._table: PathTable[Priced] | None = None
        if len(whole) > FEW:
            self._table = PathTable((each[0].pattern, each) for each in whole)

    def cost(self, path: str, query: str) -> int | None:
        """The cost that the first fitting pattern names; None where none fits."""
        if not path.startswith(self._beginnings):
            return None
        if self._table is not None:
            return self._looked_up(self._table, path, query)
        for pattern, wanted, cost in self._whole if query else self._plain:
            if pattern.matches(path) and (
                wanted is None or query_matches(wanted, query)
            ):
                return cost
        return None

    @staticmethod
    def _looked_up(table: PathTable[Priced], path: str, query: str) -> int | None:
        for _place, (_pattern, wanted, cost) in table.fitting(path):
            if wanted is None or query_matches(wanted, query):
                return cost
        return None


def _read(cost: PathCost) -> Priced:
    path, mark, query = cost.pattern.partition("?")
    return glob(path), query if mark else None, cost.cost
