"""A world of events: a clock moved by hand, and an archive of a fixed capacity."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

from gateway.kernel.clock import NS_PER_S

START_US = 1_793_000_000_000_000
MS = 1_000_000


class World:
    """What happens when; also the `Clock` of everything in it."""

    def __init__(self) -> None:
        self.now_ns = 1
        self._number = 0
        self._events: list[tuple[int, int, Callable[[], None]]] = []

    def ticks_ns(self) -> int:
        """Nanoseconds since it began."""
        return self.now_ns

    def now_us(self) -> int:
        """Some day in 2026, and on from there."""
        return START_US + self.now_ns // 1_000

    def after(self, s: float, what: Callable[[], None]) -> None:
        """Let something happen in so many seconds."""
        self._number += 1
        heappush(self._events, (self.now_ns + int(s * NS_PER_S), self._number, what))

    def run(self) -> None:
        """Until nothing more happens."""
        events = self._events
        while events:
            self.now_ns, _, what = heappop(events)
            what()


class Archive:
    """So many workers, one line before them, first come first served.

    Attributes:
        busy_ns: How long they worked, all together.
        line_max: The longest the line was.
    """

    def __init__(self, world: World, *, workers: int) -> None:
        self._world, self._idle = world, workers
        self._line: deque[tuple[int, Callable[[], None]]] = deque()
        self.workers = workers
        self.busy_ns = self.line_max = 0

    def ask(self, work_ns: int, done: Callable[[], None]) -> None:
        """Have a page made that takes so much work."""
        if self._idle:
            self._begin(work_ns, done)
            return
        self._line.append((work_ns, done))
        self.line_max = max(self.line_max, len(self._line))

    def _begin(self, work_ns: int, done: Callable[[], None]) -> None:
        self._idle -= 1
        self.busy_ns += work_ns

        def over() -> None:
            self._idle += 1
            if self._line:
                self._begin(*self._line.popleft())
            done()

        self._world.after(work_ns / NS_PER_S, over)


class Pages:
    """How much work each kind of page is, in nanoseconds."""

    PART_MS = 1
    CHEAP_MS = 20
    DEAR_LEAST_MS, DEAR_MORE_MS = 200, 300
    DEAR_S = (DEAR_LEAST_MS + DEAR_MORE_MS) / 1_000

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def work_ns(self, kind: str) -> int:
        """The work of one page of a kind: `part`, `cheap` or `dear`."""
        if kind == "part":
            return self.PART_MS * MS
        if kind == "cheap":
            return int(self._chance.expovariate(1 / self.CHEAP_MS) * MS) + 2 * MS
        more = self._chance.expovariate(1 / self.DEAR_MORE_MS)
        return int((self.DEAR_LEAST_MS + more) * MS)
