"""Every limit of the public listener is reached, and its neighbour is not."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

import pytest

from gateway.proxy.body import RequestBody
from gateway.proxy.chunks import FRAMING_BYTES_MAX
from gateway.proxy.connection import DOZE_S
from gateway.proxy.limits import ConnectionLimits
from tests.integration.proxy.origins import raw_origin
from tests.integration.proxy.standing import (
    Gateway,
    exchanged,
    gateway,
    request_bytes,
    status_of,
    until,
)
from tests.integration.proxy.test_metering import MEBIBYTE, sends
from tests.integration.proxy.ways import LOCALHOST, opened

KEPT = b"GET / HTTP/1.1\r\nHost: archive.example\r\n\r\n"


def pass_time(standing: Gateway, seconds: int) -> None:
    """As if so many seconds had passed, one sweep each."""
    for _ in range(seconds):
        standing.server.sweep(standing.server.now_s + 1)


@pytest.mark.parametrize(
    ("limits", "request_head", "status"),
    [
        (ConnectionLimits(line_bytes_max=100), request_bytes("/" + "a" * 100), 414),
        (
            ConnectionLimits(field_bytes_max=50),
            request_bytes("/", "X: " + "a" * 50),
            431,
        ),
        (ConnectionLimits(fields_max=2), request_bytes("/", "X: y"), 431),
        (
            ConnectionLimits(head_bytes_max=90),
            request_bytes("/", "X: " + "y" * 40),
            431,
        ),
        (
            ConnectionLimits(body_bytes_max=5),
            request_bytes("/", "Content-Length: 6", method="POST", body=b"123456"),
            413,
        ),
        (
            ConnectionLimits(body_bytes_max=5),
            request_bytes(
                "/",
                "Transfer-Encoding: chunked",
                method="POST",
                body=b"6\r\n123456\r\n0\r\n\r\n",
            ),
            400,
        ),
        (
            ConnectionLimits(),
            request_bytes(
                "/",
                "Transfer-Encoding: chunked",
                method="POST",
                body=b"1\r\nx\r\n" * FRAMING_BYTES_MAX + b"0\r\n\r\n",
            ),
            400,
        ),
    ],
)
async def test_what_is_too_large_is_refused(
    limits: ConnectionLimits, request_head: bytes, status: int
) -> None:
    async with raw_origin() as origin, gateway(origin.url, limits=limits) as standing:
        refused = await exchanged(standing.port, request_head)

    assert status_of(refused) == status
    assert b"\r\nConnection: close\r\n" in refused
    assert not origin.heads


async def test_what_just_fits_passes() -> None:
    limits = ConnectionLimits(
        line_bytes_max=115, field_bytes_max=51, fields_max=4, body_bytes_max=6
    )
    request = request_bytes(
        "/" + "a" * 99,
        "X: " + "a" * 50,
        "Content-Length: 6",
        method="POST",
        body=b"123456",
    )
    async with raw_origin() as origin, gateway(origin.url, limits=limits) as standing:
        answer = await exchanged(standing.port, request)

    assert status_of(answer) == 200
    assert origin.bodies == [b"123456"]


async def test_a_connection_is_let_go_after_it_was_idle() -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        for _ in range(2):
            writer.write(KEPT)
            await reader.readuntil(b"hello")
            await until(lambda: standing.server.busy_connections == 0)
            pass_time(standing, 74)
            await asyncio.sleep(0)
            assert standing.server.open_connections == 1
        pass_time(standing, 2)
        rest = await reader.read()
        writer.close()

    assert rest == b""


async def test_an_idle_connection_keeps_no_task() -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        writer.write(KEPT)
        await reader.readuntil(b"hello")
        await until(lambda: standing.server.busy_connections == 0)
        assert len(standing.server.tasks) == 1
        pass_time(standing, DOZE_S + 1)
        await until(lambda: not standing.server.tasks)
        writer.write(KEPT)
        again = await reader.readuntil(b"hello")
        writer.close()

    assert status_of(again) == 200


async def test_a_body_that_stops_is_not_waited_for() -> None:
    head = request_bytes("/", "Content-Length: 9", method="POST", body=b"1")
    limits = ConnectionLimits()
    async with raw_origin() as origin, gateway(origin.url, limits=limits) as standing:
        reader, writer = await opened(standing.port)
        writer.write(head)
        await until(lambda: origin.connections == 1)
        await asyncio.sleep(0.1)
        pass_time(standing, 28)
        assert standing.server.open_connections == 1
        pass_time(standing, 3)
        answer = await reader.read()
        writer.close()

    assert status_of(answer) == 408


@pytest.mark.parametrize(("piece", "is_cut"), [(b"1" * 400, True), (b"1" * 600, False)])
async def test_a_body_that_drips_is_not_waited_for(
    piece: bytes, *, is_cut: bool
) -> None:
    head = request_bytes("/", "Content-Length: 100000", method="POST")
    async with (
        raw_origin() as origin,
        gateway(origin.url, limits=ConnectionLimits()) as standing,
    ):
        reader, writer = await opened(standing.port)
        writer.write(head)
        await until(lambda: origin.connections == 1)
        for _ in range(40):
            if reader.at_eof() or writer.is_closing() or standing.watching.outcomes:
                break
            writer.write(piece)
            await asyncio.sleep(0.01)
            pass_time(standing, 1)
        await asyncio.sleep(0.05)
        is_answered = standing.watching.outcomes != []
        writer.close()

    assert is_answered is is_cut


@pytest.mark.parametrize(("rate", "is_cut"), [(500, True), (0, False)])
async def test_a_reader_that_stops_reading_is_cut_off(
    rate: int, *, is_cut: bool
) -> None:
    limits = ConnectionLimits(reading_rate_min=rate)
    async with (
        raw_origin(sends(40 * MEBIBYTE)) as origin,
        gateway(origin.url, limits=limits) as standing,
    ):
        reader, writer = await opened(standing.port)
        writer.write(request_bytes())
        await reader.readuntil(b"\r\n\r\n")
        transport: Any = writer.transport
        transport.pause_reading()
        # Until everything between us is full, and nothing moves any more.
        await asyncio.sleep(0.5)
        pass_time(standing, 62)
        await asyncio.sleep(0.05)
        is_gone = standing.server.open_connections == 0
        writer.transport.abort()

    assert is_gone is is_cut


async def test_a_body_in_ever_so_many_chunks_goes_on_in_few_pieces() -> None:
    limits, pieces = ConnectionLimits(), 20_000
    body = RequestBody(None, limits, lambda: None)

    rest = body.feed(b"2\r\nxy\r\n" * pieces + b"0\r\n\r\nGET /")
    read = [piece async for piece in body.pieces()]

    assert read == [b"xy" * pieces]
    assert rest == b"GET /"


async def test_one_address_gets_so_many_connections_and_no_more() -> None:
    limits = ConnectionLimits(connections_per_address=3)
    async with raw_origin() as origin, gateway(origin.url, limits=limits) as standing:
        kept = [await opened(standing.port) for _ in range(3)]
        await until(lambda: standing.server.open_connections == 3)
        reader, fourth = await opened(standing.port)
        refused = await reader.read()
        fourth.close()
        kept[0][1].close()
        await until(lambda: standing.server.open_connections == 2)
        served = await exchanged(standing.port, request_bytes())
        for _, writer in kept[1:]:
            writer.close()

    assert (status_of(refused), status_of(served)) == (503, 200)
    assert b"\r\nConnection: close\r\n" in refused
    assert standing.server.refused == 1


@pytest.mark.parametrize(
    ("limits", "waiting"),
    [
        (ConnectionLimits(connections_per_address=3), 3),
        (ConnectionLimits(connections_max=2), 2),
        (ConnectionLimits(), 9),
    ],
)
@pytest.mark.parametrize("way", ["tls"], indirect=True)
async def test_a_handshake_that_never_ends_takes_a_place_too(
    limits: ConnectionLimits, waiting: int
) -> None:
    async with raw_origin() as origin, gateway(origin.url, limits=limits) as standing:
        silent = [
            await asyncio.open_connection(LOCALHOST, standing.port) for _ in range(9)
        ]
        await until(lambda: standing.server.refused == 9 - waiting)
        for reader, _ in silent[waiting:]:
            assert await reader.read() == b""
        for _, writer in silent:
            writer.close()
        answers: list[bytes] = []
        while not answers or status_of(answers[-1]) != 200:
            with suppress(OSError):
                answers.append(await exchanged(standing.port, request_bytes()))

    assert standing.server.open_connections == 0


async def test_all_together_get_so_many_connections_and_no_more() -> None:
    limits = ConnectionLimits(connections_max=2)
    async with raw_origin() as origin, gateway(origin.url, limits=limits) as standing:
        kept = [await opened(standing.port) for _ in range(2)]
        await until(lambda: standing.server.open_connections == 2)
        reader, third = await opened(standing.port)
        refused = await reader.read()
        third.close()
        for _, writer in kept:
            writer.close()

    assert status_of(refused) == 503


async def test_a_client_that_sends_ahead_is_paused() -> None:
    limits = ConnectionLimits(pipelined_bytes_max=4_096)
    released = asyncio.Event()

    async def slow(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        await released.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        return True

    async with (
        raw_origin(slow) as origin,
        gateway(origin.url, limits=limits) as standing,
    ):
        reader, writer = await opened(standing.port)
        wire = writer.get_extra_info("socket")
        assert wire.family in {socket.AF_INET, socket.AF_INET6}
        for _ in range(20_000):
            writer.write(KEPT)
        writer.write(request_bytes("/last"))
        await asyncio.sleep(0.3)
        waiting = max(len(c._inbox) for c in standing.server._connections)
        released.set()
        answers = await reader.read()
        writer.close()

    # One read of the loop may be above the limit, and no more.
    assert waiting < 4_096 + 300_000
    assert answers.count(b"HTTP/1.1 200 OK") == 20_001
