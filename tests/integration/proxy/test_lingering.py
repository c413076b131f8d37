"""The last answer reaches a client that is slow, or that has not yet said all."""

from __future__ import annotations

import asyncio
import socket

import pytest

from gateway.proxy import outflow
from gateway.proxy.connection import LINGER_BYTES_MAX
from gateway.proxy.limits import ConnectionLimits
from gateway.proxy.phase import Phase
from tests.integration.proxy.origins import RawOrigin, raw_origin
from tests.integration.proxy.standing import (
    Gateway,
    gateway,
    request_bytes,
    status_of,
    until,
)
from tests.integration.proxy.test_limits import KEPT, pass_time
from tests.integration.proxy.ways import LOCALHOST, opened

KIBIBYTE = 1024
LIMITS = ConnectionLimits()
AHEAD = ConnectionLimits(pipelined_bytes_max=KIBIBYTE)
LAST = b"the last bytes"


async def narrow(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection whose client takes little at a time."""
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIBIBYTE)
    wire.setblocking(False)
    await asyncio.get_running_loop().sock_connect(wire, (LOCALHOST, port))
    return await asyncio.open_connection(sock=wire, limit=4 * KIBIBYTE)


def lingering(standing: Gateway) -> bool:
    return any(c.phase is Phase.LINGERING for c in standing.server._connections)


def in_our_buffer(standing: Gateway) -> int:
    return sum(
        c.transport.get_write_buffer_size() for c in standing.server._connections
    )


async def sends_ahead(
    standing: Gateway, origin: RawOrigin, writer: asyncio.StreamWriter
) -> None:
    """Ask for the last time, and say more than is read before the answer."""
    writer.write(request_bytes())
    await until(lambda: len(origin.heads) == 1)
    writer.write(KEPT * (2 * AHEAD.pipelined_bytes_max // len(KEPT)))
    await until(lambda: any(c._is_reading_paused for c in standing.server._connections))


class Late:
    """Answers when it is told to: more than the system takes, less than stops us."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()

    async def __call__(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        await self.may_answer.wait()
        body = b"x" * (250 * KIBIBYTE) + LAST
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        writer.write(body)
        return True


async def test_a_slow_reader_gets_the_last_bytes_while_we_linger(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Room for all that the system does not take at once, so that it can wait here.
    monkeypatch.setattr(outflow, "WRITE_HIGH_BYTES", 128 * KIBIBYTE)
    late = Late()
    async with (
        raw_origin(late) as origin,
        gateway(origin.url, limits=AHEAD) as standing,
    ):
        reader, writer = await narrow(standing.port)
        await sends_ahead(standing, origin, writer)
        late.may_answer.set()
        await until(lambda: lingering(standing))
        assert in_our_buffer(standing)
        pass_time(standing, AHEAD.linger_s + 2)
        rest = await reader.read()
        writer.close()

    assert rest.endswith(LAST)


async def test_whoever_has_the_whole_answer_is_not_waited_for_much_longer() -> None:
    late = Late()
    async with (
        raw_origin(late) as origin,
        gateway(origin.url, limits=AHEAD) as standing,
    ):
        reader, writer = await opened(standing.port)
        await sends_ahead(standing, origin, writer)
        late.may_answer.set()
        rest = await reader.read()
        await until(lambda: lingering(standing))
        pass_time(standing, AHEAD.linger_s - 1)
        await asyncio.sleep(0.02)
        assert standing.server.open_connections == 1
        pass_time(standing, 2)
        await until(lambda: not standing.server.open_connections)
        writer.transport.abort()

    assert rest.endswith(LAST)


async def test_what_was_sent_ahead_and_never_read_resets_no_last_answer() -> None:
    late = Late()
    async with (
        raw_origin(late) as origin,
        gateway(origin.url, limits=AHEAD) as standing,
    ):
        reader, writer = await opened(standing.port)
        await sends_ahead(standing, origin, writer)
        writer.write(KEPT * (LINGER_BYTES_MAX // 2 // len(KEPT)))
        late.may_answer.set()
        answer = await reader.read()
        writer.close()

    assert status_of(answer) == 200
    assert answer.endswith(LAST)


async def test_empty_lines_keep_no_connection_open() -> None:
    async with raw_origin() as origin, gateway(origin.url, limits=LIMITS) as standing:
        reader, writer = await opened(standing.port)
        await until(lambda: standing.server.open_connections == 1)
        for _ in range(2):
            writer.write(b"\r\n")
            await asyncio.sleep(0.05)
            pass_time(standing, LIMITS.idle_s // 2 + 1)
        rest = await reader.read()
        writer.close()

    assert rest == b""


@pytest.mark.parametrize(("lines", "status"), [(2, 200), (3, 400)])
@pytest.mark.parametrize("pause_s", [0, 0.05])
async def test_two_empty_lines_are_passed_over_however_they_come(
    lines: int, status: int, pause_s: float
) -> None:
    async with raw_origin() as origin, gateway(origin.url, limits=LIMITS) as standing:
        reader, writer = await opened(standing.port)
        for _ in range(2):
            # They are counted for each request anew.
            writer.write(KEPT)
            assert status_of(await reader.readuntil(b"hello")) == 200
            for _ in range(lines):
                for byte in (b"\r", b"\n"):
                    writer.write(byte)
                    if pause_s:
                        await asyncio.sleep(pause_s)
            if status != 200:
                break
        writer.write(request_bytes())
        answer = await reader.read()
        writer.close()

    assert status_of(answer) == status


async def test_half_an_empty_line_is_no_beginning_of_a_head() -> None:
    async with raw_origin() as origin, gateway(origin.url, limits=LIMITS) as standing:
        reader, writer = await opened(standing.port)
        await until(lambda: standing.server.open_connections == 1)
        pass_time(standing, LIMITS.head_s + 1)
        writer.write(b"\r")
        await asyncio.sleep(0.05)
        pass_time(standing, 1)
        writer.write(b"\n" + request_bytes())
        answer = await reader.read()
        writer.close()

    assert status_of(answer) == 200
