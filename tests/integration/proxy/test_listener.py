"""The public listener itself: its parser, its limits, its end."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from gateway.proxy.limits import ConnectionLimits
from tests.integration.proxy.origins import raw_origin
from tests.integration.proxy.standing import (
    exchanged,
    gateway,
    request_bytes,
    status_of,
)


def test_the_strict_parser_is_there() -> None:
    require_strict_parser()


def test_without_the_strict_parser_nothing_is_served() -> None:
    program = (
        "from gateway.proxy.head import require_strict_parser\n"
        "from gateway.kernel.errors import Misconfigured\n"
        "try:\n    require_strict_parser()\n"
        "except Misconfigured as error:\n    print(error.detail)\n"
    )

    said = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "AIOHTTP_NO_EXTENSIONS": "1"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    assert "C parser" in said


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n"])
async def test_whoever_says_nothing_whole_is_not_waited_for(sent: bytes) -> None:
    async with (
        raw_origin() as origin,
        gateway(origin.url, limits=ConnectionLimits(idle_s=1)) as standing,
    ):
        answer = await exchanged(standing.port, sent)

    assert answer == b""


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"a" * 9_000), 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n" % (b"a" * 9_000), 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n%b\r\n" % (b"X: y\r\n" * 200), 400),
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
