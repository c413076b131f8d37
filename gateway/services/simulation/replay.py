"""The replay: past requests through the gate in the order of time, into a tally."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from gateway.classification.facts import Facts
from gateway.classification.known_agents import KnownAgents
from gateway.kernel.past import Past, PastBlock
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.costs import PAGE_COST, cost_of
from gateway.licensing.decision import PASSES, Decision, Throttle, word
from gateway.licensing.switches import Protect
from gateway.metering.judged import decision_of
from gateway.metering.relief.turn import Turn
from gateway.services.relief import Relief
from gateway.services.settled import settled_for
from gateway.services.simulation.askers import Askers, Head, Lane, Taker, lane_of
from gateway.services.simulation.calm import Calm
from gateway.services.simulation.gate import Gate
from gateway.services.simulation.heaviest import add
from gateway.services.simulation.hours import HOUR_US, Hours
from gateway.services.simulation.instants import LogClock, span_of
from gateway.services.simulation.lanes import Lanes, Visit, with_manners
from gateway.services.simulation.load import NEVER_NS
from gateway.services.simulation.lots import NO_PLACE, Lots, page_cost
from gateway.services.simulation.places import NO_LOT, Place, Reading
from gateway.services.simulation.rows import malformed_row
from gateway.services.simulation.tally import (
    HURT_KINDS,
    MALFORMED,
    UNNAMED,
    Example,
    Row,
    Tally,
    Waits,
)

SERVED = range(200, 400)

Seen = tuple[int, Head, Place, Taker, int]
"""When, who, where, from which network, and how long it took."""


@dataclass(slots=True)
class Replay:
    """Walks through past requests.

    Attributes:
        gate: Answers each.
        reading: What an address means.
        cut: Cuts an address to its network.
        known: What is known of strangers, whatever their pace.
        tally: Where everything is added up.
        host: The host of logs that do not say it.
        relief: Who goes first to expensive pages; see `lanes`. It knows paces too.
        settles: Whether what was settled for such clients and places is used again;
            without, every line is asked about by itself, which says the same.
    """

    gate: Gate
    reading: Reading
    cut: Callable[[str], str]
    known: Callable[[Request, KnownAgents], Facts]
    relief: Relief
    tally: Tally = field(default_factory=Tally)
    host: str = ""
    settles: bool = True
    _lots: Lots = field(init=False)
    _askers: Askers = field(init=False)
    _hours: Hours = field(init=False)
    _calm: Calm = field(init=False)
    _lanes: Lanes | None = None
    _clock: LogClock = field(default_factory=LogClock)
    _last_us: int = 0

    def __post_init__(self) -> None:
        admission, load = self.gate.admission, self.gate.load
        policies = admission.policies()
        collections = policies.collections
        self._lots = Lots(self.reading, admission, policies, host=self.host)
        self._askers = Askers(
            self.known,
            self.cut,
            self.relief.paces,
            agents=policies.agents,
            ranges=policies.ranges,
        )
        self._hours = Hours(self.tally, load.unit_us)
        self._calm = Calm(
            admission,
            load,
            upstreams=[each.upstream for each in collections],
            terms=[term for each in collections for term in each.budgets.values()],
        )
        if not self.settles:
            self._calm.may_be = self._calm.is_on = False

    def take(self, block: PastBlock) -> None:
        """Replay the requests of a block; blocks come in the order of time."""
        past, tally = block.past, self.tally
        tally.lines += block.lines
        tally.parsed += len(past.times_us)
        if not past.times_us:
            return
        self._look_for_lanes(past, self.relief)
        instants = self._clock.read(past.times_us)
        first, last = span_of(past.times_us, instants)
        tally.first_us = min(tally.first_us or first, first)
        tally.last_us = max(tally.last_us, last)
        self._walk(past, instants)

    def finish(self) -> Tally:
        """The tally, with everything in it."""
        if self._lanes is not None:
            self._lanes.advance(NEVER_NS)
        self._hours.turn(self._last_us)
        self._hours.add_touched()
        return self.tally

    def _look_for_lanes(self, past: Past, relief: Relief) -> None:
        """Where the log tells times, any page may turn out to be dear: from now on each
        line is looked at by itself, and may have to wait.
        """
        is_slowing = self.gate.admission.switches.protect is Protect.ON
        if self._lanes is not None or not is_slowing or max(past.took_us) < 0:
            return
        self._calm.rest()
        self.settles = False
        self._askers.forget()
        self.gate.admission.relief = relief
        self.tally.waits = Waits()
        self._lanes = Lanes(relief, self.tally.waits, self.gate.load.begin)

    def _walk(self, past: Past, instants: list[int]) -> None:
        """A block, an hour at a time."""
        heads = self._askers.heads(past.agents, past.addresses, instants)
        takers = self._askers.takers(past.addresses)
        places = self._lots.places(past.methods, past.targets, past.hosts)
        hours, start = self._hours, 0
        while start < len(instants):
            if instants[start] >= hours.ends_ns:
                hours.turn(instants[start] // 1_000)
            end = bisect_left(instants, hours.ends_ns, start)
            columns = (instants, heads, places, takers, past.took_us)
            lines = zip(*(each[start:end] for each in columns), strict=True)
            lanes = self._decided(past, list(lines), start)
            hours.count(
                zip(
                    *(lanes, places[start:end], takers[start:end]),
                    *(past.sizes[start:end], past.took_us[start:end]),
                    strict=True,
                )
            )
            start = end
        self._last_us = instants[-1] // 1_000

    def _decided(
        self, past: Past, lines: Iterable[Seen], start: int
    ) -> list[Lane | None]:
        """Which lane each line goes along; None where it was looked at by itself.

        The loop that every line goes through; written out, for it is the price.
        """
        lanes: list[Lane | None] = []
        calm, addresses = self._calm, past.addresses
        ends, room = calm.ends, calm.room
        for number, (at_ns, head, place, taker, took_us) in enumerate(lines, start):
            subject, sender = b"", head
            if head.is_watched:
                subject, sender = self._askers.paced(head, addresses[number], at_ns)
            lane = sender.lanes.get(place.lot) or self._lane(sender, place)
            if not calm.is_on or len(ends) > room:
                calm.look(at_ns)
            if lane.is_let_in and calm.is_on:
                if lane.owes:
                    calm.owe((at_ns, lane, addresses[number], taker))
                if lane.upstream >= 0:
                    busy_us = took_us if took_us >= 0 else lane.usual_us
                    calm.keep(lane.upstream, at_ns, busy_us)
            elif not self._is_settled(lane, Line(at_ns, past, number), (place, taker)):
                line = Line(at_ns, past, number)
                self._by_itself(line, sender, taker, subject=subject)
                lanes.append(None)
                continue
            if subject or place.is_terms:
                self._noted(lane, place, subject, at_ns=at_ns)
            lanes.append(lane)
        return lanes

    def _noted(self, lane: Lane, place: Place, subject: bytes, *, at_ns: int) -> None:
        """Who read the terms, and how fast somebody who says a name asks."""
        if place.is_terms:
            self.tally.add_terms(_reader(lane.row), at_ns // 1_000)
        elif lane.cost:
            self.relief.paces.came(subject, now_ns=at_ns)

    def _is_settled(self, lane: Lane, line: Line, where: tuple[Place, Taker]) -> bool:
        """Is it answered as others are, though there may be pressure?"""
        settled = lane.settled
        if settled is None:
            return False
        (at_ns, past, number), (place, taker) = line, where
        busy_us = past.took_us[number]
        busy_us = busy_us if busy_us >= 0 else lane.usual_us
        if not lane.is_let_in:
            add(place.refused, (1, past.sizes[number], lane.cost, busy_us))
            return True
        address = past.addresses[number]
        passes = self.gate.passes(settled, address, taker.accounts, now_ns=at_ns)
        if passes and busy_us:
            self.gate.passed(settled.collection, at_ns, busy_us)
        return passes

    def _lane(self, head: Head, place: Place) -> Lane:
        """What was settled for such clients and places. What hurts somebody, and what
        a budget may refuse at any time, is looked at each time by itself.
        """
        settled = None
        if place.lot != NO_LOT and self.settles:
            asked = Request(*place.asked, head.headers)
            settled = settled_for(self.gate.admission, asked, head.facts)
        if settled is not None:
            is_let_in = type(settled.decision) in PASSES
            always = settled.terms is not None and not settled.terms.only_under_pressure
            if always or (not is_let_in and head.hurt):
                settled = None
        lane = head.lanes[place.lot] = lane_of(
            settled, head.facts, self._calm.numbers, unit_us=self.gate.load.unit_us
        )
        return lane

    def _by_itself(
        self, line: Line, head: Head, taker: Taker, *, subject: bytes
    ) -> None:
        """A line whose answer nothing before it has settled."""
        at_ns, past, number = line
        place = self._lots.apart(
            past.methods[number], past.targets[number], past.hosts[number]
        )
        if self._calm.is_on:
            self._calm.draw()
        asked = self._asked(line, head, place)
        judged = None
        if place is not NO_PLACE:
            if self._lanes is not None:
                self._lanes.advance(at_ns)
            judged = self.gate.judge(asked, taker.accounts, at_ns)
        if judged is None:
            self._malformed(line, head, taker)
            return
        collection, facts, left = judged
        if place.cost < 0:
            place.cost = page_cost(collection, place)
        if subject and place.cost and not place.is_terms:
            self.relief.paces.came(subject, now_ns=at_ns)
        took_us, usual_us = past.took_us[number], place.cost * self.gate.load.unit_us
        busy_us = took_us if took_us >= 0 else usual_us
        answered = Answered(facts, place, taker, past.sizes[number], busy_us)
        if isinstance(left, Turn) and self._lanes is not None:
            visit = Visit(
                asked,
                judged,
                left,
                cost=place.cost,
                status=past.statuses[number],
                busy_us=busy_us,
                count=partial(self._count, answered),
                came_ns=at_ns,
            )
            self._lanes.come(visit, at_ns)
            return
        decision = decision_of(left)
        if type(decision) in PASSES and collection is not None:
            self._let_in(line, asked, collection, busy_us=busy_us)
        self._count(answered, decision, at_ns)

    def _asked(self, line: Line, head: Head, place: Place) -> Request:
        at_ns, past, number = line
        address, at_us = past.addresses[number], at_ns // 1_000
        headers, name = head.headers, ""
        if self._lanes is not None:
            headers, name = with_manners(past, number), f"{at_ns}-{number}"
        return Request(name, *place.asked[1:], headers, address, at_us)

    def _let_in(
        self, line: Line, asked: Request, collection: Collection, *, busy_us: int
    ) -> None:
        at_ns, past, number = line
        if self._calm.is_on:
            self._calm.keep(self._calm.numbers[collection.upstream], at_ns, busy_us)
        else:
            self.gate.passed(collection, at_ns, busy_us)
        if self._lanes is not None:
            self._lanes.answered(
                asked,
                collection,
                cost=cost_of(collection, asked.path, asked.query),
                status=past.statuses[number],
                busy_us=busy_us,
                now_ns=at_ns,
            )

    def _count(self, answered: Answered, decision: Decision, at_ns: int) -> None:
        """Count a line of its own, once it is known what was decided."""
        facts, place, taker, size, busy_us = answered
        hours, at_us = self._hours, at_ns // 1_000
        usual_us = place.cost * self.gate.load.unit_us
        sums = [1, size, place.cost, busy_us]
        number = id(decision)
        if type(decision) not in PASSES:
            decision = self._refused(answered, decision, at_us)
            add(place.refused, sums)
            number = hash(decision)
        cell = hours.cell(facts, decision, number=number)
        if place.is_terms:
            self.tally.add_terms(_reader(cell[1]), at_us)
        add(cell[0], sums)
        hours.touch(place, sums, usual_us=usual_us)
        if not cell[1].is_named:
            hours.touch(taker, sums, usual_us=usual_us)
            taker.cost += place.cost

    def _malformed(self, line: Line, head: Head, taker: Taker) -> None:
        """What has no one reading is refused live, before anybody is asked."""
        at_us, past, number = line.at_ns // 1_000, line.past, line.number
        row = malformed_row(head.facts)
        sums = [1, past.sizes[number], PAGE_COST, 0]
        self.tally.add_row(row, sums, at_us // HOUR_US)
        name = row.operator if row.is_named else taker.name
        self.tally.takers.add(name, sums)
        # Whoever was served then, and would not be now, is hurt.
        if head.hurt and past.statuses[number] in SERVED:
            self.tally.add_hurt(
                Example(
                    who=head.hurt,
                    at_us=at_us,
                    network=taker.name,
                    page="",
                    decision=MALFORMED,
                    rule=MALFORMED,
                    reason="The address has no one reading.",
                )
            )

    def _refused(self, answered: Answered, decision: Decision, at_us: int) -> Decision:
        """Count whoever is hurt by a refusal; the decision without its figures."""
        facts, place, taker, _, _ = answered
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


def _reader(row: Row) -> str:
    """Who read the terms, as far as anybody can tell."""
    return row.operator if row.is_named else UNNAMED


class Answered(NamedTuple):
    """A line that is counted by itself: who, where, how many bytes, how long."""

    facts: Facts
    place: Place
    taker: Taker
    size: int
    busy_us: int


class Line(NamedTuple):
    """One line of a block: when it is, and which."""

    at_ns: int
    past: Past
    number: int
