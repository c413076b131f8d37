"""The replay: past requests through the gate in the order of time, into a tally."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.classification.facts import Facts
from gateway.identity.principal import ANONYMOUS
from gateway.kernel.evidence import Level
from gateway.kernel.past import Past, PastBlock
from gateway.kernel.request import Headers, Request
from gateway.licensing.collection import Collection
from gateway.licensing.costs import PAGE_COST, cost_of
from gateway.licensing.decision import PASSES, Decision, Throttle, word
from gateway.services.simulation.gate import Gate, Judged, spread
from gateway.services.simulation.heaviest import Sums, add, no_sums
from gateway.services.simulation.places import Place, Reading
from gateway.services.simulation.tally import (
    HURT_KINDS,
    MALFORMED,
    UNNAMED,
    Example,
    Row,
    Tally,
)

K = TypeVar("K")
V = TypeVar("V")

REMEMBERED_MAX = 65_536
HOUR_US = 3_600_000_000
SERVED = range(200, 400)
NO_PLACE = Place("", "/", host="", path="/", query="")

Cell = tuple[Sums, bool, Facts, Decision]
"""What one kind of client was answered in one hour, and whether nobody runs it by name.
The objects are held, so that nothing else can take their identity."""


@dataclass(slots=True)
class Replay:
    """Walks through past requests.

    Attributes:
        gate: Answers each.
        reading: What an address means.
        cut: Cuts an address to its network.
        tally: Where everything is added up.
        host: The host of logs that do not say it.
    """

    gate: Gate
    reading: Reading
    cut: Callable[[str], str]
    tally: Tally = field(default_factory=Tally)
    host: str = ""
    _places: dict[tuple[str, str, str], Place] = field(default_factory=dict)
    _heads: dict[str, Headers] = field(default_factory=dict)
    _takers: dict[str, Taker] = field(default_factory=dict)
    _touched: list[Taker | Place] = field(default_factory=list)
    _cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    _hour_ends_us: int = 0
    _last_us: int = 0

    def take(self, block: PastBlock) -> None:
        """Replay the requests of a block; blocks come in the order of time."""
        past, tally = block.past, self.tally
        tally.lines += block.lines
        tally.parsed += len(past.times_us)
        if not past.times_us:
            return
        first, last = min(past.times_us), max(past.times_us)
        tally.first_us = min(tally.first_us or first, first)
        tally.last_us = max(tally.last_us, last)
        self._walk(past)

    def finish(self) -> Tally:
        """The tally, with everything in it."""
        self._fold(self._last_us)
        return self.tally

    def _walk(self, past: Past) -> None:  # noqa: C901, PLR0912
        """The loop that every line goes through; written out, for it is the price."""
        instants = spread(past.times_us, self._last_us)
        unit_us, judge = self.gate.load.unit_us, self.gate.judge
        head_of, place_of = self._heads.get, self._places.get
        taker_of, cell_of = self._takers.get, self._cells.get
        passed, touched = self.gate.passed, self._touched
        rest = zip(past.hosts, past.statuses, past.sizes, past.took_us, strict=True)
        for at_ns, method, target, address, agent, (host, status, size, took_us) in zip(
            instants,
            past.methods,
            past.targets,
            past.addresses,
            past.agents,
            rest,
            strict=True,
        ):
            at_us = at_ns // 1_000
            if at_us >= self._hour_ends_us:
                self._fold(at_us)
            headers = head_of(agent) or self._head(agent)
            where = (method, target, host)
            place = place_of(where) or self._place(where)
            taker = taker_of(address) or self._taker(address)
            if place is NO_PLACE:
                self._malformed(headers, taker, at_us, answered=(status, size))
                continue
            judged = judge(Request(*place.asked, headers, address, at_us), at_ns)
            if judged is None:
                self._malformed(headers, taker, at_us, answered=(status, size))
                continue
            collection, facts, decision = judged
            cost = place.cost
            if cost < 0:
                cost = place.cost = _cost(collection, place)
            busy_us = took_us if took_us >= 0 else cost * unit_us
            if type(decision) in PASSES:
                if busy_us:
                    passed(collection, at_ns, busy_us)
                key = (id(facts), id(decision))
            else:
                decision = self._refused(judged, (place, taker), at_us)
                key = (id(facts), hash(decision))
                add(place.refused, (1, size, cost, busy_us))
            if place.is_terms:
                self.tally.add_terms(facts.word("client.operator"), at_us)
            cell = cell_of(key) or self._cell(key, facts, decision)
            counted: tuple[Sums, ...] = (cell[0], place.sums)
            if cell[1]:
                counted = (*counted, taker.sums)
                if not taker.sums[0]:
                    touched.append(taker)
            if not place.sums[0]:
                touched.append(place)
            for sums in counted:
                sums[0] += 1
                sums[1] += size
                sums[2] += cost
                sums[3] += busy_us
        self._last_us = instants[-1] // 1_000

    def _head(self, agent: str) -> Headers:
        pairs = (("User-Agent", agent),) if agent else ()
        return _kept(self._heads, agent, Headers(pairs))

    def _cell(self, key: tuple[int, int], facts: Facts, decision: Decision) -> Cell:
        is_unnamed = "client.operator" not in facts
        cell = self._cells[key] = (no_sums(), is_unnamed, facts, decision)
        return cell

    def _taker(self, address: str) -> Taker:
        return _kept(self._takers, address, Taker(self.cut(address)))

    def _place(self, where: tuple[str, str, str]) -> Place:
        method, target, host = where
        place = self.reading(method, target, host or self.host) if method else None
        return _kept(self._places, where, place or NO_PLACE)

    def _malformed(
        self, headers: Headers, taker: Taker, at_us: int, *, answered: tuple[int, int]
    ) -> None:
        """What has no one reading is refused live, before anybody is asked."""
        status, size = answered
        asked = Request("", "GET", "https", "", "", "/", "/", headers=headers)
        facts = self.gate.admission.classify(asked, ANONYMOUS)
        kind = facts.word("client.kind")
        sums = [1, size, PAGE_COST, 0]
        self.tally.add_row(_row(facts, MALFORMED, MALFORMED), sums, at_us // HOUR_US)
        row = _row(facts, MALFORMED, MALFORMED)
        named = row.operator != UNNAMED
        self.tally.takers.add(row.operator if named else taker.name, sums)
        # Whoever was served then, and would not be now, is hurt.
        if kind in HURT_KINDS and status in SERVED:
            self.tally.add_hurt(
                Example(
                    who=HURT_KINDS[kind],
                    at_us=at_us,
                    network=taker.name,
                    page="",
                    decision=MALFORMED,
                    rule=MALFORMED,
                    reason="The address has no one reading.",
                )
            )

    def _refused(
        self, judged: Judged, where: tuple[Place, Taker], at_us: int
    ) -> Decision:
        """Count whoever is hurt by a refusal; the decision without its figures."""
        _, facts, decision = judged
        place, taker = where
        kind = facts.word("client.kind")
        if kind in HURT_KINDS:
            self.tally.add_hurt(
                Example(
                    who=HURT_KINDS[kind],
                    at_us=at_us,
                    network=taker.name,
                    page=place.template,
                    decision=word(decision),
                    rule=decision.ruling.rule,
                    reason=decision.ruling.reason,
                )
            )
        if isinstance(decision, Throttle):
            # It says when to come back, which is different every time.
            return Throttle(decision.ruling, decision.budget)
        return decision

    def _fold(self, now_us: int) -> None:
        """Add what an hour came to, and begin that of *now_us*."""
        hour = self._hour_ends_us // HOUR_US - 1
        for sums, _, facts, decision in self._cells.values():
            budget = decision.budget if isinstance(decision, Throttle) else ""
            row = _row(facts, word(decision), decision.ruling.rule, budget=budget)
            self.tally.add_row(row, sums, hour)
            if row.operator != UNNAMED:
                self.tally.takers.add(row.operator, sums)
        self._cells.clear()
        for each in self._touched:
            if isinstance(each, Place):
                self.tally.pages.add(each.template, each.sums)
                self.tally.refused_pages.add(each.template, each.refused)
                each.refused = no_sums()
            else:
                self.tally.takers.add(each.name, each.sums)
            each.sums = no_sums()
        self._touched.clear()
        self._hour_ends_us = (now_us // HOUR_US + 1) * HOUR_US


class Taker:
    """The network of an address, and what it took in this hour."""

    __slots__ = ("name", "sums")

    def __init__(self, name: str) -> None:
        self.name = name
        self.sums = no_sums()


def _kept(known: dict[K, V], key: K, value: V) -> V:
    """Keep what was worked out; when there is too much of it, begin anew."""
    if len(known) >= REMEMBERED_MAX:
        known.clear()
    known[key] = value
    return value


def _cost(collection: Collection | None, place: Place) -> int:
    if collection is None:
        return PAGE_COST
    return cost_of(collection, place.path, place.query)


def _row(facts: Facts, decision: str, rule: str, *, budget: str = "") -> Row:
    named = "client.operator" in facts
    level = facts.level("client.operator" if named else "client.kind")
    if facts.level("client.kind") >= Level.VERIFIED:
        level = max(level, facts.level("client.kind"))
    operator = facts.word("client.operator") if named else UNNAMED
    kind = facts.word("client.kind")
    return Row(kind, operator, level.word, decision, rule, budget)
