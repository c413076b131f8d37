"""How busy the archive was: the live `Pressure`, driven by what a log tells.

A request that is let in keeps its upstream busy for as long as the log says the answer
took; where it does not say, for `unit_us` per cost unit. Pressure is then what it is
live: more requests at once than the upstream carries comfortably. A page that is
refused keeps nobody busy, so pressure falls as rules act.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.services.pressure import Pressure

STEP_NS = 50_000_000
"""Ends are kept in steps of 50 ms: an end counts from its step on."""
UNIT_US = 250_000
BUSY_US_MAX = 600_000_000


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
    """

    pressure: Pressure
    model: PressureModel = PressureModel.LOG
    unit_us: int = UNIT_US
    next_ns: int = 0
    _ends: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    _step: int = 0
    _always: set[str] = field(default_factory=set)

    def advance(self, now_ns: int) -> None:
        """Let everything end that has ended by now."""
        step = now_ns // STEP_NS
        if step == self._step:
            return
        ends = self._ends
        if step - self._step > len(ends):
            passed = sorted(each for each in ends if each <= step)
        else:
            passed = [each for each in range(self._step + 1, step + 1) if each in ends]
        leave = self.pressure.leave
        for each in passed:
            for upstream in ends.pop(each):
                leave(upstream)
        self._step = step
        self.next_ns = (step + 1) * STEP_NS

    def begin(self, upstream: str, now_ns: int, busy_us: int) -> None:
        """A request to *upstream* begins."""
        if self.model is not PressureModel.LOG:
            if self.model is PressureModel.ALWAYS:
                self.press(upstream)
            return
        self.pressure.enter(upstream)
        busy_us = min(busy_us, BUSY_US_MAX)
        self._ends[(now_ns + busy_us * 1_000) // STEP_NS + 1].append(upstream)

    def press(self, upstream: str) -> None:
        """Put an upstream under pressure for good."""
        if self.model is PressureModel.ALWAYS and upstream not in self._always:
            self._always.add(upstream)
            for _ in range(self.pressure.comfort.in_flight_max + 1):
                self.pressure.enter(upstream)
