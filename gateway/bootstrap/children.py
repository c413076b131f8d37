"""Child processes: started by descriptor, never by fork alone, and watched."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from gateway.bootstrap.control import COMPLETE, DONE, LINK, READY
from gateway.bootstrap.node import Node
from gateway.settings import Settings

WRITER, WORKER = "writer", "worker"
KILLED_WITHIN_S = 5


@dataclass(slots=True, eq=False)
class Child:
    """One child.

    Attributes:
        role: `writer` or `worker`.
        process: As the operating system knows it.
        wire: The parent's end of its wire.
        is_ready: It serves, or will once it is linked.
        began_s: When it was started, seconds of the loop's clock.
        is_done: It writes nothing more, or has ended.
        is_leaving: It was asked to end.
    """

    role: str
    process: asyncio.subprocess.Process
    wire: socket.socket
    began_s: float
    is_ready: asyncio.Event = field(default_factory=asyncio.Event)
    is_done: asyncio.Event = field(default_factory=asyncio.Event)
    is_leaving: bool = False
    ended: asyncio.Task[int] | None = None

    @property
    def is_alive(self) -> bool:
        """It has not ended."""
        return self.process.returncode is None

    def tell(self, number: signal.Signals) -> None:
        """Send a signal, if it is there to hear it."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def link(self, end: socket.socket) -> None:
        """Hand over one end of a line; a child that cannot take it is ended."""
        self._hand(LINK, end.fileno())

    def complete(self) -> None:
        """Say that all lines have been handed over."""
        self._hand(COMPLETE)

    def _hand(self, letter: bytes, *fds: int) -> None:
        try:
            socket.send_fds(self.wire, [letter], fds)
        except ConnectionError:
            pass  # it is ending, and whoever watches it sees to that
        except OSError:
            # The wire is full: it has not listened for a long time, and without this
            # letter it would never hear of the writer again. Another does better.
            if self.is_alive:
                self.tell(signal.SIGKILL)

    async def was_ready(self, within_s: float) -> bool:
        """Wait until it serves; False where it ended first, or takes too long."""
        ready = asyncio.ensure_future(self.is_ready.wait())
        waits: set[asyncio.Future[Any]] = {ready}
        if self.ended is not None:
            waits.add(self.ended)
        await asyncio.wait(waits, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        return self.is_ready.is_set() and self.is_alive

    async def let_go(self, within_s: float) -> None:
        """Ask a writer to end, and wait until it writes nothing more."""
        self.is_leaving = True
        self.tell(signal.SIGTERM)
        try:
            async with asyncio.timeout(within_s):
                await self.is_done.wait()
        except TimeoutError:
            await self.end(0)

    async def end(self, within_s: float) -> None:
        """Ask it to end, then have it end."""
        self.is_leaving = True
        self.tell(signal.SIGTERM)
        if not await self.has_ended(within_s):
            self.tell(signal.SIGKILL)
            await self.has_ended(KILLED_WITHIN_S)

    async def has_ended(self, within_s: float) -> bool:
        """Wait for its end."""
        if self.ended is not None and not self.ended.done():
            await asyncio.wait({self.ended}, timeout=within_s)
        return not self.is_alive


@dataclass(frozen=True, slots=True)
class Nursery:
    """Starts children.

    Attributes:
        settings: Of the set-up; children read the file themselves, as it is then.
        node: The gateway's name and the lock on it, which every child holds too.
        public: The socket that workers serve.
        admin: The socket that the writer serves.
        lifeline: The end of a pipe that breaks when the parent dies.
        decide: The socket where the writer answers front servers, or None.
        once: The table of what was used once; 0 for none.
    """

    settings: Settings
    node: Node
    public: socket.socket
    admin: socket.socket
    lifeline: int
    decide: socket.socket | None = None
    once: int = 0

    async def start(self, role: str, ended: Callable[[Child], None]) -> Child:
        """Start a child; *ended* hears of its end.

        Raises:
            OSError: it cannot be started.
        """
        ours, theirs = socket.socketpair()
        listener = self.public if role == WORKER else self.admin
        fds = [listener.fileno(), theirs.fileno(), self.lifeline, self.node.lock_fd]
        names = ["--listener", "--wire", "--lifeline", "--lock"]
        if self.decide is not None and role == WRITER:
            fds.append(self.decide.fileno())
            names.append("--decide")
        if self.once:
            fds.append(self.once)
            names.append("--once")
        told = [
            text
            for name, fd in zip(names, fds, strict=True)
            for text in (name, str(fd))
        ]
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "gateway.bootstrap.child", role),
                *("--config", str(self.settings.file), "--node", self.node.name),
                *("--workers", str(self.settings.workers), *told),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=fds,
            )
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        child = Child(role, process, ours, loop.time())
        loop.add_reader(ours.fileno(), _heard, child)
        child.ended = asyncio.ensure_future(_watched(child, ended))
        return child


def _heard(child: Child) -> None:
    try:
        said = child.wire.recv(64)
    except BlockingIOError:
        return
    except OSError:
        said = b""
    if READY in said:
        child.is_ready.set()
    if DONE in said:
        child.is_done.set()
    if not said:
        asyncio.get_running_loop().remove_reader(child.wire.fileno())


async def _watched(child: Child, ended: Callable[[Child], None]) -> int:
    status = await child.process.wait()
    if child.wire.fileno() >= 0:
        asyncio.get_running_loop().remove_reader(child.wire.fileno())
        child.wire.close()
    child.is_done.set()
    ended(child)
    return status


def lifeline() -> tuple[int, int]:
    """The two ends of a pipe: children's, and the one that only we hold."""
    return os.pipe()
