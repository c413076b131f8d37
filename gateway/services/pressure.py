"""Is the archive under pressure? Budgets that say `only_under: pressure` ask.

Pressure means that an upstream is busy or slow now: more requests in flight than
it carries comfortably, or first bytes that come late on average. It is forgotten
as soon as it is over, and nobody is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.kernel.clock import Clock

NS_PER_MS = 1_000_000
# One eighth of each new measurement, as TCP smooths its round trips (RFC 6298).
SMOOTHING = 8


@dataclass(frozen=True, slots=True)
class Comfort:
    """What an upstream carries without effort.

    Attributes:
        in_flight_max: Requests at once.
        first_byte_ms_max: Time to the first byte, smoothed, milliseconds.
    """

    in_flight_max: int = 16
    first_byte_ms_max: int = 1_000


@dataclass(slots=True)
class _Load:
    in_flight: int = 0
    smoothed_ns: int = 0
    measured_at_ns: int = 0


@dataclass(slots=True)
class Pressure:
    """Keeps the load of each upstream.

    Attributes:
        clock: For how long ago the last measurement was.
        comfort: The bounds.
        forget_after_ns: A slow spell without traffic is over after this.
        slow_ns: From which smoothed time on an upstream is slow.
    """

    clock: Clock
    comfort: Comfort = field(default_factory=Comfort)
    forget_after_ns: int = 10_000 * NS_PER_MS
    slow_ns: int = field(init=False)
    _loads: dict[str, _Load] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slow_ns = self.comfort.first_byte_ms_max * NS_PER_MS

    def enter(self, upstream: str) -> None:
        """A request to *upstream* begins."""
        load = self._loads.get(upstream) or self._load_of(upstream)
        load.in_flight += 1

    def leave(self, upstream: str) -> None:
        """A request to *upstream* is over, however it ended."""
        load = self._loads.get(upstream) or self._load_of(upstream)
        if load.in_flight > 0:
            load.in_flight -= 1

    def answered(self, upstream: str, first_byte_ns: int) -> None:
        """The first byte came after so many nanoseconds."""
        load = self._loads.get(upstream) or self._load_of(upstream)
        load.smoothed_ns += (first_byte_ns - load.smoothed_ns) // SMOOTHING
        if load.smoothed_ns > self.slow_ns:
            # Only a slow spell has an end to wait for.
            load.measured_at_ns = self.clock.ticks_ns()

    def served(self, upstream: str, first_byte_ns: int) -> None:
        """The first byte came, and the request is over: as `answered` and `leave`."""
        load = self._loads.get(upstream) or self._load_of(upstream)
        if load.in_flight > 0:
            load.in_flight -= 1
        smoothed_ns = load.smoothed_ns
        load.smoothed_ns = smoothed_ns = (
            smoothed_ns + (first_byte_ns - smoothed_ns) // SMOOTHING
        )
        if smoothed_ns > self.slow_ns:
            load.measured_at_ns = self.clock.ticks_ns()

    def is_on(self, upstream: str) -> bool:
        """Is *upstream* busy or slow now?"""
        load = self._loads.get(upstream)
        if load is None:
            return False
        if load.in_flight > self.comfort.in_flight_max:
            return True
        if load.smoothed_ns <= self.slow_ns:
            return False
        return self.clock.ticks_ns() - load.measured_at_ns < self.forget_after_ns

    def loads(self) -> Iterator[tuple[str, int, int]]:
        """Each upstream that was asked: requests in flight now, and milliseconds to
        the first byte, smoothed.
        """
        for name, load in tuple(self._loads.items()):
            yield name, load.in_flight, load.smoothed_ns // NS_PER_MS

    def _load_of(self, upstream: str) -> _Load:
        load = self._loads.get(upstream)
        if load is None:
            load = self._loads[upstream] = _Load()
        return load
