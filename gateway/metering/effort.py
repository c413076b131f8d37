"""Effort: what serving takes from the host, by node and hour.

CPU time and bytes that left us, of everybody's requests. It is measured beside the
requests and never per request, so a price can be held against what it costs. Requests
and bytes are counted by class too: of a reader no more than that somebody read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
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


ByClass = Mapping[str, Effort]
"""Class of whoever asked to requests and bytes; CPU time is nobody's in particular."""
OF_NO_CLASS: ByClass = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reading:
    """What was taken so far, of everybody together and by class."""

    effort: Effort = field(default_factory=Effort)
    by_class: ByClass = field(default_factory=lambda: OF_NO_CLASS)

    def since(self, before: Reading) -> Reading:
        """What came on top."""
        nothing = Effort()
        added = {
            name: now.since(before.by_class.get(name, nothing))
            for name, now in self.by_class.items()
        }
        return Reading(
            self.effort.since(before.effort),
            {name: each for name, each in added.items() if any(each)},
        )


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

    def add(
        self,
        node: str,
        effort: Effort,
        *,
        at_us: int,
        by_class: ByClass = OF_NO_CLASS,
    ) -> None:
        """Add what a node took lately to its hour, all of it and by class."""

    def measured(self, span: Period) -> Measured:
        """What all nodes took in the hours that begin in a span."""

    def by_class(self, span: Period) -> ByClass:
        """What all nodes served in the hours that begin in a span, by class.

        Hours from before classes were counted are in none.
        """
