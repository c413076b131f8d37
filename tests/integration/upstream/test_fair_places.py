"""Slow clients and the places at an upstream: who holds one, and who gets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.kernel.errors import UpstreamFailed
from gateway.upstream import upload
from gateway.upstream.answered import Answered
from gateway.upstream.client import UpstreamClient
from gateway.upstream.limits import HELD_BYTES_MAX, Limits, limits_of
from gateway.upstream.order import Order
from tests.integration.proxy.origins import Script
from tests.integration.upstream.standing import (
    PATIENT,
    Standing,
    get,
    rest_of,
    standing,
    until,
)

FOREVER = replace(PATIENT, hold_s=600)
FOUR = replace(PATIENT, origin_connections_max=4)
PIECE = b"l" * 64 * 1024
PIECES = 256


async def large(
    head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """A page that fits no buffer at `/large`, a short one elsewhere."""
    pieces = [PIECE] * PIECES if b" /large " in head else [b"hello"]
    length = sum(map(len, pieces))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    return True


LARGE: Script = large


def asked_by(client: str, target: str = "/", **parts: object) -> Order:
    order = get(target, **parts)  # type: ignore[arg-type]
    return replace(order, asked=replace(order.asked, client_ip=client))


def look(client: UpstreamClient) -> None:
    """Let the pool believe that seconds have passed since it looked."""
    for _ in range(2):
        client._pool._look(asyncio.get_running_loop().time(), 1)


async def dawdling(here: Standing, number: int) -> list[Answered]:
    """Readers of a large page who take nothing of it."""
    answers = [await here.ask(asked_by("192.0.2.66", "/large")) for _ in range(number)]
    for answer in answers:
        await until(lambda answer=answer: answer._connection.lets_wait)  # type: ignore[misc]
    look(here.client)
    return answers


class Dripping:
    """A body that comes when it is told to."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self.pieces.get():
            yield piece

    def order(self) -> Order:
        return get(method="POST", body=aiter(self))


@pytest.mark.parametrize(
    ("given", "is_asked"),
    [([b"x"], False), ([b"x", b""], True), ([b"x" * HELD_BYTES_MAX], True)],
    ids=["a byte", "a byte and the end", "64 KiB"],
)
async def test_an_upstream_is_asked_once_enough_of_a_body_is_here(
    given: list[bytes], *, is_asked: bool
) -> None:
    async with standing(limits=FOREVER) as here:
        dripping = Dripping()
        asking = asyncio.create_task(here.whole(dripping.order()))
        for piece in given:
            dripping.pieces.put_nowait(piece)
        if is_asked:
            await until(lambda: here.origin.connections == 1)
        else:
            await asyncio.sleep(0.3)
            assert here.origin.connections == 0
        dripping.pieces.put_nowait(b"")

        assert await asking == (200, b"hello")
        assert here.origin.bodies == [b"".join(given)]


async def test_a_body_is_not_held_back_for_ever() -> None:
    async with standing() as here:
        dripping = Dripping()
        asking = asyncio.create_task(here.whole(dripping.order()))
        for piece in (b"on", b"e"):
            dripping.pieces.put_nowait(piece)
        await until(lambda: here.origin.connections == 1)
        for piece in (b" two", b""):
            dripping.pieces.put_nowait(piece)

        assert await asking == (200, b"hello")
        assert here.origin.bodies == [b"one two"]


async def test_all_bodies_together_are_held_back_in_bounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upload, "HELD_ALL_BYTES_MAX", 3)
    async with standing(limits=FOREVER) as here:
        bodies = [Dripping() for _ in range(3)]
        asking = [asyncio.create_task(here.whole(each.order())) for each in bodies]
        for each in bodies:
            each.pieces.put_nowait(b"x")
        await until(lambda: here.origin.connections == 1)
        for each in bodies:
            each.pieces.put_nowait(b"")

        assert await asyncio.gather(*asking) == [(200, b"hello")] * 3
        assert here.client._held.all_bytes == 0


async def test_whoever_leaves_while_its_body_is_held_back_leaves_nothing() -> None:
    async with standing(limits=FOREVER) as here:
        dripping = Dripping()
        asking = asyncio.create_task(here.whole(dripping.order()))
        dripping.pieces.put_nowait(b"x")
        await until(lambda: here.client._held.all_bytes == 1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

        assert here.client._held.all_bytes == 0
        assert here.origin.connections == 0


async def test_whoever_dawdles_gives_way_to_whoever_waits() -> None:
    async with standing(LARGE, limits=FOUR) as here:
        slow = await dawdling(here, 4)

        assert await here.whole(asked_by("192.0.2.1")) == (200, b"hello")
        ended = 0
        for answer in slow:
            try:
                await rest_of(answer)
            except ConnectionError:
                ended += 1
            answer.close()

    assert ended == 1


async def test_nobody_gives_way_where_nobody_waits() -> None:
    limits = replace(PATIENT, origin_connections_max=5)
    async with standing(LARGE, limits=limits) as here:
        slow = await dawdling(here, 4)

        assert await here.whole(asked_by("192.0.2.1")) == (200, b"hello")
        for answer in slow:
            assert len(await rest_of(answer)) == PIECES * len(PIECE)
            answer.close()


async def test_half_of_the_places_may_be_dawdled_away() -> None:
    released = asyncio.Event()

    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if b" /busy " in head:
            await released.wait()
        return await large(head, reader, writer)

    limits = replace(FOUR, connect_s=1)
    async with standing(script, limits=limits) as here:
        slow = await dawdling(here, 2)
        busy = [
            asyncio.create_task(here.whole(asked_by("192.0.2.1", "/busy")))
            for _ in range(2)
        ]
        await until(lambda: len(here.origin.heads) == 4)
        with pytest.raises(UpstreamFailed, match="in time"):
            await here.ask(asked_by("192.0.2.2"))
        released.set()

        assert await asyncio.gather(*busy) == [(200, b"hello")] * 2
        for answer in slow:
            assert len(await rest_of(answer)) == PIECES * len(PIECE)
            answer.close()


async def test_whoever_dawdles_already_comes_last() -> None:
    async with standing(LARGE, limits=FOUR) as here:
        slow = await dawdling(here, 4)
        more = asyncio.create_task(here.whole(asked_by("192.0.2.66")))
        await until(lambda: here.client._pool._waiting == 1)
        assert await here.whole(asked_by("192.0.2.1")) == (200, b"hello")
        assert not more.done()
        for answer in slow:
            answer.close()
        look(here.client)

        assert await more == (200, b"hello")


async def test_a_sender_that_dawdles_is_told_that_it_was_too_slow() -> None:
    limits = replace(PATIENT, origin_connections_max=1)
    async with standing(LARGE, limits=limits) as here:
        dripping = Dripping()
        asking = asyncio.create_task(here.whole(dripping.order()))
        dripping.pieces.put_nowait(b"x")
        await until(lambda: here.origin.connections == 1)
        look(here.client)

        assert await here.whole(asked_by("192.0.2.1")) == (200, b"hello")
        with pytest.raises(TimeoutError):
            await asking


def test_a_place_at_one_upstream_leaves_room_for_another() -> None:
    assert limits_of(768) == Limits()
    assert limits_of(1).connections_max >= 1
