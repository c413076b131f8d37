"""The parent of workers and writer: holds the sockets, starts, watches, passes on.

It neither serves nor stores, so there is little in it that could fail. A child that
dies is started again; SIGHUP reaches all; SIGUSR2 replaces all by children of the
code and settings that are on the disk then, and no connection is lost: the sockets
stay open here, and a child goes only when its successor serves.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from gateway.bootstrap.chance import SystemClock
from gateway.bootstrap.children import WORKER, WRITER, Child, Nursery, lifeline
from gateway.bootstrap.house import opened
from gateway.bootstrap.node import node_of
from gateway.bootstrap.sockets import ACCEPT_QUEUE, listeners_of
from gateway.kernel.errors import Unavailable
from gateway.settings import Settings
from gateway.storage.shared_crowds import CROWDS_BYTES
from gateway.storage.shared_marks import MARKS_BYTES
from gateway.storage.shared_once import SECRET_BYTES, new_table
from gateway.telemetry.log import Log

PID_FILE = "gateway.pid"
READY_WITHIN_S = 60
PREDECESSOR_S = 5
WRITER_ENDS_WITHIN_S = 15
GRACE_S = 10
KILL_AFTER_S = 5
SETTLED_AFTER_S = 10
STARTED_AT_ONCE = 4
PAUSE_FIRST_S, PAUSE_MAX_S = 0.1, 5.0


def serve_by_workers(settings: Settings) -> None:
    """Serve with several processes until SIGTERM or SIGINT.

    Raises:
        Misconfigured: store or keys are not usable.
        Unavailable: the store cannot be opened, a port is taken, or the children
            do not start.
    """
    with (
        listeners_of(settings) as listeners,
        node_of(settings.folder, patience_s=PREDECESSOR_S) as node,
    ):
        with opened(settings):
            pass  # its tables are up to date before anybody uses them
        theirs, ours = lifeline()
        public, admin, decide = listeners.public, listeners.admin, listeners.decide
        for each in (public, admin, *((decide,) if decide else ())):
            each.listen(ACCEPT_QUEUE)
        secret = secrets.token_bytes(SECRET_BYTES)
        once = new_table(secret, more_bytes=MARKS_BYTES + CROWDS_BYTES)
        nursery = Nursery(settings, node, public, admin, theirs, decide, once)
        log = Log(sys.stderr, clock=SystemClock())
        log.start()
        pid_file = settings.folder / PID_FILE
        pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
        try:
            asyncio.run(Parent(nursery, log).serve())
        finally:
            pid_file.unlink(missing_ok=True)
            log.stop()
            for each in (once, theirs, ours):
                os.close(each)


def parent_of(folder: Path) -> int | None:
    """The process id of the parent that serves a set-up, as it wrote it down."""
    try:
        text = (folder / PID_FILE).read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


class Parent:
    """Keeps one writer and so many workers alive."""

    def __init__(self, nursery: Nursery, log: Log) -> None:
        self._nursery = nursery
        self._log = log
        self._writer: Child | None = None
        self._workers: set[Child] = set()
        self._leaving: set[Child] = set()
        self._changing_writer = asyncio.Lock()
        self._pauses: dict[str, float] = {}
        self._stopping = asyncio.Event()
        self._replacing: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Future[None]] = set()

    async def serve(self) -> None:
        """Serve until told to stop.

        Raises:
            Unavailable: the children do not start.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._pass_on, signal.SIGHUP)
        loop.add_signal_handler(signal.SIGUSR2, self._replace_soon)
        try:
            await self._start_all()
            settings = self._nursery.settings
            self._log.say(
                "gateway.started",
                listen=str(settings.listen),
                admin_listen=str(settings.admin_listen),
                workers=settings.workers,
            )
            await self._stopping.wait()
            self._log.say("gateway.stopping")
        finally:
            self._stopping.set()
            await self._end_all()

    async def _start_all(self) -> None:
        async with self._changing_writer:
            await self._change_writer()
        first = await asyncio.gather(
            *(self._begin_worker() for _ in range(self._nursery.settings.workers))
        )
        for child in first:
            if (
                not await child.was_ready(READY_WITHIN_S)
                and not self._stopping.is_set()
            ):
                raise Unavailable("a worker does not start; its last words say why")

    async def _begin_worker(self) -> Child:
        child = await self._nursery.start(WORKER, self._ended)
        self._workers.add(child)
        self._link(child)
        return child

    def _link(self, worker: Child) -> None:
        """Lay a line between a worker and the writer."""
        writer = self._writer
        if writer is None or not writer.is_alive:
            return  # the next writer is linked with everybody
        one, other = socket.socketpair()
        with one, other:
            worker.link(one)
            writer.link(other)

    async def _change_writer(self) -> None:
        """Start a writer; the one before goes when it is ready.

        Raises:
            Unavailable: it does not start; the one before stays.
        """
        child = await self._nursery.start(WRITER, self._ended)
        if not await child.was_ready(READY_WITHIN_S):
            child.is_leaving = True
            await child.end(KILL_AFTER_S)
            raise Unavailable("the writer does not start; its last words say why")
        before, self._writer = self._writer, None
        if before is not None:
            await before.let_go(WRITER_ENDS_WITHIN_S)
            self._do(before.end(WRITER_ENDS_WITHIN_S))
        self._writer = child
        for worker in (*self._workers, *self._leaving):
            if worker.is_alive:
                self._link(worker)
        child.complete()

    # When a child ends.

    def _ended(self, child: Child) -> None:
        is_expected = child.is_leaving or self._stopping.is_set()
        self._workers.discard(child)
        self._leaving.discard(child)
        if is_expected:
            return
        self._log.say(
            f"{child.role}.died",
            process_id=child.process.pid,
            status=child.process.returncode,
        )
        self._do(self._started_again(child))

    async def _started_again(self, child: Child) -> None:
        pause_s = self._pause_s(child)
        while not self._stopping.is_set():
            await self._stopped_within(pause_s)
            if self._stopping.is_set():
                return
            try:
                if child.role == WORKER:
                    await self._begin_worker()
                else:
                    await self._writer_again(child)
            except (OSError, Unavailable) as fault:
                self._log.say(f"{child.role}.not-started", reason=str(fault))
                pause_s = min(max(PAUSE_FIRST_S, pause_s * 2), PAUSE_MAX_S)
            else:
                return

    async def _writer_again(self, dead: Child) -> None:
        async with self._changing_writer:
            if self._writer is dead:
                await self._change_writer()

    def _pause_s(self, child: Child) -> float:
        """How long to wait: nothing at first, longer where it dies again and again."""
        lived_s = asyncio.get_running_loop().time() - child.began_s
        if lived_s > SETTLED_AFTER_S:
            self._pauses.pop(child.role, None)
        pause_s = self._pauses.get(child.role, 0.0)
        self._pauses[child.role] = min(max(PAUSE_FIRST_S, pause_s * 2), PAUSE_MAX_S)
        return pause_s

    async def _stopped_within(self, pause_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._stopping.wait()

    # What people ask for.

    def _pass_on(self, number: signal.Signals) -> None:
        for child in self._all():
            child.tell(number)

    def _replace_soon(self) -> None:
        if self._replacing is None or self._replacing.done():
            self._replacing = self._do(self._replaced())

    async def _replaced(self) -> None:
        """Put a new child in the place of each; a few at a time."""
        self._log.say("restart.began")
        try:
            async with self._changing_writer:
                await self._change_writer()
            at_a_time = asyncio.Semaphore(STARTED_AT_ONCE)
            olds = tuple(self._workers)
            await asyncio.gather(
                *(self._worker_replaced(old, at_a_time) for old in olds)
            )
        except (OSError, Unavailable) as fault:
            self._log.say("restart.failed", reason=str(fault))
        else:
            self._log.say("restart.done")

    async def _worker_replaced(self, old: Child, turn: asyncio.Semaphore) -> None:
        async with turn:
            if old.is_alive:  # else it has been started again meanwhile
                await self._succeeded(old)

    async def _succeeded(self, old: Child) -> None:
        child = await self._begin_worker()
        child.is_leaving = True  # until it serves, its end is nobody's loss
        if not await child.was_ready(READY_WITHIN_S):
            await child.end(KILL_AFTER_S)
            raise Unavailable("a worker does not start; its last words say why")
        child.is_leaving = False
        old.is_leaving = True
        self._workers.discard(old)
        self._leaving.add(old)
        self._do(self._let_go(old))

    async def _let_go(self, old: Child) -> None:
        """It may finish what is under way; not for ever."""
        await old.end(self._nursery.settings.drain_s + GRACE_S)

    async def _end_all(self) -> None:
        """Workers first, because they still have events for the writer."""
        for task in tuple(self._tasks):
            task.cancel()
        workers = [*self._workers, *self._leaving]
        for child in workers:
            child.is_leaving = True
            child.tell(signal.SIGTERM)
        ends = [child.has_ended(GRACE_S) for child in workers]
        await asyncio.gather(*ends)
        # What takes longer is told a second time, and ends at once.
        await asyncio.gather(
            *(child.end(KILL_AFTER_S) for child in workers if child.is_alive)
        )
        if self._writer is not None:
            await self._writer.end(WRITER_ENDS_WITHIN_S)

    def _all(self) -> tuple[Child, ...]:
        writer = (self._writer,) if self._writer else ()
        return (*writer, *self._workers, *self._leaving)

    def _do(self, work: Coroutine[Any, Any, None]) -> asyncio.Future[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
