"""How busy the archive was: the live `Pressure`, driven by what a log tells.

A request that is let in keeps its upstream busy for as long as the log says the answer
took; where it does not say, for `unit_us` per cost unit. Pressure is then what it is
live: more requests at once than the upstream carries comfortably. A page that is
refused keeps nobody busy, so pressure falls as rules act.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush

from gateway.services.pressure import Pressure

STEP_NS = 50_000_000
"""Ends are kept in steps of 50 ms: an end counts from its step on."""
UNIT_US = 250_000
BUSY_US_MAX = 600_000_000
NEVER_NS = 1 << 63


class PressureModel(StrEnum):
    """When budgets that act only under pressure act."""

    LOG = "log"  # when the log says that the archive was busy
    ALWAYS = "always"
    NEVER = "never"


@dataclass(slots=True)
class Load:
    """Keeps the upstreams busy.

    Attributes:
        pressure: What admission asks.
        model: When there is pressure at all.
        unit_us: How long one cost unit keeps an upstream busy, microseconds.
        next_ns: Until then nothing ends.
        going_on: Requests that have begun and not ended, over all upstreams.
    """

    pressure: Pressure
    model: PressureModel = PressureModel.LOG
    unit_us: int = UNIT_US
    next_ns: int = NEVER_NS
    going_on: int = 0
    _ends: dict[int, list[str]] = field(default_factory=dict)
    _steps: list[int] = field(default_factory=list)
    _always: set[str] = field(default_factory=set)

    def advance(self, now_ns: int) -> None:
        """Let everything end that has ended by now."""
        step, ends, steps = now_ns // STEP_NS, self._ends, self._steps
        leave = self.pressure.leave
        while steps and steps[0] <= step:
            ending = ends.pop(heappop(steps))
            self.going_on -= len(ending)
            for upstream in ending:
                leave(upstream)
        self.next_ns = steps[0] * STEP_NS if steps else NEVER_NS

    def begin(self, upstream: str, now_ns: int, busy_us: int) -> None:
        """A request to *upstream* begins."""
        if self.model is not PressureModel.LOG:
            if self.model is PressureModel.ALWAYS:
                self.press(upstream)
            return
        busy_us = min(busy_us, BUSY_US_MAX)
        self._enter(upstream, (now_ns + busy_us * 1_000) // STEP_NS + 1)

    def lay(self, ends: Iterable[tuple[int, str]]) -> None:
        """Requests go on that began elsewhere: their steps of ending, and upstreams."""
        for end, upstream in ends:
            self._enter(upstream, end)

    def lift(self) -> list[tuple[int, str]]:
        """What goes on is counted elsewhere from now on; see `lay`."""
        lifted = [(end, name) for end, names in self._ends.items() for name in names]
        for _, upstream in lifted:
            self.pressure.leave(upstream)
        self._ends.clear()
        self._steps.clear()
        self.going_on, self.next_ns = 0, NEVER_NS
        return lifted

    def _enter(self, upstream: str, end: int) -> None:
        self.pressure.enter(upstream)
        self.going_on += 1
        ending = self._ends.get(end)
        if ending is not None:
            ending.append(upstream)
            return
        self._ends[end] = [upstream]
        heappush(self._steps, end)
        self.next_ns = min(self.next_ns, end * STEP_NS)

    def press(self, upstream: str) -> None:
        """Put an upstream under pressure for good."""
        if self.model is PressureModel.ALWAYS and upstream not in self._always:
            self._always.add(upstream)
            for _ in range(self.pressure.comfort.in_flight_max + 1):
                self.pressure.enter(upstream)
