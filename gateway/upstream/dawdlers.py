"""Exchanges whose clients let an upstream wait: who they are, and who goes first.

They are looked for once a second, and four times while somebody waits. Nobody is ended
for being slow alone: only where somebody else waits for a place, and those who dawdle
have more than half of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from gateway.kernel.site import site_of
from gateway.upstream.connection import Connection
from gateway.upstream.origin import Origin

# Whoever gave way comes back at once, and would drive others out again.
KNOWN_S = 30


class Dawdlers:
    """What the last look has found.

    Attributes:
        count: How many places they hold, at all upstreams.
    """

    def __init__(self) -> None:
        self._found: dict[Origin, list[Connection]] = {}
        self._sites: dict[str, float] = {}
        self.count = 0

    def look(self, connections: Iterable[Connection], now_s: float) -> None:
        """Find those who dawdle now; where they are is known for a while."""
        slow = [each for each in connections if each.dawdles_since_s]
        slow.sort(key=lambda each: each.dawdles_since_s, reverse=True)
        self._found, self.count = {}, len(slow)
        for each in slow:
            self._found.setdefault(each.origin, []).append(each)
        recent_s = now_s - KNOWN_S
        self._sites = {at: s for at, s in self._sites.items() if s > recent_s}
        for each in slow:
            self._sites[site_of(each.client)] = now_s

    def has(self, site: str) -> bool:
        """Does somebody there dawdle, or did a moment ago?"""
        return site in self._sites

    def places(self, origin: Origin | None) -> int:
        """How many places they hold, at one upstream or at all."""
        if origin is None:
            return self.count
        return len(self._found.get(origin, ()))

    def worst(self, origin: Origin | None) -> Connection | None:
        """Whoever has dawdled for longest; not found a second time."""
        found = self._found
        most = min(found.values(), key=_since_s, default=[])
        slow = most if origin is None else found.get(origin, [])
        while slow:
            connection = slow.pop()
            self.count -= 1
            if connection.dawdles_since_s and connection.lets_wait:
                return connection
        return None


def _since_s(slow: list[Connection]) -> float:
    return slow[-1].dawdles_since_s if slow else inf
