"""Listening to who takes now, on the thread that writes the log where it can be.

That thread has the outcome in its hands anyway; what gets no line is heard on the loop.
Above `HEARD_PER_S_MAX` a second only some requests are looked at, each for all that
were not, so that a flood is not made dearer by being watched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.bootstrap.observing import described
from gateway.kernel.clock import NS_PER_S, Clock
from gateway.kernel.lately import Lately
from gateway.kernel.request import Request
from gateway.licensing.costs import PAGE_COST, cost_of
from gateway.licensing.policy import PolicySet
from gateway.proxy.ports import Outcome
from gateway.services.pressure import Pressure
from gateway.services.simulation.places import template_of
from gateway.telemetry.answered import Answered
from gateway.telemetry.legible import legible
from gateway.telemetry.lines import Cut
from gateway.telemetry.privacy import truncated
from gateway.telemetry.taking import HALF_LIFE_S, Rates, Taking, together

HEARD_PER_S_MAX = 500
PAGES_KEPT, NETWORKS_KEPT = 4_096, 4_096
KEPT_CHARS_MAX = 512
OWN = "(our own)"
UNKNOWN = "unknown"
Page = tuple[tuple[str, str], int]


class Hearing:
    """Hears who takes, on one thread.

    Args:
        clock: When.
        policies: The set in force.
        cut: How much of an address is kept.
    """

    def __init__(
        self, clock: Clock, policies: Callable[[], PolicySet], cut: Cut
    ) -> None:
        self.taking = Taking(clock.ticks_ns())
        self._clock = clock
        self._policies = policies
        self._cut = cut
        self._networks: Lately[str, tuple[str]] = Lately(NETWORKS_KEPT)
        self._pages: Lately[tuple[str, str, str], Page] = Lately(PAGES_KEPT)
        self._read_by = policies()
        self._second = self._came = self._wait = 0
        self._stands_for = 1
        self._gap = 1

    def is_due(self) -> bool:
        """Shall this one be looked at, for all that were not?"""
        self._came += 1
        second = self._clock.ticks_ns() // NS_PER_S
        if second != self._second:
            self._second, came, self._came = second, self._came, 0
            self._stands_for = 1 + came // HEARD_PER_S_MAX
            self._wait = 0
        if self._wait:
            self._wait -= 1
            return False
        if self._stands_for > 1:
            # Gaps that differ, so that nothing that comes in turns is missed each time.
            self._gap = self._gap * 75 % 65_537
            self._wait = self._gap % (2 * self._stands_for - 1)
        return True

    def hear(self, outcome: Outcome, said: Answered) -> None:
        """Look at one that is due, and at the words for it."""
        facts, times = outcome.facts, self._stands_for
        operator = UNKNOWN if facts is None else facts.word("client.operator")
        page, cost = self._page(outcome.asked, is_own=outcome.is_own)
        is_refused = said.is_refused
        self.taking.hear(
            self._clock.ticks_ns(),
            (
                times,
                0 if is_refused else cost * times,
                said.body_bytes * times,
                times if is_refused else 0,
            ),
            client=(said.kind, operator),
            network=self._network(said.client_ip),
            page=page,
        )

    def _network(self, address: str) -> tuple[str]:
        known = self._networks.get(address)
        if known is not None:
            return known
        v4_bits, v6_bits = self._cut.v4_bits, self._cut.v6_bits
        cut = truncated(address, v4_bits=v4_bits, v6_bits=v6_bits)
        return self._networks.keep(address, (cut,))

    def _page(self, asked: Request, *, is_own: bool) -> Page:
        if is_own:
            return (OWN, legible(template_of(asked.path, ""))), 0
        policies = self._policies()
        if policies is not self._read_by:
            self._pages.forget()
            self._read_by = policies
        where = (asked.host, asked.path, asked.query)
        known = self._pages.get(where)
        if known is not None:
            return known
        collection = policies.collection_for(asked.host, asked.path)
        cost, name = PAGE_COST, ""
        if collection is not None:
            cost, name = cost_of(collection, asked.path, asked.query), collection.id
        shape = legible(template_of(asked.path, asked.query))
        page = (name, shape), cost
        if len(asked.path) + len(asked.query) > KEPT_CHARS_MAX:
            return page
        return self._pages.keep(where, page)


class Listener:
    """Hears who takes: what gets a line on the log's thread, the rest on the loop.

    Args:
        clock: When.
        policies: The set in force.
        cut: How much of an address is kept.
    """

    def __init__(
        self, clock: Clock, policies: Callable[[], PolicySet], cut: Cut
    ) -> None:
        self._written = Hearing(clock, policies, cut)
        self._unwritten = Hearing(clock, policies, cut)
        self.is_due = self._unwritten.is_due

    def __call__(self, outcome: Outcome, version: str) -> Answered:
        """The outcome in the words of telemetry; see `Log.outcome`."""
        said = described(outcome, version)
        if self._written.is_due():
            self._written.hear(outcome, said)
        return said

    def hear(self, outcome: Outcome) -> None:
        """One that gets no line, and is due."""
        self._unwritten.hear(outcome, described(outcome, ""))

    def rates(self, now_ns: int) -> Rates:
        """What was heard on both threads."""
        both = self._written, self._unwritten
        return together([each.taking.rates(now_ns) for each in both])


def taking_of(listener: Listener, pressure: Pressure, now_ns: int) -> Rates:
    """What one process says of now."""
    return listener.rates(now_ns) | {
        "upstreams": {
            name: {
                "is_pressed": pressure.is_on(name),
                "in_flight": in_flight,
                "first_byte_ms": first_byte_ms,
            }
            for name, in_flight, first_byte_ms in pressure.loads()
        }
    }


def top_document(processes: Iterable[Rates]) -> Mapping[str, Any]:
    """What all processes together say, as `/api/v1/top` shows it."""
    said = list(processes)
    upstreams: dict[str, dict[str, Any]] = {}
    for each in said:
        for name, load in each.get("upstreams", {}).items():
            into = upstreams.setdefault(
                name, {"is_pressed": False, "in_flight": 0, "first_byte_ms": 0}
            )
            into["is_pressed"] = into["is_pressed"] or load["is_pressed"]
            into["in_flight"] += load["in_flight"]
            into["first_byte_ms"] = max(into["first_byte_ms"], load["first_byte_ms"])
    whole = together(said)
    return {
        "half_life_s": HALF_LIFE_S,
        **whole.pop("totals"),
        "upstreams": upstreams,
        **whole,
    }
