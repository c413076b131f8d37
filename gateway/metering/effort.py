"""Effort: what serving takes from the host, by node and hour.

CPU time and bytes that left us, of everybody's requests. It is measured beside the
requests and never per request, so a price can be held against what it costs.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from gateway.kernel.period import Period


class Effort(NamedTuple):
    """CPU time and what it served.

    Attributes:
        cpu_us: Microseconds of CPU time of all processes.
        egress_bytes: Body bytes that left us.
        requests: Requests answered.
    """

    cpu_us: int = 0
    egress_bytes: int = 0
    requests: int = 0

    def since(self, before: Effort) -> Effort:
        """What came on top; what began again from nothing is taken whole."""
        is_going_on = all(a >= b for a, b in zip(self, before, strict=True))
        if not is_going_on:
            return self
        return Effort(*(a - b for a, b in zip(self, before, strict=True)))


class Measured(NamedTuple):
    """Effort that was measured over some time.

    Attributes:
        effort: All of it.
        hours: In how many hours of a node something was measured.
    """

    effort: Effort
    hours: int


class EffortStore(Protocol):
    """Effort by node and hour; only ever grows."""

    def add(self, node: str, effort: Effort, *, at_us: int) -> None:
        """Add what a node took lately to its hour."""

    def measured(self, span: Period) -> Measured:
        """What all nodes took in the hours that begin in a span."""
