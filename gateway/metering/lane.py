"""A lane in front of expensive pages: so many at once, and who is next.

A pure state machine: it says who is inside and who is called; whoever carries it
does the waiting. Each rank has a waiting room of its own. Ranks are served in order,
but every eighth place goes to the rooms behind the first, so that nobody waits for
ever. Within a room whoever had least lately goes first, then whoever came first.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from enum import StrEnum
from typing import NamedTuple

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.errors import InvalidValue
from gateway.metering.relief.pace import Pace
from gateway.metering.relief.turn import Claim, Rank

SEATS = 64
OTHERS_EACH = 8
LINGER_NS = 5 * NS_PER_S
"""A body that its reader takes slowly holds a place for so long after its head."""


class Seat(StrEnum):
    """Where a request stands."""

    INSIDE = "inside"
    WAITING = "waiting"
    TURNED_AWAY = "turned-away"


class Moves(NamedTuple):
    """What somebody's coming or going has moved.

    Attributes:
        called: Who comes inside because of it, in that order.
        displaced: Who has to leave the waiting room for somebody before them.
    """

    called: tuple[Claim, ...] = ()
    displaced: tuple[Claim, ...] = ()


UNMOVED = Moves()
_Waiter = tuple[tuple[int, ...], int, Claim]


class Lane:
    """A bounded queue in front of expensive pages.

    Attributes:
        pace: How many may be inside at once.
        seats: How many may wait in the room of one rank.
    """

    __slots__ = (
        "_began",
        "_calls",
        "_came",
        "_headed",
        "_rooms",
        "_waiting",
        "pace",
        "seats",
    )

    def __init__(self, pace: Pace, *, seats: int = SEATS) -> None:
        if seats < 0:
            raise InvalidValue("a waiting room has no negative seats")
        self.pace = pace
        self.seats = seats
        self._began: dict[str, int] = {}
        self._headed: deque[tuple[int, str]] = deque()
        self._rooms: tuple[list[_Waiter], ...] = tuple([] for _ in Rank)
        self._waiting: dict[str, _Waiter] = {}
        self._came = self._calls = 0

    @property
    def inside(self) -> int:
        """How many are inside."""
        return len(self._began)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def enter(self, claim: Claim, *, now_ns: int) -> tuple[Seat, Moves]:
        """Come to the lane; the same request twice keeps its place."""
        if claim.id in self._began:
            return Seat.INSIDE, UNMOVED
        if claim.id in self._waiting:
            return Seat.WAITING, UNMOVED
        called = self._call(now_ns)
        if not self._waiting and len(self._began) < self.pace.slots:
            self._began[claim.id] = now_ns
            return Seat.INSIDE, Moves(called)
        displaced = self._seated(claim)
        if displaced is claim:
            return Seat.TURNED_AWAY, Moves(called)
        return Seat.WAITING, Moves(called, (displaced,) if displaced else ())

    def _seated(self, claim: Claim) -> Claim | None:
        """Take a seat; whoever is last goes where there are too many."""
        self._came += 1
        waiter = (claim.burden, self._came, claim)
        room = self._rooms[claim.rank]
        insort(room, waiter)
        self._waiting[claim.id] = waiter
        if len(room) <= self.seats:
            return None
        last = room.pop()[2]
        del self._waiting[last.id]
        return last

    def headed(self, claim: Claim, *, now_ns: int) -> None:
        """The head of its answer came: the page is made, or nearly.

        The lane learns from it how the archive does.
        """
        began_ns = self._began.get(claim.id)
        if began_ns is None:
            return
        self._headed.append((now_ns, claim.id))
        is_full = len(self._began) >= self.pace.slots
        self.pace.note(
            now_ns - began_ns, began_ns=began_ns, now_ns=now_ns, is_full=is_full
        )

    def leave(self, claim: Claim, *, now_ns: int) -> Moves:
        """Go, from inside or from the waiting room; leaving twice does nothing."""
        waiter = self._waiting.pop(claim.id, None)
        if waiter is not None:
            self._rooms[claim.rank].remove(waiter)
            return UNMOVED
        if self._began.pop(claim.id, None) is None:
            return UNMOVED
        return Moves(self._call(now_ns))

    def _call(self, now_ns: int) -> tuple[Claim, ...]:
        """Call those whose turn has come."""
        began, headed = self._began, self._headed
        while headed and (
            headed[0][0] + LINGER_NS < now_ns or headed[0][1] not in began
        ):
            began.pop(headed.popleft()[1], None)
        called: list[Claim] = []
        while self._waiting and len(began) < self.pace.slots:
            claim = self._next()
            began[claim.id] = now_ns
            called.append(claim)
        return tuple(called)

    def _next(self) -> Claim:
        rooms = [room for room in self._rooms if room]
        self._calls += 1
        place = 0
        if len(rooms) > 1 and self._calls % OTHERS_EACH == 0:
            # The rooms behind the first, one after the other.
            place = 1 + (self._calls // OTHERS_EACH) % (len(rooms) - 1)
        claim = rooms[place].pop(0)[2]
        del self._waiting[claim.id]
        return claim
