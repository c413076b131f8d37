"""After a 101 the connection is raw bytes, both ways and whatever they are."""

from __future__ import annotations

import asyncio

import pytest

from gateway.kernel.errors import UpstreamFailed
from gateway.kernel.request import Headers
from gateway.upstream.answered import Answered
from gateway.upstream.limits import Limits
from gateway.upstream.order import Order
from tests.integration.proxy.origins import says
from tests.integration.upstream.standing import (
    Wire,
    get,
    rest_of,
    served,
    standing,
    until,
)

SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Accept: x\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)


def upgrading() -> Order:
    order = get(upgrade="websocket")
    fields = Headers(
        [
            ("Host", "a.example"),
            ("Connection", "keep-alive, Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Key", "key"),
            ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
            ("Sec-WebSocket-Protocol", "a, b"),
        ]
    )
    object.__setattr__(order.asked, "headers", fields)
    return order


async def echoes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Switch, and send everything back; `bye` ends it."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(SWITCH + b"early")
    while (data := await reader.read(2**16)) and data != b"bye":
        writer.write(data)
        await writer.drain()
    writer.close()


async def exactly(answer: Answered, size: int) -> bytes:
    got = b""
    async with asyncio.timeout(30):
        while len(got) < size:
            got += await answer.read()
    return got


async def test_bytes_pass_both_ways(wire: Wire) -> None:
    async with served(echoes, wire) as client:
        answer = await client.ask(upgrading())
        early = await exactly(answer, 5)
        await answer.write(b"\x81\x00\xff")
        back = await exactly(answer, 3)
        await answer.write(b"bye")
        end = await answer.read()
        answer.close()

    assert answer.head.status == 101
    assert (early, back, end) == (b"early", b"\x81\x00\xff", b"")


async def test_the_handshake_passes_as_it_is(wire: Wire) -> None:
    async with standing(says(SWITCH), wire) as here:
        answer = await here.ask(upgrading())
        answer.close()

    assert here.origin.field("connection") == ["Upgrade"]
    assert here.origin.field("upgrade") == ["websocket"]
    assert here.origin.field("sec-websocket-key") == ["key"]
    assert here.origin.field("sec-websocket-protocol") == ["a, b"]
    assert here.origin.field("sec-websocket-extensions") == [
        "permessage-deflate; client_max_window_bits"
    ]
    assert answer.head.first("sec-websocket-extensions") == "permessage-deflate"
    assert b"\r\nUpgrade: websocket\r\n" in answer.head.lines


async def test_an_upstream_may_answer_otherwise(wire: Wire) -> None:
    refusal = b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"
    async with standing(says(refusal, is_kept=True), wire) as here:
        found = [await here.whole(upgrading()) for _ in range(2)]

    assert found == [(403, b"no")] * 2
    assert here.origin.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        SWITCH.replace(b"websocket", b"h2c"),
        SWITCH.replace(b"upgrade", b"close"),
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
)
async def test_a_switch_to_something_else_is_a_failure(
    answer: bytes, wire: Wire
) -> None:
    async with standing(says(answer), wire) as here:
        with pytest.raises(UpstreamFailed):
            await here.ask(upgrading())


async def test_much_passes_and_none_is_lost(wire: Wire) -> None:
    sent = bytes(range(256)) * 2**14

    async with served(echoes, wire) as client:
        answer = await client.ask(upgrading())
        await exactly(answer, 5)
        writing = asyncio.create_task(answer.write(sent))
        back = await exactly(answer, len(sent))
        await writing
        answer.close()

    assert back == sent


async def test_a_tunnel_may_be_silent(wire: Wire) -> None:
    async with served(echoes, wire, limits=Limits(silence_s=1, idle_s=1)) as client:
        answer = await client.ask(upgrading())
        await exactly(answer, 5)
        await asyncio.sleep(3)
        await answer.write(b"hello")
        back = await exactly(answer, 5)
        answer.close()

    assert back == b"hello"


async def test_when_the_upstream_is_gone_writing_says_so(wire: Wire) -> None:
    async with served(echoes, wire) as client:
        answer = await client.ask(upgrading())
        await answer.write(b"bye")
        await rest_of(answer)
        with pytest.raises(ConnectionError):
            await answer.write(b"more")
        answer.close()


async def test_closing_it_reaches_the_upstream(wire: Wire) -> None:
    ended = asyncio.Event()

    async def listens(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(SWITCH)
        assert await reader.read() == b"last words"
        ended.set()
        writer.close()

    async with served(listens, wire) as client:
        answer = await client.ask(upgrading())
        await answer.write(b"last words")
        answer.close()
        async with asyncio.timeout(30):
            await ended.wait()
        await until(lambda: not client._pool._connections)


async def test_one_side_may_be_done_before_the_other() -> None:
    async def counts(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(SWITCH)
        writer.write(b"%d" % len(await reader.read()))
        writer.close()

    async with served(counts) as client:
        answer = await client.ask(upgrading())
        await answer.write(b"12345")
        answer.write_eof()
        count = await rest_of(answer)
        answer.close()

    assert count == b"5"


async def test_an_ordinary_answer_is_no_tunnel() -> None:
    async with standing() as here:
        answer = await here.ask()
        with pytest.raises(ConnectionError):
            await answer.write(b"hello")
        with pytest.raises(ConnectionError):
            answer.write_eof()
        answer.close()
