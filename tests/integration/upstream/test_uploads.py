"""A request's body: streamed, framed by us, and stopped when it is of no use."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from gateway.kernel.errors import InvalidValue, UpstreamFailed
from gateway.upstream.limits import Limits
from tests.integration.upstream.standing import (
    Wire,
    get,
    pieces,
    rest_of,
    served,
    standing,
    until,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MEBIBYTE = b"x" * 2**20


@pytest.mark.parametrize("body_bytes", [11, None])
async def test_a_body_arrives_as_it_was_given(
    body_bytes: int | None, wire: Wire
) -> None:
    body = pieces(b"hello", b"", b" ", b"world")
    async with standing(wire=wire) as here:
        found = await here.whole(get(method="PUT", body=body, body_bytes=body_bytes))

    assert found == (200, b"hello")
    assert here.origin.bodies == [b"hello world"]
    is_chunked = "transfer-encoding" in here.origin.names()
    assert is_chunked is (body_bytes is None)


async def test_a_large_body_arrives_whole(wire: Wire) -> None:
    body = pieces(*[MEBIBYTE] * 20)
    async with standing(wire=wire) as here:
        await here.whole(get(method="PUT", body=body, body_bytes=20 * 2**20))

    assert here.origin.bodies == [MEBIBYTE * 20]


@pytest.mark.parametrize("body_bytes", [9, None])
@pytest.mark.parametrize(
    "fault", [ConnectionResetError("gone"), TimeoutError(), InvalidValue("no chunks")]
)
async def test_what_the_client_broke_off_is_the_clients_doing(
    fault: Exception, body_bytes: int | None, wire: Wire
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"part"
        raise fault

    async with standing(wire=wire) as here:
        order = get(method="PUT", body=broken(), body_bytes=body_bytes)
        with pytest.raises(type(fault)) as raised:
            await here.ask(order)

        assert raised.value is fault
        # The upstream never takes the part for the whole.
        assert await here.whole() == (200, b"hello")
        assert here.origin.bodies == [b""]


@pytest.mark.parametrize("sent", [b"short", b"much too long"])
async def test_a_body_is_as_long_as_announced_or_not_sent(
    sent: bytes, wire: Wire
) -> None:
    async with standing(wire=wire) as here:
        with pytest.raises(ConnectionError):
            await here.ask(get(method="PUT", body=pieces(sent), body_bytes=9))

        assert await here.whole() == (200, b"hello")
        assert here.origin.bodies == [b""]


async def test_an_early_answer_is_passed_on_and_the_rest_not_sent(wire: Wire) -> None:
    connections = 0

    async def refuses(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await reader.read()  # until the other end closes
        writer.close()

    given = 0

    async def waits_for_ever() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield b"part"
            if given == 3:
                await asyncio.Event().wait()

    async with served(refuses, wire) as client:
        for method in ("PUT", "GET"):
            answer = await client.ask(get(method=method, body=waits_for_ever()))
            assert answer.head.status == 413
            assert await rest_of(answer) == b"no"
            answer.close()
        last = await client.ask(get())
        last.close()

    assert connections == 3


async def test_an_answer_that_comes_before_the_reset_is_passed_on() -> None:
    async def slams(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        # Closed with bytes unread: the kernel sends a reset behind the answer.
        writer.close()

    async with served(slams) as client:
        for _ in range(20):
            answer = await client.ask(
                get(method="PUT", body=pieces(*[MEBIBYTE] * 64), body_bytes=64 * 2**20)
            )
            assert (answer.head.status, await rest_of(answer)) == (413, b"no")
            answer.close()


async def test_an_answer_may_come_while_the_body_still_goes(wire: Wire) -> None:
    async def echoes(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while len(line := await reader.readline()) > 1:
            writer.write(line)
        writer.close()

    heard = asyncio.Event()

    async def talks() -> AsyncIterator[bytes]:
        yield b"one\n"
        await heard.wait()
        yield b"two\n"
        yield b"\n"

    async with served(echoes, wire) as client:
        answer = await client.ask(get(method="POST", body=talks(), body_bytes=9))
        first = await answer.read()
        heard.set()
        rest = await rest_of(answer)
        answer.close()

    assert (first, rest) == (b"one\n", b"two\n")


async def test_an_upstream_that_does_not_read_stops_the_client(wire: Wire) -> None:
    released = asyncio.Event()

    async def reads_late(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await released.wait()
        while await reader.read(2**20):
            pass
        writer.close()

    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield MEBIBYTE

    async with served(reads_late, wire) as client:
        asking = asyncio.create_task(client.ask(get(method="PUT", body=endless())))
        await until(lambda: given > 0)
        before = -1
        while before != given:
            before = given
            await asyncio.sleep(0.5)
        released.set()
        await until(lambda: given > before)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    # What the kernel and StreamReader buffer, not what there was to send.
    assert before < 32


async def test_an_upstream_that_never_reads_is_too_late(wire: Wire) -> None:
    async def ignores(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(20)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield MEBIBYTE

    async with served(ignores, wire, limits=Limits(silence_s=1, hold_s=0.2)) as client:
        with pytest.raises(UpstreamFailed) as failed:
            await client.ask(get(method="PUT", body=endless()))

    assert failed.value.timed_out


async def test_a_slow_client_is_not_the_upstreams_silence(wire: Wire) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.sleep(3)
        yield b"b"

    async with standing(wire=wire, limits=Limits(silence_s=1, hold_s=0.2)) as here:
        found = await here.whole(get(method="PUT", body=slow(), body_bytes=2))

    assert found == (200, b"hello")
    assert here.origin.bodies == [b"ab"]


async def test_whoever_gives_up_half_way_leaves_nothing_behind(wire: Wire) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def listens(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        begun.set()
        try:
            while await reader.read(2**16):
                pass
        finally:
            ended.set()
            writer.close()

    async def waits_for_ever() -> AsyncIterator[bytes]:
        yield b"part"
        await asyncio.Event().wait()

    async with served(listens, wire) as client:
        asking = asyncio.create_task(
            client.ask(get(method="PUT", body=waits_for_ever()))
        )
        await begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(30):
            await ended.wait()


async def test_the_kernel_is_not_asked_to_hold_what_we_can_send() -> None:
    # Small pieces go out at once, whatever the other end acknowledges.
    async with standing() as here:
        await here.whole()
        connection = next(iter(here.client._pool._connections))
        raw = connection.transport.get_extra_info("socket")

        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
