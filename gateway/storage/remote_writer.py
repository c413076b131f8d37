"""A worker's side of metering: the writer is another process.

It stands behind the ports of `GroupCommit` and of the caps, and makes the same
promises: an intent is durable when `open_intent` returns, an event is stored or kept.
What was not answered is remembered and said again to the next writer, so a writer
that dies costs nobody anything that was acknowledged. Events are idempotent by their
id; an intent that is durable already is recognised by the writer.

While there is no writer, who asks waits `PATIENCE_S`, so that a restart goes
unnoticed; after that intents are refused at once and events are kept here. A writer
that is there and silent is waited for as `Patience` says.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from gateway.kernel.errors import Unavailable
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
from gateway.storage.heard import OpenedFuture
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
    Figured,
    Opening,
    Question,
    Settling,
    away,
    error_of,
    nothing_figured,
)

PATIENCE_S = 5.0


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
        for waiting in self._waiting():
            waiting.wait()
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
        heard = OpenedFuture()
        opening = self._begun(intent, heard)
        try:
            await heard.future
        except asyncio.CancelledError:
            opening.is_wanted = False
            self._withdraw(intent.request_id)
            raise

    def write_intent(
        self, intent: Intent, heard: Callable[[Exception | None], None]
    ) -> None:
        """As `open_intent`; see `metering.ports.EventWriter.write_intent`.

        Raises:
            Unavailable: no writer, or too many wait.
        """
        self._begun(intent, heard)

    def _begun(
        self, intent: Intent, heard: Callable[[Exception | None], None]
    ) -> Opening:
        if len(self._openings) >= QUEUE_MAX:
            raise Unavailable("the store is behind with metering; try again")
        self._assert_reachable()
        opening = Opening(intent, heard)
        self._openings[intent.request_id] = opening
        if self._line is not None:
            self._line.say(Open(intent))
            opening.wait()
        return opening

    def record(
        self, event: UsageEvent, heard: Callable[[Settled | Exception | None], None]
    ) -> None:
        """Hand an event in; see `metering.ports.EventWriter.record`.

        Raises:
            Unavailable: far too many wait already, or the worker has stopped.
        """
        self._open.discard(event.id)
        if self._is_closing or len(self._settlings) >= QUEUE_MAX + KEPT_MAX:
            raise Unavailable("the store is behind with metering; try again")
        self._settlings[event.id] = Settling(event, heard)
        self._is_settled.clear()
        if self._line is not None:
            self._line.say(Settle(event))
        elif self._is_given_up:
            heard(None)

    def reserve_at_once(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | None:
        """The writer has to be asked for everything."""
        return None

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
            question.wait()
        is_told = False
        try:
            answer = await question.future
            is_told = True
        finally:
            question.patience.end()
            if self._questions.get((kind, request_id)) is question:
                del self._questions[kind, request_id]
            # Who asked may be cancelled in the very turn in which the answer came.
            if not is_told and kind == RESERVE:
                self._not_wanted(request_id)
        return answer

    def _waiting(self) -> tuple[Question | Opening, ...]:
        return (*self._questions.values(), *self._openings.values())

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
                if settling is not None:
                    settling.heard(None)
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
        # Before it is told: a hello in between must name it.
        self._open.add(request_id)
        if not opening.tell(None):
            self._withdraw(request_id)

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
        settling.heard(Settled(said.seq, said.is_repeat))

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
        if question is not None:
            question.answer(answer)

    def _failed(self, said: Failed) -> None:
        error = error_of(said)
        if said.asked == OPEN:
            opening = self._openings.pop(said.request_id, None)
            if opening is not None:
                opening.tell(error)
        elif said.asked in {RESERVE, EXTEND}:
            question = self._questions.get((said.asked, said.request_id))
            if question is not None:
                question.fail(error)
        else:
            settling = self._taken_out(said.request_id)
            if settling is not None:
                settling.heard(error)

    # When it says nothing more.

    def _ended(self, line: Line[FromWriter]) -> None:
        if self._line is not line:
            return
        self._line = None
        if not self._is_closing:
            for waiting in self._waiting():
                waiting.patience.end()
            loop = asyncio.get_running_loop()
            self._giving_up = loop.call_later(self.patience_s, self._give_up)

    def _give_up(self) -> None:
        """No writer for too long: nothing may pass unmetered."""
        self._is_given_up = True
        # A hello does not name them any more: they will be released.
        openings, self._openings = self._openings, {}
        for opening in openings.values():
            opening.tell(away())
        for question in self._questions.values():
            question.fail(away())
        for settling in tuple(self._settlings.values()):
            settling.heard(None)
        self.hooks.kept(len(self._settlings), "there is no writer")
