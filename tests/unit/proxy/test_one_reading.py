"""Whatever head we keep, aiohttp's C parser reads in the same way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser

from gateway.kernel.request import Request
from gateway.proxy.accept import Doorway, Wire, accept, body_bytes_of
from gateway.proxy.entrance import PLAIN
from gateway.proxy.head import Malformed, read_head
from gateway.proxy.limits import ConnectionLimits

LIMITS = ConnectionLimits()
SEEDS = (
    b"GET /a/b?c=d HTTP/1.1\r\nHost: archive.example\r\nAccept: */*\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: archive.example\r\nContent-Length: 5\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n",
    b"HEAD / HTTP/1.0\r\nHost: a.b:80\r\nConnection: keep-alive\r\n\r\n",
    b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"GET http://a/b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
)
NOISE = (
    *(bytes([byte]) for byte in b"\r\n\t :;,\x00\x01\x0b\x0c\x7f\x80\xff/\\#?%.0159aZ"),
    b"\r\n",
    b" \r\n",
    b"\r\n ",
    b"\t\r\n",
    b"HTTP/1.1",
    b"Content-Length: 5\r\n",
    b"Content-Length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Host: b\r\n",
    b"Connection: close\r\n",
)


def mutated(chance: random.Random) -> bytes:
    """A head of which some bytes were replaced, removed, doubled or moved."""
    head = bytearray(chance.choice(SEEDS)[:-4])
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        place = chance.randrange(len(head))
        match chance.randrange(4):
            case 0:
                head[place:place] = chance.choice(NOISE)
            case 1:
                head[place : place + 1] = chance.choice(NOISE)
            case 2:
                del head[place : place + chance.randrange(1, 4)]
            case _:
                end = place + chance.randrange(1, 30)
                head[place:place] = head[place:end]
    whole = bytes(head) + b"\r\n\r\n"
    return whole[: whole.index(b"\r\n\r\n") + 4]


def kept(head: bytes) -> tuple[Any, ...] | None:
    """How we read a head; None where it is refused."""
    try:
        read = read_head(head, LIMITS)
    except Malformed:
        return None
    wire = Wire(
        "req_1", read.method, read.target, read.version, read.headers, "192.0.2.7", 0
    )
    if not isinstance(accept(wire, Doorway()), Request):
        return None
    fields = tuple((name, value) for name, value in read.headers)
    is_chunked = "transfer-encoding" in read.headers
    length = body_bytes_of(read.headers)
    return read.method, read.target, read.version, fields, is_chunked, length


def by_aiohttp(loop: asyncio.AbstractEventLoop, head: bytes) -> tuple[Any, ...] | None:
    """How aiohttp reads it; None where it is refused."""
    parser = HttpRequestParser(
        BaseProtocol(loop), loop, 2**16, max_line_size=8_190, max_field_size=8_190
    )
    try:
        messages, _, _ = parser.feed_data(head)
    except HttpProcessingError:
        return None
    if len(messages) != 1:
        return None
    message = messages[0][0]
    fields = tuple(
        (
            name.decode("utf-8", "surrogateescape"),
            value.decode("utf-8", "surrogateescape"),
        )
        for name, value in message.raw_headers
    )
    length = message.headers.get("Content-Length")
    return (
        message.method,
        message.path,
        (message.version.major, message.version.minor),
        fields,
        message.chunked,
        int(length) if length is not None else None,
    )


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def differences(
    loop: asyncio.AbstractEventLoop, number: int, *, seed: int
) -> tuple[int, list[bytes]]:
    """How many of so many heads are kept, and those that are read differently."""
    chance, count, found = random.Random(seed), 0, []
    for _ in range(number):
        head = mutated(chance)
        ours = kept(head)
        if ours is None:
            # What is refused in full must not slip through the quick look either.
            plain = PLAIN.match(head)
            if plain is not None and head[plain.end() :] == SEEDS[0][23:]:
                found.append(head)
            continue
        count += 1
        if ours != by_aiohttp(loop, head):
            found.append(head)
    return count, found


def test_two_thousand_mutated_heads_are_read_the_same(
    loop: asyncio.AbstractEventLoop,
) -> None:
    count, found = differences(loop, 2_000, seed=20_261_127)

    assert not found
    assert count > 300


@pytest.mark.soak
def test_two_hundred_thousand_mutated_heads_are_read_the_same(
    loop: asyncio.AbstractEventLoop,
) -> None:
    count, found = differences(loop, 200_000, seed=7)

    assert not found
    assert count > 30_000
