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
from gateway.licensing.decision import Redirect, Throttle
from gateway.metering.lane import Moves, Seat
from gateway.metering.relief.copies import Given
from gateway.metering.relief.turn import Claim, Turn
from gateway.proxy.copying import Copying
from gateway.proxy.ports import UpstreamAnswer
from gateway.web.answer import HeaderPairs


class Lines(Protocol):
    """Keeps the lines; `gateway.services.relief` fills it."""

    def enter(self, claim: Claim, *, now_ns: int) -> tuple[Seat, Moves]:
        """Come to the lane."""

    def headed(self, claim: Claim, *, now_ns: int) -> None:
        """The head of its answer came."""

    def leave(self, claim: Claim, *, now_ns: int) -> Moves:
        """It is over, or waits no longer."""

    def away(
        self, asked: Request, turn: Turn, collection: Collection, *, now_ns: int
    ) -> Throttle | Redirect:
        """What whoever found no place is told."""

    def took_copy(self, asked: Request, *, now_ns: int) -> None:
        """An earlier copy was given."""


class Copies(Protocol):
    """Keeps earlier copies; `gateway.services.instead` fills it."""

    def copy_for(
        self,
        asked: Request,
        turn: Turn,
        collection: Collection,
        *,
        is_last: bool,
        now_ns: int,
    ) -> Given | None:
        """An earlier copy; None where there is none, or the page may yet come."""

    def may_keep(
        self,
        asked: Request,
        turn: Turn,
        collection: Collection,
        *,
        status: int,
        headers: HeaderPairs,
    ) -> bool:
        """May this answer be kept for others?"""

    def keep(
        self, asked: Request, headers: HeaderPairs, body: bytes, *, now_ns: int
    ) -> None:
        """Keep it."""

    @property
    def copy_bytes_max(self) -> int:
        """A longer body is not kept."""


class Turns:
    """Lets requests wait for their turn."""

    def __init__(self, lines: Lines, clock: Clock, copies: Copies) -> None:
        self._lines = lines
        self._clock = clock
        self._copies = copies
        self._waiting: dict[str, asyncio.Future[bool]] = {}

    async def taken(
        self,
        asked: Request,
        turn: Turn,
        collection: Collection,
        *,
        is_anybody: bool,
    ) -> Given | Throttle | Redirect | None:
        """Wait for a place; None once it is there, else what to give or say instead.

        A place that was given is given back with `over`. Whoever stops waiting, by a
        connection that is lost for one, has left the line.

        Args:
            asked: The request.
            turn: Its turn.
            collection: Where the page belongs.
            is_anybody: Nobody is known behind it: it may be given a copy.
        """
        claim = turn.claim
        called: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[claim.id] = called
        seat, moves = self._lines.enter(claim, now_ns=self._clock.ticks_ns())
        self._moved(moves)
        is_in, copy = seat is Seat.INSIDE, None
        try:
            if seat is Seat.WAITING:
                copy = is_anybody and self._copy(asked, turn, collection, is_last=False)
                is_in = not copy and await self._called(called, claim)
        except BaseException:
            self.over(turn)
            raise
        finally:
            del self._waiting[claim.id]
        if is_in:
            return None
        self.over(turn)
        if not copy and is_anybody:
            copy = self._copy(asked, turn, collection, is_last=True)
        now_ns = self._clock.ticks_ns()
        return copy or self._lines.away(asked, turn, collection, now_ns=now_ns)

    def _copy(
        self, asked: Request, turn: Turn, collection: Collection, *, is_last: bool
    ) -> Given | None:
        now_ns = self._clock.ticks_ns()
        found = self._copies.copy_for(
            asked, turn, collection, is_last=is_last, now_ns=now_ns
        )
        if found is not None:
            self._lines.took_copy(asked, now_ns=now_ns)
        return found

    def kept(
        self,
        asked: Request,
        turn: Turn,
        collection: Collection,
        *,
        answer: UpstreamAnswer,
    ) -> UpstreamAnswer:
        """The answer to nobody known; kept for others as it passes, if it may be."""
        headers, status = answer.head.headers, answer.head.status
        length = answer.head.body_bytes or 0
        if length > self._copies.copy_bytes_max or not self._copies.may_keep(
            asked, turn, collection, status=status, headers=headers
        ):
            return answer

        def keep(body: bytes) -> None:
            now_ns = self._clock.ticks_ns()
            self._copies.keep(asked, headers, body, now_ns=now_ns)

        return Copying(answer, keep, bytes_max=self._copies.copy_bytes_max)

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
