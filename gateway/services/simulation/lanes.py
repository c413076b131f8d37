"""Lanes: what those in front of expensive pages would have done with a log.

Who waits, goes in, presses the button or is turned away is worked out by the live
`Relief`, on the virtual clock. How long a page keeps its place is what the log says it
took then; with fewer at once it would have been quicker, so that waiting is estimated
too high rather than too low.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.past import Past
from gateway.kernel.request import Headers, Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Decision, Redirect
from gateway.metering.lane import Seat
from gateway.metering.relief.turn import Claim, Turn
from gateway.services.lane_names import operator_of
from gateway.services.relief import Relief
from gateway.services.simulation.gate import Judged
from gateway.services.simulation.tally import PEOPLE, Waits

PRESSED_AFTER_NS = 3 * NS_PER_S
"""A reader who finds a button presses it after so long."""
LONG_NS = 2 * NS_PER_S
NS_PER_US = 1_000

Counting = Callable[[Decision, int], None]
"""How the request is counted once it is known: what was decided, and when."""


@dataclass(slots=True, eq=False)
class Visit:
    """A request for an expensive page.

    Attributes:
        asked: The request.
        judged: What was decided; it holds once the turn has come.
        turn: Its turn.
        cost: Cost units of the page.
        status: What the log says was answered.
        busy_us: How long the page is made.
        count: Counts it.
        came_ns: When it came first.
        is_inside: Its turn has come.
        is_over: It was let in or turned away for good.
        has_pressed: It pressed the button once.
    """

    asked: Request
    judged: Judged
    turn: Turn
    cost: int
    status: int
    busy_us: int
    count: Counting
    came_ns: int
    is_inside: bool = False
    is_over: bool = False
    has_pressed: bool = False


NOT_MODIFIED = 304
HAS_COPY = ("If-None-Match", '"as logged"')
Event = tuple[int, int, Callable[[Visit, int], None], Visit]


class Lanes:
    """Lets past requests wait.

    Args:
        relief: As live requests meet it.
        waits: Where it is counted.
        begin: Called when somebody comes inside: upstream, ticks, microseconds.
    """

    def __init__(
        self, relief: Relief, waits: Waits, begin: Callable[[str, int, int], None]
    ) -> None:
        self._relief = relief
        self._waits = waits
        self._begin = begin
        self._events: list[Event] = []
        self._visits: dict[str, Visit] = {}
        self._number = 0

    def advance(self, now_ns: int) -> None:
        """Let everything happen that was to happen by now."""
        events = self._events
        while events and events[0][0] <= now_ns:
            at_ns, _, happens, visit = heappop(events)
            happens(visit, at_ns)

    def come(self, visit: Visit, now_ns: int) -> None:
        """Somebody asks for an expensive page."""
        if not visit.has_pressed:
            self._waits.came += 1
        claim = visit.turn.claim
        self._visits[claim.id] = visit
        seat, moves = self._relief.enter(claim, now_ns=now_ns)
        if seat is Seat.INSIDE:
            self._go_in(visit, now_ns)
        elif seat is Seat.WAITING:
            self._later(now_ns + claim.patience_ns, self._gives_up, visit)
        else:
            self._turn_away(visit, now_ns)
        self._call(moves.called, now_ns)
        for displaced in moves.displaced:
            self._turn_away(self._visits[displaced.id], now_ns)

    def answered(
        self,
        asked: Request,
        collection: Collection,
        *,
        cost: int,
        status: int,
        busy_us: int,
        now_ns: int,
    ) -> None:
        """A page or a part of one was given: history is made of that."""
        self._relief.answered(
            asked,
            collection,
            cost=cost,
            status=status,
            first_byte_ns=busy_us * NS_PER_US,
            now_ns=now_ns,
        )
        if asked.path == "/robots.txt":
            self._relief.read_robots(asked, now_ns=now_ns)

    def _later(
        self, at_ns: int, happens: Callable[[Visit, int], None], visit: Visit
    ) -> None:
        self._number += 1
        heappush(self._events, (at_ns, self._number, happens, visit))

    def _call(self, called: tuple[Claim, ...], now_ns: int) -> None:
        for claim in called:
            visit = self._visits.get(claim.id)
            if visit is not None:
                self._go_in(visit, now_ns)

    def _go_in(self, visit: Visit, now_ns: int) -> None:
        visit.is_inside = visit.is_over = True
        waited_ns = now_ns - visit.came_ns
        self._waits.at_once += waited_ns == 0
        self._waits.long += waited_ns > LONG_NS
        if visit.has_pressed:
            self._waits.clicked[visit.judged[1].word("client.kind")] += 1
        collection, _, _ = visit.judged
        if collection is not None:
            self._begin(collection.upstream, now_ns, visit.busy_us)
        visit.count(visit.turn.decision, now_ns)
        end_ns = now_ns + visit.busy_us * NS_PER_US
        self._later(end_ns, self._goes, visit)

    def _goes(self, visit: Visit, now_ns: int) -> None:
        claim = visit.turn.claim
        del self._visits[claim.id]
        self._relief.headed(claim, now_ns=now_ns)
        moves = self._relief.leave(claim, now_ns=now_ns)
        collection = visit.judged[0]
        if collection is not None:
            self.answered(
                visit.asked,
                collection,
                cost=visit.cost,
                status=visit.status,
                busy_us=visit.busy_us,
                now_ns=now_ns,
            )
        self._call(moves.called, now_ns)

    def _gives_up(self, visit: Visit, now_ns: int) -> None:
        if visit.is_inside or visit.is_over:
            return
        claim = visit.turn.claim
        if self._visits.get(claim.id) is visit:
            self._relief.leave(claim, now_ns=now_ns)
            self._turn_away(visit, now_ns)

    def _turn_away(self, visit: Visit, now_ns: int) -> None:
        """No place: a reader is shown a button, and presses it once."""
        self._visits.pop(visit.turn.claim.id, None)
        collection, facts, _ = visit.judged
        if collection is None:
            raise AssertionError("unreachable")
        said = self._relief.away(visit.asked, visit.turn, collection, now_ns=now_ns)
        if isinstance(said, Redirect):
            visit.is_over = True
            visit.count(said, now_ns)
            return
        is_person = facts.word("client.kind") in PEOPLE
        if said.ticket_for and is_person and not visit.has_pressed:
            visit.has_pressed = True
            self._later(now_ns + PRESSED_AFTER_NS, self._presses, visit)
            return
        self._refuse(visit, said, now_ns)

    def _refuse(self, visit: Visit, said: Decision, now_ns: int) -> None:
        visit.is_over = True
        self._waits.turned_away[visit.judged[1].word("client.kind")] += 1
        visit.count(said, now_ns)

    def _presses(self, visit: Visit, now_ns: int) -> None:
        asked, lane = visit.asked, visit.turn.claim.lane
        collection, facts, _ = visit.judged
        ticket = self._relief.give_ticket(asked, lane, asked.url, now_ns=now_ns)
        if ticket is None or collection is None:
            if collection is not None:
                said = self._relief.away(asked, visit.turn, collection, now_ns=now_ns)
                self._refuse(visit, said, now_ns)
            return
        again = replace(asked, id=f"{asked.id}+", ticket=ticket)
        left = self._relief.turn(
            again,
            collection,
            visit.turn.decision,
            cost=visit.cost,
            whose=operator_of(facts),
            now_ns=now_ns,
        )
        visit.asked = again
        if isinstance(left, Turn):
            visit.turn = left
            self.come(visit, now_ns)
        else:
            visit.is_over = True
            visit.count(visit.turn.decision, now_ns)


def with_manners(past: Past, number: int) -> Headers:
    """The fields of a line that lanes look at. What was not modified had been asked
    for by whoever has a copy.
    """
    fields = [("User-Agent", past.agents[number]), ("Referer", past.referers[number])]
    if past.statuses[number] == NOT_MODIFIED:
        fields.append(HAS_COPY)
    return Headers(tuple(field for field in fields if field[1]))
