"""Workers and a writer in one process, over real lines and a real store.

A writer that is killed here loses every answer it has not sent, and stores what it
was told: the worst that can happen to whoever waits for an answer.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

from gateway.bootstrap.chance import SystemClock
from gateway.kernel.errors import NotFound
from gateway.kernel.period import month_of
from gateway.licensing.tariff import Bracket, Metered, Tariff
from gateway.metering.cap import CapLimits
from gateway.metering.intent import Intent
from gateway.metering.limit import Limit
from gateway.metering.ports import Allowance
from gateway.services.caps import Caps
from gateway.storage.group_commit import GroupCommit
from gateway.storage.remote_writer import RemoteWriter
from gateway.storage.runs import Runs
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from gateway.storage.stores.usage_sums import SqlUsageSums
from gateway.storage.visitor import DoorHooks
from gateway.storage.writer_door import WriterDoor
from tests.fakes.usage import an_intent

WITHIN_S = 30
PRICE_1_A_BYTE = Tariff(
    "ai-2026", 1, "EUR", Metered.BYTES, 1, "1 B", (Bracket(None, 1),)
)


class OneLimit:
    """Terms of one agreement with one limit."""

    def __init__(self, micros: int) -> None:
        self.micros = micros

    def allowance(self, agreement_id: str, *, at_us: int) -> Allowance:
        if agreement_id != "agr_1":
            raise NotFound("no such agreement")
        limit = Limit("monthly-cap", CapLimits(micros=self.micros), month_of(at_us))
        return Allowance(PRICE_1_A_BYTE, ("pty_1",), is_proven=True, limits=(limit,))


class Writing:
    """One writer: group commit, caps and the door."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.db = open_sqlite(family.path)
        self.store = SqlUsageStore(self.db)
        self.commit = GroupCommit(self.db, self.store, clock=family.clock)
        caps = Caps(
            family.terms,
            self.store,
            sums=SqlUsageSums(self.db),
            clock=family.clock,
            node="node-1",
        )
        self.orphaned = 0
        hooks = DoorHooks(orphaned=self._count)
        runs = Runs(self.store, "node-1", family.clock, hooks)
        self.door = WriterDoor(self.commit, caps, runs, hooks=hooks)

    def _count(self, number: int) -> None:
        self.orphaned += number

    async def end(self) -> None:
        """End in good order."""
        self.door.stop_hearing()
        await self.commit.close()
        await self.door.close()
        self.db.close()

    async def die(self) -> None:
        """Store what was heard, and say nothing about it."""
        for visitor in self.door.visitors:
            if visitor.line is not None:
                visitor.line.abort()
        await self.end()


class Family:
    """Everybody."""

    def __init__(self, folder: Path, *, cap: int = 10_000) -> None:
        self.path = folder / "store.db"
        self.clock = SystemClock()
        self.terms = OneLimit(cap)
        self.writing: Writing | None = None
        self.workers: list[RemoteWriter] = []
        self.runs = 0

    async def start_writer(self) -> Writing:
        self.writing = Writing(self)
        for worker in self.workers:
            await self._link(worker)
        self.writing.door.all_admitted()
        return self.writing

    async def start_worker(self, *, patience_s: float = WITHIN_S) -> RemoteWriter:
        self.runs += 1
        worker = RemoteWriter(f"boot-{self.runs}", self.runs, patience_s=patience_s)
        self.workers.append(worker)
        if self.writing is not None:
            await self._link(worker)
        return worker

    async def _link(self, worker: RemoteWriter) -> None:
        assert self.writing
        ours, theirs = socket.socketpair()
        await self.writing.door.admit(theirs)
        await worker.connect(ours)

    async def kill_writer(self) -> None:
        assert self.writing
        dead, self.writing = self.writing, None
        await dead.die()
        for worker in self.workers:
            if worker._line is not None:
                worker._line.abort()  # one that does not listen hears of no end
        await until(lambda: not any(each.is_connected for each in self.workers))

    async def kill_worker(self, worker: RemoteWriter) -> None:
        self.workers.remove(worker)
        worker._is_closing = True
        if worker._line is not None:
            worker._line.abort()
        if self.writing is not None:
            boots = self.writing.door.visitors
            await until(lambda: worker.boot_id not in {b.boot_id for b in boots})

    async def end(self) -> None:
        for worker in self.workers:
            await worker.close()
        if self.writing is not None:
            await self.writing.end()
        await asyncio.sleep(0)

    def intent(self, number: int, worker: RemoteWriter) -> Intent:
        return an_intent(number, boot_id=worker.boot_id)

    @property
    def store(self) -> SqlUsageStore:
        assert self.writing
        return self.writing.store


def deafen(worker: RemoteWriter) -> None:
    """Whatever the writer answers from now on is lost."""
    assert worker._line
    worker._line.pause()


async def until(is_so: Callable[[], bool]) -> None:
    """Let the loop turn until something is so."""
    async with asyncio.timeout(WITHIN_S):
        while not is_so():  # noqa: ASYNC110 - another thread makes it so
            await asyncio.sleep(0.002)
