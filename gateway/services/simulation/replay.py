"""The replay: past requests through the gate in the order of time, into a tally."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from gateway.classification.appearance import asks_for_git
from gateway.classification.facts import Facts
from gateway.identity.api_key import OURS
from gateway.identity.principal import ANONYMOUS
from gateway.kernel.evidence import Level
from gateway.kernel.past import Past, PastBlock
from gateway.kernel.request import Headers, Request
from gateway.licensing.collection import Collection
from gateway.licensing.costs import PAGE_COST, cost_of
from gateway.licensing.decision import PASSES, Decision, Throttle, word
from gateway.metering.judged import Accounts, Settled
from gateway.services.settled import settled_for
from gateway.services.simulation.gate import Gate, Judged, spread
from gateway.services.simulation.heaviest import Sums, add, no_sums
from gateway.services.simulation.places import NO_LOT, Place, Reading
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

Lanes = tuple[Facts, "dict[int, Lane]"]
"""Facts, held so that nothing else can take their identity, and their lanes by lot."""
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
        settles: Whether what was settled for such clients and places is used again;
            without, every line is asked about by itself, which says the same.
    """

    gate: Gate
    reading: Reading
    cut: Callable[[str], str]
    tally: Tally = field(default_factory=Tally)
    host: str = ""
    settles: bool = True
    _places: dict[tuple[str, str, str], Place] = field(default_factory=dict)
    _heads: dict[str, Head] = field(default_factory=dict)
    _lots: dict[tuple[str, int], int] = field(default_factory=dict)
    _lanes: dict[int, Lanes] = field(default_factory=dict)
    _takers: dict[str, Taker] = field(default_factory=dict)
    _touched: list[Taker | Place] = field(default_factory=list)
    _busy: list[Lane] = field(default_factory=list)
    _cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    _hour_ends_ns: int = 0
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
        self._add_touched()
        return self.tally

    def _walk(self, past: Past) -> None:
        """The loop that every line goes through; written out, for it is the price."""
        instants = spread(past.times_us, self._last_us)
        unit_us, passes = self.gate.load.unit_us, self.gate.passes
        head_of, place_of = self._heads.get, self._places.get
        taker_of, begin = self._takers.get, self.gate.passed
        busy, touched = self._busy, self._touched
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
            if at_ns >= self._hour_ends_ns:
                self._fold(at_ns // 1_000)
            head = head_of(agent) or self._head(agent)
            where = (method, target, host)
            place = place_of(where) or self._place(where)
            taker = taker_of(address) or self._taker(address)
            lane = head.lanes.get(place.lot) or self._lane(head, place)
            settled = lane.settled
            if settled is None or not passes(
                settled, address, taker.accounts, now_ns=at_ns
            ):
                line = Line(at_ns, address, status, size, took_us)
                self._by_itself(line, head, place=place, taker=taker)
                continue
            cost = settled.cost
            busy_us = took_us if took_us >= 0 else cost * unit_us
            if busy_us:
                begin(settled.collection, at_ns, busy_us)
            if place.is_terms:
                operator = settled.facts.word("client.operator")
                self.tally.add_terms(operator, at_ns // 1_000)
            sums = lane.sums
            if not sums[0]:
                busy.append(lane)
            sums[0] += 1
            sums[1] += size
            sums[2] += cost
            sums[3] += busy_us
            for each in (place, taker) if lane.is_unnamed else (place,):
                sums = each.sums
                if not sums[0]:
                    touched.append(each)
                sums[0] += 1
                sums[1] += size
                sums[2] += cost
                sums[3] += busy_us
        self._last_us = instants[-1] // 1_000

    def _by_itself(self, line: Line, head: Head, *, place: Place, taker: Taker) -> None:
        """A line whose answer nothing before it has settled."""
        at_ns, address, status, size, took_us = line
        at_us, judged = at_ns // 1_000, None
        if place is not NO_PLACE:
            asked = Request(*place.asked, head.headers, address, at_us)
            judged = self.gate.judge(asked, taker.accounts, at_ns)
        if judged is None:
            self._malformed(head, taker, at_us, answered=(status, size))
            return
        collection, facts, decision = judged
        cost = place.cost
        if cost < 0:
            cost = place.cost = _cost(collection, place)
        busy_us = took_us if took_us >= 0 else cost * self.gate.load.unit_us
        sums = (1, size, cost, busy_us)
        if type(decision) in PASSES:
            if busy_us:
                self.gate.passed(collection, at_ns, busy_us)
            key = (id(facts), id(decision))
        else:
            decision = self._refused(judged, (place, taker), at_us)
            key = (id(facts), hash(decision))
            add(place.refused, sums)
        if place.is_terms:
            self.tally.add_terms(facts.word("client.operator"), at_us)
        cell = self._cells.get(key) or self._cell(key, facts, decision)
        add(cell[0], sums)
        for each in (place, taker) if cell[1] else (place,):
            if not each.sums[0]:
                self._touched.append(each)
            add(each.sums, sums)

    def _head(self, agent: str) -> Head:
        headers = Headers((("User-Agent", agent),) if agent else ())
        facts = self.gate.admission.classify(_anything(headers), ANONYMOUS)
        if len(self._lanes) >= REMEMBERED_MAX:
            self._lanes.clear()
        _, lanes = self._lanes.setdefault(id(facts), (facts, {}))
        return _kept(self._heads, agent, Head(headers, facts, lanes))

    def _lane(self, head: Head, place: Place) -> Lane:
        """What was settled for such clients and places; refusals are looked at, each
        by itself.
        """
        settled = None
        if place.lot != NO_LOT:
            asked = Request(*place.asked, head.headers)
            settled = settled_for(self.gate.admission, asked, head.facts)
        if settled is not None and type(settled.decision) not in PASSES:
            settled = None
        lane = head.lanes[place.lot] = Lane(settled)
        return lane

    def _cell(self, key: tuple[int, int], facts: Facts, decision: Decision) -> Cell:
        is_unnamed = "client.operator" not in facts
        cell = self._cells[key] = (no_sums(), is_unnamed, facts, decision)
        return cell

    def _taker(self, address: str) -> Taker:
        return _kept(self._takers, address, Taker(self.cut(address)))

    def _place(self, where: tuple[str, str, str]) -> Place:
        method, target, host = where
        place = self.reading(method, target, host or self.host) if method else None
        if self.settles and place is not None:
            self._give_lot(place)
        return _kept(self._places, where, place or NO_PLACE)

    def _give_lot(self, place: Place) -> None:
        """Say with which others it is settled, unless the address says more itself."""
        asked = Request(*place.asked)
        target = asked.target
        if "%" not in target and OURS not in target and not asks_for_git(asked):
            collection = self.gate.admission.collection_of(asked)
            name = collection.id if collection is not None else ""
            cost = place.cost = _cost(collection, place)
            place.lot = self._lots.setdefault((name, cost), len(self._lots))

    def _malformed(
        self, head: Head, taker: Taker, at_us: int, *, answered: tuple[int, int]
    ) -> None:
        """What has no one reading is refused live, before anybody is asked."""
        status, size = answered
        facts = head.facts
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
        hour = self._hour_ends_ns // 1_000 // HOUR_US - 1
        for sums, _, facts, decision in self._cells.values():
            budget = decision.budget if isinstance(decision, Throttle) else ""
            row = _row(facts, word(decision), decision.ruling.rule, budget=budget)
            self.tally.add_row(row, sums, hour)
            if row.operator != UNNAMED:
                self.tally.takers.add(row.operator, sums)
        self._cells.clear()
        for lane in self._busy:
            row = lane.row()
            self.tally.add_row(row, lane.sums, hour)
            if row.operator != UNNAMED:
                self.tally.takers.add(row.operator, lane.sums)
            lane.sums = no_sums()
        self._busy.clear()
        if len(self._touched) >= REMEMBERED_MAX:
            self._add_touched()
        self._hour_ends_ns = (now_us // HOUR_US + 1) * HOUR_US * 1_000

    def _add_touched(self) -> None:
        """Add what pages and takers came to, whatever the hour."""
        for each in self._touched:
            if isinstance(each, Place):
                self.tally.pages.add(each.template, each.sums)
                if each.refused[0]:
                    self.tally.refused_pages.add(each.template, each.refused)
                    each.refused = no_sums()
            else:
                self.tally.takers.add(each.name, each.sums)
            each.sums = no_sums()
        self._touched.clear()


class Taker:
    """The network of an address, what it took lately, and where its budgets are."""

    __slots__ = ("accounts", "name", "sums")

    def __init__(self, name: str) -> None:
        self.name = name
        self.accounts = Accounts()
        self.sums = no_sums()


class Lane:
    """Clients of the same facts at places of the same lot, in this hour.

    Attributes:
        settled: What all of them are answered; None where each is looked at by itself.
        is_unnamed: Nobody is known to run them.
        sums: What they came to.
    """

    __slots__ = ("is_unnamed", "settled", "sums")

    def __init__(self, settled: Settled | None) -> None:
        self.settled = settled
        self.is_unnamed = settled is None or "client.operator" not in settled.facts
        self.sums = no_sums()

    def row(self) -> Row:
        """Where its sums are added."""
        if self.settled is None:
            raise AssertionError("unreachable")
        decision = self.settled.decision
        return _row(self.settled.facts, word(decision), decision.ruling.rule)


class Head(NamedTuple):
    """A user agent: its fields, what is known by them, and its lanes by lot."""

    headers: Headers
    facts: Facts
    lanes: dict[int, Lane]


class Line(NamedTuple):
    """What one line tells beside who asked for what."""

    at_ns: int
    address: str
    status: int
    size: int
    took_us: int


def _anything(headers: Headers) -> Request:
    """A request that nothing but its fields says anything about."""
    return Request("", "GET", "https", "", "", "/", "/", headers=headers)


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
