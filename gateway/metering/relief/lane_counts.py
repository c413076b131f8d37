"""How often places were given, waited for or refused: by page class and by rank."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from gateway.metering.relief.turn import Claim

KEPT_MAX = 4_000
REST = "other"


class Came(StrEnum):
    """What became of a request for an expensive page."""

    SERVED = "served"  # at once
    WAITED = "waited"  # and was served then
    STALE = "stale"  # an earlier copy was given
    LED_ON = "led-on"  # to the plainer page, 303
    SHED = "shed"  # the button, or 429 without one


class Line(NamedTuple):
    """One line of the count.

    Attributes:
        collection: The collection's id.
        page_class: A word of `licensing.vocabulary.PAGE_CLASSES`.
        rank: A word of `Rank`.
        came: What became of it.
    """

    collection: str
    page_class: str
    rank: str
    came: Came


class LaneCounts:
    """Counts; so many lines, and the rest of the collections under one name."""

    def __init__(self) -> None:
        self._lines: dict[Line, int] = {}

    def add(self, claim: Claim, came: Came) -> None:
        """One more."""
        line = Line(claim.lane.collection, claim.page_class, claim.rank.word, came)
        if line not in self._lines and len(self._lines) >= KEPT_MAX:
            line = line._replace(collection=REST)
        self._lines[line] = self._lines.get(line, 0) + 1

    def of_rank(self, rank: str, *came: Came) -> int:
        """How many of a rank, over all collections and classes."""
        return sum(
            number
            for line, number in self._lines.items()
            if line.rank == rank and line.came in came
        )

    def __iter__(self) -> Iterator[tuple[Line, int]]:
        return iter(tuple(self._lines.items()))
