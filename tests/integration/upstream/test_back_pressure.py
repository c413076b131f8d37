"""What nobody reads is not fetched: measured by what the upstream could send."""

from __future__ import annotations

import asyncio

import pytest

from gateway.upstream.answered import Answered
from gateway.upstream.limits import UNREAD_BYTES_MAX, Limits
from tests.integration.upstream.standing import Wire, get, rest_of, served, until

COUNT = 64
MEBIBYTE = b"x" * 2**20
# One more read of the event loop's may be under way when it is told to stop.
READ_BYTES_MAX = 256 * 1024
LENGTH = b"Content-Length: %d\r\n\r\n" % (COUNT * 2**20)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


class Pouring:
    """An upstream that sends as fast as it may."""

    def __init__(self, framing: bytes) -> None:
        self.sent = 0
        self._framing = framing

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + self._framing)
        is_chunked = self._framing == CHUNKED
        piece = b"100000\r\n%b\r\n" % MEBIBYTE if is_chunked else MEBIBYTE
        for _ in range(COUNT):
            writer.write(piece)
            await writer.drain()
            self.sent += 1
        writer.write(b"0\r\n\r\n" if is_chunked else b"")
        await reader.read()
        writer.close()


async def stalled(pouring: Pouring, answer: Answered) -> int:
    """Wait until the upstream can send no more: how much it has sent."""
    await until(lambda: answer.reader.unread_bytes > 0)
    before = -1
    while before != pouring.sent:
        before = pouring.sent
        await asyncio.sleep(0.5)
    return before


@pytest.mark.parametrize("framing", [LENGTH, CHUNKED])
async def test_a_slow_reader_slows_the_upstream(framing: bytes, wire: Wire) -> None:
    pouring = Pouring(framing)
    async with served(pouring, wire) as client:
        answer = await client.ask(get())
        sent = await stalled(pouring, answer)
        held = answer.reader.unread_bytes
        body = await rest_of(answer)
        answer.close()

    assert sent < COUNT // 2  # the rest is in no buffer of the kernel's either
    assert held <= UNREAD_BYTES_MAX + READ_BYTES_MAX
    assert len(body) == COUNT * 2**20


async def test_a_slow_reader_is_not_the_upstreams_silence(wire: Wire) -> None:
    pouring = Pouring(LENGTH)
    async with served(pouring, wire, limits=Limits(silence_s=1)) as client:
        answer = await client.ask(get())
        await stalled(pouring, answer)
        await asyncio.sleep(3)
        body = await rest_of(answer)
        answer.close()

    assert len(body) == COUNT * 2**20


async def test_a_reader_that_leaves_stops_the_upstream(wire: Wire) -> None:
    pouring = Pouring(LENGTH)
    async with served(pouring, wire) as client:
        answer = await client.ask(get())
        sent = await stalled(pouring, answer)
        answer.close()
        await until(lambda: not client._pool._connections)

    assert pouring.sent <= sent + 1


@pytest.mark.parametrize("framing", [LENGTH, CHUNKED])
async def test_while_nothing_is_taken_nothing_more_is_fetched(
    framing: bytes, wire: Wire
) -> None:
    async with served(Pouring(framing), wire) as client:
        answer = await client.ask(get())
        taken = len(await answer.read())
        answer.hold()
        held = answer.reader.unread_bytes
        await asyncio.sleep(0.3)
        still = answer.reader.unread_bytes
        taken += len(await rest_of(answer))

    assert still == held
    assert taken == COUNT * 2**20
