"""The public listener itself: its parser, its limits, its end."""

from __future__ import annotations

import asyncio

import pytest

from gateway.kernel.errors import Misconfigured
from gateway.proxy.head import require_strict_parser
from gateway.proxy.host import read_host
from gateway.proxy.limits import ConnectionLimits
from gateway.proxy.self_test import ATTACKS, holes, require_no_hole
from tests.integration.proxy.origins import raw_origin
from tests.integration.proxy.standing import (
    exchanged,
    gateway,
    request_bytes,
    status_of,
    until,
)
from tests.integration.proxy.ways import opened


def test_the_strict_parser_is_there() -> None:
    require_strict_parser()


def test_without_the_strict_parser_nothing_is_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class HttpRequestParser:
        """Something lenient in its place."""

    monkeypatch.setattr("httptools.HttpRequestParser", HttpRequestParser)

    with pytest.raises(Misconfigured, match="llhttp"):
        require_strict_parser()


async def test_every_replayed_attack_is_held() -> None:
    assert await holes(ConnectionLimits()) == []
    assert len(ATTACKS) >= 20


async def test_a_parser_that_lets_attacks_through_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A version of ours that believes the first of two hosts.
    monkeypatch.setattr(
        "gateway.proxy.accept._host", lambda headers: read_host(headers.get("host"))
    )

    with pytest.raises(Misconfigured, match="two hosts"):
        await require_no_hole(ConnectionLimits())


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_whoever_says_nothing_is_let_go(sent: bytes) -> None:
    limits = ConnectionLimits(idle_s=5)
    async with raw_origin() as origin, gateway(origin.url, limits=limits) as standing:
        reader, writer = await opened(standing.port)
        writer.write(sent)
        await until(lambda: standing.server.open_connections == 1)
        await asyncio.sleep(0.05)
        now_s = standing.server.now_s
        standing.server.sweep(now_s + 4)
        assert standing.server.open_connections == 1
        standing.server.sweep(now_s + 6)
        answer = await reader.read()
        writer.close()

    assert answer == b""


@pytest.mark.parametrize("sent", [b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n"])
async def test_whoever_says_nothing_whole_is_not_waited_for(sent: bytes) -> None:
    limits = ConnectionLimits(head_s=3)
    async with raw_origin() as origin, gateway(origin.url, limits=limits) as standing:
        reader, writer = await opened(standing.port)
        writer.write(sent)
        await until(lambda: standing.server.busy_connections == 1)
        standing.server.sweep(standing.server.now_s + 2)
        # One more byte does not buy more time: it counts from the first.
        writer.write(b"X")
        await asyncio.sleep(0.05)
        standing.server.sweep(standing.server.now_s + 2)
        answer = await reader.read()
        writer.close()

    assert status_of(answer) == 408
    assert b"\r\nConnection: close\r\n" in answer


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"a" * 9_000), 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n" % (b"a" * 9_000), 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n%b\r\n" % (b"X: y\r\n" * 200), 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
async def test_what_is_no_request_is_answered_in_our_own_words(
    request_head: bytes, status: int
) -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, request_head)

        assert status_of(answer) == status
        assert b"\r\nContent-Type: application/problem+json\r\n" in answer
        assert b"\r\nServer:" not in answer
        assert not standing.watching.faults
    assert not origin.heads


async def test_a_gateway_that_is_leaving_says_so_and_finishes_what_it_began() -> None:
    began, released = asyncio.Event(), asyncio.Event()

    async def slow(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        began.set()
        await released.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    async with raw_origin(slow) as origin, gateway(origin.url) as standing:
        asking = asyncio.create_task(
            exchanged(standing.port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        )
        await began.wait()
        leaving = asyncio.create_task(standing.server.drain(5))
        await asyncio.sleep(0)
        released.set()
        answer = await asking
        await leaving

    assert answer.endswith(b"hello")


async def test_many_readers_at_once_are_all_answered() -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        answers = await asyncio.gather(
            *(exchanged(standing.port, request_bytes(f"/{n}")) for n in range(200))
        )
        await standing.watching.until(200)

    assert {status_of(answer) for answer in answers} == {200}
    assert len(origin.heads) == 200
    assert standing.pressure.inside == 0
