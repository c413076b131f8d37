"""Those who wait for a place at an upstream, and in which order they are served.

Each client has one turn after the other, however many of its requests wait; those
of one client keep their order. Who lets an upstream wait already comes last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace

from gateway.upstream.connection import Connection


@dataclass(slots=True, eq=False)
class Waiting:
    """Somebody in line.

    Attributes:
        site: Whose request it is.
        may_be_kept: A connection that has been used before will do.
        place: Gets a kept connection, or None for the right to open one.
    """

    site: str
    may_be_kept: bool
    place: asyncio.Future[Connection | None]


class Line:
    """The line before one upstream."""

    def __init__(self, is_late: Callable[[str], bool]) -> None:
        """Begin empty.

        Args:
            is_late: Does this site come last?
        """
        self._is_late = is_late
        self._heap: list[tuple[bool, int, int, Waiting]] = []
        self._turns: dict[str, int] = {}
        self._turn = self._joined = 0

    def join(self, waiting: Waiting) -> None:
        """Stand behind the others, whose turn comes as often."""
        site = waiting.site
        turn = max(self._turn, self._turns.get(site, 0) + 1)
        self._turns[site] = turn
        self._joined += 1
        heappush(self._heap, (self._is_late(site), turn, self._joined, waiting))

    def first(self) -> Waiting | None:
        """Whoever is served next, and still waits."""
        heap = self._heap
        while heap:
            was_late, turn, number, waiting = heap[0]
            is_late = self._is_late(waiting.site)
            if waiting.place.done():
                heappop(heap)
            elif is_late and not was_late:
                heapreplace(heap, (is_late, turn, number, waiting))
            else:
                return waiting
        self._turns.clear()
        self._turn = 0
        return None

    def serve(self, connection: Connection | None) -> None:
        """Give whoever is first a connection, or the right to open one."""
        _, turn, _, waiting = heappop(self._heap)
        self._turn = max(self._turn, turn)
        waiting.place.set_result(connection)
