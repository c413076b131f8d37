"""A worker's side of metering: the writer is another process.

It stands behind the ports of `GroupCommit` and of the caps, and makes the same
promises: an intent is durable when `open_intent` returns, an event is stored or kept.
What was not answered is remembered and said again to the next writer, so a writer
that dies costs nobody anything that was acknowledged. Events are idempotent by their
id; an intent that is durable already is recognised by the writer.

While there is no writer, who asks waits `PATIENCE_S`, so that a restart goes
unnoticed; after that intents are refused at once and events are kept here.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.kernel.errors import Unavailable
from gateway.kernel.hooks import unheard
from gateway.metering.admit import CapReached
from gateway.metering.cap import Hold
from gateway.metering.intent import Intent
from gateway.metering.ports import Settled
from gateway.metering.quantity import Quantity
from gateway.metering.room import Granted
from gateway.metering.usage_event import UsageEvent
from gateway.storage.group_commit import (
    CLOSING_S,
    KEPT_MAX,
    QUEUE_MAX,
    WriterHooks,
)
from gateway.storage.ledger_line import Line, connected
from gateway.storage.ledger_messages import (
    EXTEND,
    OPEN,
    RESERVE,
    Ask,
    Extend,
    Extended,
    Failed,
    Figures,
    FromWriter,
    Held,
    Hello,
    Kept,
    NoRoom,
    Open,
    Opened,
    Release,
    Reserve,
    Reserved,
    Settle,
    Stored,
    Withdraw,
    read_writer,
)
from gateway.storage.remote_jobs import (
    Opening,
    Question,
    Settling,
    away,
    error_of,
    silent,
)

PATIENCE_S = 5.0
ANSWER_WITHIN_S = 10.0


Figured = Callable[[], Mapping[str, Any]]


def nothing_figured() -> Mapping[str, Any]:
    """No figures."""
    return {}


@dataclass(slots=True)
class RemoteWriter:
    """Implements metering's `EventWriter` and `CapLedger` over a line.

    Attributes:
        boot_id: Which run of which worker.
        process_id: As the operating system counts.
        figured: Gives this worker's figures, for whoever adds them up.
        hooks: Who hears of trouble.
        patience_s: How long a missing writer is waited for.
    """

    boot_id: str
    process_id: int
    figured: Figured = nothing_figured
    hooks: WriterHooks = field(default_factory=WriterHooks)
    patience_s: float = PATIENCE_S
    _line: Line[FromWriter] | None = None
    _is_new: bool = True
    _is_given_up: bool = False
    _is_closing: bool = False
    _giving_up: asyncio.TimerHandle | None = None
    _openings: dict[str, Opening] = field(default_factory=dict)
    _settlings: dict[str, Settling] = field(default_factory=dict)
    _questions: dict[tuple[int, str], Question] = field(default_factory=dict)
    _held: dict[str, Held] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _is_settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def under_way(self) -> int:
        """Metered responses of this worker that have begun and not ended."""
        return len(self._open)

    @property
    def waiting(self) -> int:
        """How many intents and events wait for their commit."""
        return len(self._openings) + len(self._settlings)

    @property
    def is_connected(self) -> bool:
        """Is there a writer?"""
        return self._line is not None

    async def connect(self, end: socket.socket) -> None:
        """A new writer is at the other end: say hello, and what it must know."""
        line: Line[FromWriter] = Line(
            read_writer, heard=self._heard, ended=lambda: self._ended(line)
        )
        await connected(line, end)
        if self._giving_up is not None:
            self._giving_up.cancel()
        if self._is_given_up:
            self.hooks.kept(0, "")
        self._line, self._is_given_up = line, False
        self._openings = {k: o for k, o in self._openings.items() if o.is_wanted}
        known = (*self._open, *self._openings, *self._settlings)
        held = tuple(self._held.values())
        line.say(Hello(self.boot_id, self.process_id, self._is_new, held, known))
        self._is_new = False
        line.say(*(question.said for question in self._questions.values()))
        line.say(*(Open(opening.intent) for opening in self._openings.values()))
        line.say(*(Settle(settling.event) for settling in self._settlings.values()))

    def say_figures(self) -> None:
        """Tell the writer how this worker does."""
        if self._line is not None:
            self._line.say(Figures(dict(self.figured())))

    async def open_intent(self, intent: Intent) -> None:
        """Write an intent down; durable on return.

        Raises:
            Conflict: the request has an intent already.
            Unavailable: no writer, or it cannot write now, or too many wait.
        """
        if len(self._openings) >= QUEUE_MAX:
            raise Unavailable("the store is behind with metering; try again")
        self._assert_reachable()
        opening = Opening(intent, asyncio.get_running_loop().create_future())
        self._openings[intent.request_id] = opening
        if self._line is not None:
            self._line.say(Open(intent))
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await opening.future
        except TimeoutError:
            opening.is_wanted = False
            raise silent() from None
        except asyncio.CancelledError:
            opening.is_wanted = False
            self._withdraw(intent.request_id)
            raise

    def settle_event(
        self, event: UsageEvent, when_settled: Callable[[Settled], None] = unheard
    ) -> asyncio.Future[bool]:
        """Hand an event in; see `metering.ports.EventWriter.settle_event`.

        Raises:
            Unavailable: far too many wait already, or the worker has stopped.
        """
        self._open.discard(event.id)
        if self._is_closing or len(self._settlings) >= QUEUE_MAX + KEPT_MAX:
            raise Unavailable("the store is behind with metering; try again")
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._settlings[event.id] = Settling(event, future, when_settled)
        self._is_settled.clear()
        if self._line is not None:
            self._line.say(Settle(event))
        elif self._is_given_up:
            future.set_result(False)
        return future

    async def reserve(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | CapReached:
        """Set aside what may pass; see `metering.ports.CapLedger.reserve`."""
        asked = Reserve(request_id, agreement_id, hold)
        answer = await self._asked(RESERVE, request_id, asked)
        if isinstance(answer, Granted):
            self._held[request_id] = Held(request_id, agreement_id, hold)
        return answer

    async def extend(self, request_id: str, more: Quantity) -> int | CapReached:
        """Set more aside for a stream of unknown length."""
        held = self._held.get(request_id)
        if held is None:
            return 0
        answer = await self._asked(EXTEND, request_id, Extend(request_id, more))
        if isinstance(answer, CapReached):
            return answer
        whole = replace(held.hold, quantity=held.hold.quantity + more)
        self._held[request_id] = Held(request_id, held.agreement_id, whole)
        return answer.micros

    def settle(self, event: UsageEvent, settled: Settled) -> None:
        """The writer has turned the hold into what passed."""
        self._held.pop(event.id, None)

    def release(self, request_id: str) -> None:
        """Give the hold back."""
        if self._held.pop(request_id, None) is not None and self._line is not None:
            self._line.say(Release(request_id))

    async def close(self) -> None:
        """Try for a while to have every event stored, then hang up."""
        self._is_closing = True
        if self._settlings:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_S):
                    await self._is_settled.wait()
        if self._settlings:
            self.hooks.lost(len(self._settlings))
        if self._giving_up is not None:
            self._giving_up.cancel()
        self.say_figures()
        if self._line is not None:
            self._line.close()

    async def _asked(
        self, kind: int, request_id: str, said: Reserve | Extend
    ) -> Granted | CapReached:
        self._assert_reachable()
        question = Question(said, asyncio.get_running_loop().create_future())
        self._questions[kind, request_id] = question
        if self._line is not None:
            self._line.say(said)
        is_told = False
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = await question.future
            is_told = True
        except TimeoutError:
            raise silent() from None
        finally:
            if self._questions.get((kind, request_id)) is question:
                del self._questions[kind, request_id]
            # Who asked may be cancelled in the very turn in which the answer came.
            if not is_told and kind == RESERVE:
                self._not_wanted(request_id)
        return answer

    def _assert_reachable(self) -> None:
        if self._is_closing:
            raise Unavailable("the gateway is stopping; try again")
        if self._line is None and self._is_given_up:
            raise away()

    # What the writer says.

    def _heard(self, said: FromWriter) -> None:
        match said:
            case Opened():
                self._opened(said.request_id)
            case Stored():
                self._stored(said)
            case Kept():
                settling = self._settlings.get(said.request_id)
                if settling is not None and not settling.future.done():
                    settling.future.set_result(False)
            case Reserved():
                self._reserved(said)
            case Extended():
                self._answered(EXTEND, said.request_id, Granted(said.micros))
            case NoRoom():
                self._answered(said.asked, said.request_id, said.reached)
            case Failed():
                self._failed(said)
            case Ask():
                self.say_figures()

    def _opened(self, request_id: str) -> None:
        opening = self._openings.pop(request_id, None)
        if opening is None:
            return
        if opening.is_wanted and not opening.future.done():
            # Here, not by the waiter: a hello in between must name it.
            self._open.add(request_id)
            opening.future.set_result(None)
        elif self._line is not None:
            self._line.say(Withdraw(request_id))

    def _withdraw(self, request_id: str) -> None:
        """It became durable in the instant in which nobody wanted it any more."""
        if request_id in self._open:
            self._open.discard(request_id)
            if self._line is not None:
                self._line.say(Withdraw(request_id))

    def _reserved(self, said: Reserved) -> None:
        asked = RESERVE, said.request_id
        if asked not in self._questions and said.request_id not in self._held:
            self._not_wanted(said.request_id)
        self._answered(*asked, Granted(said.micros, said.room))

    def _not_wanted(self, request_id: str) -> None:
        """Money was set aside, or may be, for nobody."""
        if self._line is not None:
            self._line.say(Release(request_id))

    def _stored(self, said: Stored) -> None:
        settling = self._taken_out(said.request_id)
        if settling is None:
            return
        settling.when_settled(Settled(said.seq, said.is_repeat))
        if not settling.future.done():
            settling.future.set_result(True)

    def _taken_out(self, event_id: str) -> Settling | None:
        """An event that need not be said again."""
        settling = self._settlings.pop(event_id, None)
        if not self._settlings:
            self._is_settled.set()
        return settling

    def _answered(
        self, kind: int, request_id: str, answer: Granted | CapReached
    ) -> None:
        question = self._questions.get((kind, request_id))
        if question is not None and not question.future.done():
            question.future.set_result(answer)

    def _failed(self, said: Failed) -> None:
        error = error_of(said)
        waiting: asyncio.Future[Any] | None = None
        if said.asked == OPEN:
            opening = self._openings.pop(said.request_id, None)
            waiting = opening.future if opening else None
        elif said.asked in {RESERVE, EXTEND}:
            question = self._questions.get((said.asked, said.request_id))
            waiting = question.future if question else None
        else:
            settling = self._taken_out(said.request_id)
            waiting = settling.future if settling else None
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)

    # When it says nothing more.

    def _ended(self, line: Line[FromWriter]) -> None:
        if self._line is not line:
            return
        self._line = None
        if not self._is_closing:
            loop = asyncio.get_running_loop()
            self._giving_up = loop.call_later(self.patience_s, self._give_up)

    def _give_up(self) -> None:
        """No writer for too long: nothing may pass unmetered."""
        self._is_given_up = True
        for opening in self._openings.values():
            if not opening.future.done():
                opening.future.set_exception(away())
        self._openings.clear()  # a hello does not name them: they will be released
        for question in self._questions.values():
            if not question.future.done():
                question.future.set_exception(away())
        for settling in self._settlings.values():
            if not settling.future.done():
                settling.future.set_result(False)
        self.hooks.kept(len(self._settlings), "there is no writer")
