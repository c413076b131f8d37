"""A lane: so many at once, and a waiting room with so many seats, first come first.

A pure state machine: it says who is inside; whoever carries it does the waiting.
"""

from __future__ import annotations

from collections import OrderedDict
from enum import StrEnum

from gateway.kernel.errors import InvalidValue


class Seat(StrEnum):
    """Where a request stands."""

    INSIDE = "inside"
    WAITING = "waiting"
    TURNED_AWAY = "turned-away"


class Lane:
    """A bounded queue in front of expensive pages.

    Attributes:
        slots: How many may be inside at once.
        seats: How many may wait.
    """

    __slots__ = ("_inside", "_waiting", "seats", "slots")

    def __init__(self, *, slots: int, seats: int) -> None:
        if slots < 1 or seats < 0:
            raise InvalidValue("a lane has one slot or more, and no negative seats")
        self.slots = slots
        self.seats = seats
        self._inside: set[str] = set()
        self._waiting: OrderedDict[str, None] = OrderedDict()

    @property
    def inside(self) -> int:
        """How many are inside."""
        return len(self._inside)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def enter(self, request_id: str) -> Seat:
        """Come to the lane; the same request twice keeps its place."""
        if request_id in self._inside:
            return Seat.INSIDE
        if request_id in self._waiting:
            return Seat.WAITING
        if len(self._inside) < self.slots:
            self._inside.add(request_id)
            return Seat.INSIDE
        if len(self._waiting) < self.seats:
            self._waiting[request_id] = None
            return Seat.WAITING
        return Seat.TURNED_AWAY

    def leave(self, request_id: str) -> tuple[str, ...]:
        """Go, from inside or from the waiting room; leaving twice does nothing.

        Returns:
            Who comes inside because of it, in the order they came.
        """
        self._waiting.pop(request_id, None)
        self._inside.discard(request_id)
        called: list[str] = []
        while self._waiting and len(self._inside) < self.slots:
            first, _ = self._waiting.popitem(last=False)
            self._inside.add(first)
            called.append(first)
        return tuple(called)
