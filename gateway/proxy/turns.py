"""Turns: requests for expensive pages wait here until they are called.

Who is called is for `services.relief` to say; this only lets each of them wait, and
tells whoever finds no place why.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from gateway.kernel.clock import NS_PER_S, Clock
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Throttle
from gateway.metering.lane import Moves, Seat
from gateway.metering.relief.turn import Claim, Turn


class Lines(Protocol):
    """Keeps the lines; `gateway.services.relief` fills it."""

    def enter(self, claim: Claim, *, now_ns: int) -> tuple[Seat, Moves]:
        """Come to the lane."""

    def headed(self, claim: Claim, *, now_ns: int) -> None:
        """The head of its answer came."""

    def leave(self, claim: Claim, *, now_ns: int) -> Moves:
        """It is over, or waits no longer."""

    def away(self, asked: Request, turn: Turn, collection: Collection) -> Throttle:
        """What whoever found no place is told."""


class Turns:
    """Lets requests wait for their turn."""

    def __init__(self, lines: Lines, clock: Clock) -> None:
        self._lines = lines
        self._clock = clock
        self._waiting: dict[str, asyncio.Future[bool]] = {}

    async def taken(
        self, asked: Request, turn: Turn, collection: Collection
    ) -> Throttle | None:
        """Wait for a place; None once it is there, else what to say instead.

        A place that was given is given back with `over`. Whoever stops waiting, by a
        connection that is lost for one, has left the line.
        """
        claim = turn.claim
        called: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[claim.id] = called
        seat, moves = self._lines.enter(claim, now_ns=self._clock.ticks_ns())
        self._moved(moves)
        is_in = seat is Seat.INSIDE
        try:
            if seat is Seat.WAITING:
                is_in = await self._called(called, claim)
        except BaseException:
            self.over(turn)
            raise
        finally:
            del self._waiting[claim.id]
        if is_in:
            return None
        self.over(turn)
        return self._lines.away(asked, turn, collection)

    @staticmethod
    async def _called(called: asyncio.Future[bool], claim: Claim) -> bool:
        try:
            return await asyncio.wait_for(called, claim.patience_ns / NS_PER_S)
        except TimeoutError:
            return False

    def headed(self, turn: Turn) -> None:
        """The head of its answer came."""
        self._lines.headed(turn.claim, now_ns=self._clock.ticks_ns())

    def over(self, turn: Turn) -> None:
        """Give the place back; again does nothing."""
        self._moved(self._lines.leave(turn.claim, now_ns=self._clock.ticks_ns()))

    def _moved(self, moves: Moves) -> None:
        for claims, is_in in ((moves.called, True), (moves.displaced, False)):
            for claim in claims:
                waiting = self._waiting.get(claim.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(is_in)
