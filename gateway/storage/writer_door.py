"""The writer's side: workers come in by lines, and all share one group commit.

A worker's line ends when the worker is dead, however it died: its sockets are closed
by the operating system. What it said before is carried out first; then its holds are
given back and the intents it left open are orphaned at once.

A writer that takes over from a dead one sets nothing aside before every worker has
said what it holds, so caps stay exact across a change of writers.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from typing import Any, Protocol

from gateway.kernel.errors import Conflict, GatewayError
from gateway.metering.admit import CapReached
from gateway.metering.cap import Hold
from gateway.metering.intent import Intent
from gateway.metering.ports import Settled
from gateway.metering.recording_ports import CapLedger, EventWriter
from gateway.metering.usage_event import UsageEvent
from gateway.storage.ledger_line import Line, connected
from gateway.storage.ledger_messages import (
    EXTEND,
    OPEN,
    RESERVE,
    SETTLE,
    Ask,
    Extend,
    Extended,
    Figures,
    FromWorker,
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
    read_worker,
)
from gateway.storage.runs import Runs
from gateway.storage.visitor import DoorHooks, Visitor, failed

FIGURES_WITHIN_S = 1.0
FAREWELL_S = 0.5


class SharedCaps(CapLedger, Protocol):
    """Caps that can take over holds of an earlier writer."""

    def adopt(self, request_id: str, agreement_id: str, hold: Hold) -> None:
        """A hold that stands already, whether or not it fits."""


class WriterDoor:
    """Carries out what workers ask, in the process that owns the store's writes."""

    def __init__(
        self,
        writer: EventWriter,
        caps: SharedCaps,
        runs: Runs,
        *,
        hooks: DoorHooks | None = None,
    ) -> None:
        self._writer = writer
        self._caps = caps
        self._runs = runs
        self._hooks = hooks or DoorHooks()
        self.visitors: list[Visitor] = []
        self._awaited: set[Visitor] = set()
        self._is_complete = False
        self._is_closing = False
        self._gate = asyncio.Event()
        self._chores: set[asyncio.Task[None]] = set()

    async def admit(self, end: socket.socket, *, is_awaited: bool = True) -> Visitor:
        """A worker is at the other end.

        Args:
            end: Of the line to it.
            is_awaited: It may hold something, so nothing is set aside before it has
                said what; once all are admitted nobody is awaited any more.
        """
        visitor = Visitor()
        line: Line[FromWorker] = Line(
            read_worker,
            heard=lambda said: self._heard(visitor, said),
            ended=lambda: self._left(visitor),
        )
        visitor.line = line
        self.visitors.append(visitor)
        if is_awaited and not self._is_complete:
            self._awaited.add(visitor)
        await connected(line, end)
        return visitor

    def all_admitted(self) -> None:
        """Every worker that was alive when this writer started has been admitted."""
        self._is_complete = True
        self._open_if_complete()

    @property
    def present(self) -> tuple[Visitor, ...]:
        """Workers that are alive and have said hello."""
        return tuple(each for each in self.visitors if each.boot_id and each.line)

    async def ask_figures(self) -> None:
        """Have every worker say how it does; a silent one keeps its last word."""
        asked = self.present
        for visitor in asked:
            visitor.has_figured.clear()
            visitor.say(Ask())
        waits = [asyncio.ensure_future(each.has_figured.wait()) for each in asked]
        if waits:
            _, late = await asyncio.wait(waits, timeout=FIGURES_WITHIN_S)
            for each in late:
                each.cancel()

    def stop_hearing(self) -> None:
        """Take nothing more; what workers say from now on the next writer hears."""
        self._is_closing = True
        for visitor in self.visitors:
            if visitor.line is not None:
                visitor.line.pause()

    async def close(self) -> None:
        """Answer what was stored, and hang up; call it after the writer has closed."""
        self.stop_hearing()
        jobs = {job for visitor in self.visitors for job in visitor.jobs}
        if jobs:
            await asyncio.wait(jobs, timeout=FAREWELL_S)
        for task in (*jobs, *self._chores):
            task.cancel()
        for visitor in self.visitors:
            if visitor.line is not None:
                visitor.line.close()
        await asyncio.sleep(0)

    # What workers say.

    def _heard(self, visitor: Visitor, said: FromWorker) -> None:
        if self._is_closing:
            return
        match said:
            case Hello():
                self._hello(visitor, said)
            case Reserve():
                visitor.reserving.add(said.request_id)
                self._begin(visitor, self._reserve(visitor, said))
            case Extend():
                self._begin(visitor, self._extend(visitor, said))
            case Release():
                self._release(visitor, said.request_id)
            case Open() | Settle():
                self._keep(visitor, said)
            case Withdraw():
                self._begin(visitor, self._withdraw(visitor, said.request_id))
            case Figures():
                visitor.figures = said.document
                visitor.has_figured.set()

    def _begin(self, visitor: Visitor, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(job)
        visitor.jobs.add(task)
        task.add_done_callback(visitor.jobs.discard)

    def _hello(self, visitor: Visitor, said: Hello) -> None:
        visitor.boot_id, visitor.process_id = said.boot_id, said.process_id
        for held in said.held:
            self._caps.adopt(held.request_id, held.agreement_id, held.hold)
            visitor.holds.add(held.request_id)
        self._hooks.came(said.boot_id, said.process_id)
        self._chore(self._runs.register(said.boot_id))
        if said.is_new:
            visitor.is_known.set()
        else:
            known = frozenset(said.under_way)
            self._begin(visitor, self._recall(visitor, known))
        self._awaited.discard(visitor)
        self._open_if_complete()

    async def _recall(self, visitor: Visitor, known: frozenset[str]) -> None:
        """Which of its intents the writer before us stored; the rest is let go."""
        visitor.durable = await self._runs.open_request_ids(visitor.boot_id)
        visitor.is_known.set()
        for request_id in visitor.durable - known:
            await self._runs.let_go(request_id)

    def _keep(self, visitor: Visitor, said: Open | Settle) -> None:
        """Ask the store, without a task once everybody has said hello."""
        if not (self._gate.is_set() and visitor.is_known.is_set()):
            self._begin(visitor, self._later(visitor, said))
        elif isinstance(said, Open):
            self._open(visitor, said.intent)
        else:
            self._settle(visitor, said.event)

    async def _later(self, visitor: Visitor, said: Open | Settle) -> None:
        await self._ready(visitor)
        self._keep(visitor, said)

    async def _ready(self, visitor: Visitor) -> None:
        if not self._gate.is_set():
            await self._gate.wait()
        if not visitor.is_known.is_set():
            await visitor.is_known.wait()

    async def _reserve(self, visitor: Visitor, said: Reserve) -> None:
        await self._ready(visitor)
        request_id = said.request_id
        try:
            answer = await self._caps.reserve(request_id, said.agreement_id, said.hold)
        except GatewayError as fault:
            visitor.say(failed(request_id, RESERVE, fault))
            return
        finally:
            visitor.reserving.discard(request_id)
        if isinstance(answer, CapReached):
            visitor.say(NoRoom(request_id, RESERVE, answer))
        elif request_id in visitor.abandoned:
            visitor.abandoned.discard(request_id)
            self._caps.release(request_id)
        else:
            visitor.holds.add(request_id)
            visitor.say(Reserved(request_id, answer.micros, answer.room))

    async def _extend(self, visitor: Visitor, said: Extend) -> None:
        await self._ready(visitor)
        try:
            answer = await self._caps.extend(said.request_id, said.more)
        except GatewayError as fault:
            visitor.say(failed(said.request_id, EXTEND, fault))
            return
        if isinstance(answer, CapReached):
            visitor.say(NoRoom(said.request_id, EXTEND, answer))
        else:
            visitor.say(Extended(said.request_id, answer))

    def _release(self, visitor: Visitor, request_id: str) -> None:
        if request_id in visitor.reserving:
            visitor.abandoned.add(request_id)
        visitor.holds.discard(request_id)
        self._caps.release(request_id)

    def _open(self, visitor: Visitor, intent: Intent) -> None:
        request_id = intent.request_id
        if request_id in visitor.durable:
            visitor.say(Opened(request_id))
            return

        def heard(fault: Exception | None) -> None:
            visitor.ended()
            if fault is None:
                visitor.say(Opened(request_id))
            else:
                self._not_opened(visitor, request_id, fault)

        visitor.begun += 1
        try:
            self._writer.write_intent(intent, heard)
        except GatewayError as fault:
            heard(fault)

    def _not_opened(self, visitor: Visitor, request_id: str, fault: Exception) -> None:
        if self._is_closing:
            return  # it is said again to the next writer
        if not isinstance(fault, GatewayError):
            raise fault
        self._release(visitor, request_id)
        visitor.say(failed(request_id, OPEN, fault))

    async def _withdraw(self, visitor: Visitor, request_id: str) -> None:
        self._release(visitor, request_id)
        await self._ready(visitor)
        await self._runs.let_go(request_id)

    def _settle(self, visitor: Visitor, event: UsageEvent) -> None:
        def heard(outcome: Settled | Exception | None) -> None:
            if outcome is None:
                # A dead worker's intents are orphaned only after it is stored.
                visitor.say(Kept(event.id))
                return
            visitor.ended()
            if isinstance(outcome, Settled):
                self._settled(visitor, event, outcome)
            elif isinstance(outcome, Conflict):
                self._release(visitor, event.id)
                visitor.say(failed(event.id, SETTLE, outcome))
            elif not isinstance(outcome, GatewayError):
                raise outcome

        visitor.begun += 1
        try:
            self._writer.record(event, heard)
        except GatewayError as fault:
            # If we are stopping it is said again to the next writer.
            heard(fault)

    def _settled(self, visitor: Visitor, event: UsageEvent, settled: Settled) -> None:
        if event.id in visitor.reserving:
            # Asked of the writer before us as well, which had said yes in time.
            visitor.abandoned.add(event.id)
        visitor.holds.discard(event.id)
        self._caps.settle(event, settled)
        visitor.say(Stored(event.id, settled.seq, settled.is_repeat))

    # When a worker is gone, or a writer was.

    def _left(self, visitor: Visitor) -> None:
        visitor.line = None
        self._awaited.discard(visitor)
        if not self._is_closing:
            self._open_if_complete()
            self._chore(self._clear_away(visitor))

    async def _clear_away(self, visitor: Visitor) -> None:
        visitor.is_known.set()
        await self._gate.wait()
        while visitor.jobs:
            await asyncio.wait(set(visitor.jobs))
        await visitor.all_ended()
        self.visitors.remove(visitor)
        for request_id in visitor.holds:
            self._caps.release(request_id)
        self._hooks.left(visitor)
        if visitor.boot_id:
            await self._runs.orphan(visitor.boot_id)

    def _open_if_complete(self) -> None:
        if self._is_complete and not self._awaited and not self._gate.is_set():
            self._gate.set()
            self._chore(self._orphan_earlier_runs())

    async def _orphan_earlier_runs(self) -> None:
        found = await self._runs.with_open_intents()
        # Whoever has an intent in the store has said hello before it got there.
        alive = {visitor.boot_id for visitor in self.visitors}
        for boot_id in found:
            if boot_id not in alive:
                await self._runs.orphan(boot_id)

    def _chore(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
