"""A collection's costs by path, made ready to be asked about every request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.licensing.globs import Glob, glob, query_matches
from gateway.licensing.path_table import PathTable

FEW = 8
"""So many patterns are tried one by one; more are looked up in a table."""

NOWHERE = frozenset(("", "/"))
"""Beginnings that say nothing about where a page lies."""


@dataclass(frozen=True, slots=True)
class PathCost:
    """What a page of one shape costs, in cost units (an ordinary page is 1).

    Attributes:
        pattern: A path glob (`/search**`), optionally with a query glob.
        cost: Whole cost units, 0 or more.
        page_class: A word of `vocabulary.PAGE_CLASSES`, or empty.
    """

    pattern: str
    cost: int
    page_class: str = ""


Priced = tuple[int, str | None, PathCost]
"""Its place in the list, the query pattern or None, and the cost."""


class Prices:
    """The costs of one collection, in order; the first that fits counts."""

    __slots__ = ("_beginnings", "_few", "_many", "_plain", "_plain_few")

    def __init__(self, costs: tuple[PathCost, ...]) -> None:
        """Make *costs* ready.

        Raises:
            InvalidValue: a pattern is empty or too long.
        """
        whole = [_read(number, each) for number, each in enumerate(costs)]
        # Without a query, patterns that ask for one fit nothing.
        plain = [each for each in whole if each[1][1] is None]
        # Where a path begins like none of them, none of them fits.
        self._beginnings = tuple(each[0].folder or each[0].prefix for each in whole)
        self._few, self._plain_few = tuple(whole), tuple(plain)
        is_long = len(whole) > FEW
        self._many = _Tables(whole) if is_long else None
        self._plain = _Tables(plain) if is_long else None

    def cost(self, path: str, query: str) -> int | None:
        """The cost that the first fitting pattern names; None where none fits."""
        found = self.entry(path, query)
        return None if found is None else found.cost

    def entry(self, path: str, query: str) -> PathCost | None:
        """The first fitting pattern with its cost and class; None where none fits."""
        if not path.startswith(self._beginnings):
            return None
        tables = self._many if query else self._plain
        if tables is not None:
            return _looked_up(tables.for_path(path), path, query)
        for pattern, (_number, wanted, cost) in self._few if query else self._plain_few:
            if pattern.matches(path) and (
                wanted is None or query_matches(wanted, query)
            ):
                return cost
        return None


class _Tables:
    """Patterns with and without those that could lie anywhere in a path.

    A pattern that begins with a star (`**/index.php`, `/*/*/blame/**`) is filed under
    no folder. Most paths hold none of their texts, and one search says so.
    """

    __slots__ = ("_all", "_anchored", "_texts")

    def __init__(self, whole: list[tuple[Glob, Priced]]) -> None:
        floating = {
            each[0].pattern: text
            for each in whole
            if each[0].prefix in NOWHERE
            and (text := max(each[0].ending, each[0].needle, key=len))
        }
        texts = "|".join(sorted(map(re.escape, set(floating.values()))))
        self._texts = re.compile(texts) if texts else None
        self._all = _table(whole)
        self._anchored = _table(
            [each for each in whole if each[0].pattern not in floating]
        )

    def for_path(self, path: str) -> PathTable[list[Priced]]:
        """The smaller table that holds every pattern that could fit *path*."""
        if self._texts is not None and self._texts.search(path):
            return self._all
        return self._anchored


def _looked_up(
    table: PathTable[list[Priced]], path: str, query: str
) -> PathCost | None:
    fitting = [each for _place, priced in table.fitting(path) for each in priced]
    fitting.sort(key=_number)
    for _number_of, wanted, cost in fitting:
        if wanted is None or query_matches(wanted, query):
            return cost
    return None


def _table(whole: Iterable[tuple[Glob, Priced]]) -> PathTable[list[Priced]]:
    """Path patterns, each once with all that is asked of the query beside it."""
    by_path: dict[str, list[Priced]] = {}
    for pattern, priced in whole:
        by_path.setdefault(pattern.pattern, []).append(priced)
    return PathTable(by_path.items())


def _number(priced: Priced) -> int:
    return priced[0]


def _read(number: int, cost: PathCost) -> tuple[Glob, Priced]:
    path, mark, query = cost.pattern.partition("?")
    return glob(path), (number, query if mark else None, cost)
