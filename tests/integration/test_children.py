"""The parent's end of a child's wire: what cannot be said is not just left unsaid."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from gateway.bootstrap.children import WORKER, Child
from gateway.bootstrap.control import COMPLETE, LINK

WITHIN_S = 30
MORE_THAN_FITS = 20_000
IDLES = "import time; time.sleep(300)"


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Child, socket.socket]]:
    """A child that does nothing, and its end of the wire."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", IDLES)
    with ours, theirs:
        yield Child(WORKER, process, ours, 0.0), theirs
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_a_line_is_handed_over(pair: tuple[Child, socket.socket]) -> None:
    child, theirs = pair
    one, other = socket.socketpair()
    with one, other:
        child.link(one)
        child.complete()
        letter, fds, _, _ = socket.recv_fds(theirs, 1, 1)
        with socket.socket(fileno=fds[0]) as line:
            line.send(b"through it")
            said = other.recv(64)

    assert (letter, said) == (LINK, b"through it")
    assert theirs.recv(1) == COMPLETE
    assert child.is_alive


async def test_a_child_that_does_not_listen_is_ended_before_it_misses_a_line(
    pair: tuple[Child, socket.socket],
) -> None:
    child, _ = pair
    with suppress(BlockingIOError):
        for _ in range(MORE_THAN_FITS):
            child.wire.send(COMPLETE)
    child.complete()
    async with asyncio.timeout(WITHIN_S):
        status = await child.process.wait()

    assert status == -signal.SIGKILL


async def test_nothing_is_said_to_a_child_that_has_ended(
    pair: tuple[Child, socket.socket],
) -> None:
    child, theirs = pair
    theirs.close()
    child.complete()
    child.process.kill()
    await child.process.wait()
    child.wire.close()
    child.complete()

    assert not child.is_alive
