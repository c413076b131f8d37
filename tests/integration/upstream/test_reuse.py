"""Which connections are used again, counted at the upstream."""

from __future__ import annotations

import asyncio

import pytest

from gateway.kernel.errors import UpstreamFailed
from gateway.upstream.limits import Limits
from tests.integration.proxy.origins import Script, says
from tests.integration.upstream.standing import (
    Wire,
    get,
    pieces,
    standing,
    until,
)

OK = b"HTTP/1.1 200 OK\r\n"
KEPT = {
    "a length": OK + b"Content-Length: 2\r\n\r\nok",
    "chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "interim answers": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    + OK
    + b"Content-Length: 2\r\n\r\nok",
    "HTTP/1.0, kept": b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
    b"Content-Length: 2\r\n\r\nok",
}
NOT_KEPT = {
    "closing": OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
}


@pytest.mark.parametrize("answer", KEPT.values(), ids=KEPT)
async def test_one_connection_carries_many_answers(answer: bytes, wire: Wire) -> None:
    async with standing(says(answer, is_kept=True), wire) as here:
        found = [await here.whole() for _ in range(5)]

    assert found == [(200, b"ok")] * 5
    assert (len(here.origin.heads), here.origin.connections) == (5, 1)


@pytest.mark.parametrize("answer", NOT_KEPT.values(), ids=NOT_KEPT)
async def test_an_upstream_may_close_after_each(answer: bytes, wire: Wire) -> None:
    async with standing(says(answer, is_kept=True), wire) as here:
        found = [await here.whole() for _ in range(3)]

    assert found == [(200, b"ok")] * 3
    assert here.origin.connections == 3


async def test_the_end_of_a_connection_may_be_the_end_of_a_body(wire: Wire) -> None:
    async with standing(says(OK + b"\r\nhello"), wire) as here:
        found = [await here.whole() for _ in range(2)]

    assert found == [(200, b"hello")] * 2
    assert here.origin.connections == 2


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_answers_without_a_body_keep_it(status: bytes, wire: Wire) -> None:
    answer = b"HTTP/1.1 %b\r\nETag: x\r\n\r\n" % status
    async with standing(says(answer, is_kept=True), wire) as here:
        found = [await here.whole() for _ in range(3)]

    assert found == [(int(status[:3]), b"")] * 3
    assert here.origin.connections == 1


async def test_a_head_keeps_it_too(wire: Wire) -> None:
    answer = OK + b"Content-Length: 1000\r\n\r\n"
    async with standing(says(answer, is_kept=True), wire) as here:
        found = [await here.whole(get(method="HEAD")) for _ in range(3)]

    assert found == [(200, b"")] * 3
    assert here.origin.connections == 1


async def test_a_body_that_came_with_the_head_is_there_without_waiting() -> None:
    async with standing() as here:
        reply = await here.ask()
        taken = reply.take()

        assert taken == b"hello"
        assert reply.is_over
        assert reply.take() == b""
        reply.close()
        reply.close()


async def test_it_is_let_go_when_the_answer_is_here_not_when_it_is_read(
    wire: Wire,
) -> None:
    async with standing(wire=wire) as here:
        first = await here.ask()
        await until(lambda: first.reader.is_over)
        second = await here.ask()

        assert here.origin.connections == 1
        assert [await first.read(), await second.read()] == [b"hello", b"hello"]
        first.close()
        second.close()


async def test_an_answer_that_is_not_read_to_its_end_takes_it_along(
    wire: Wire,
) -> None:
    answer = OK + b"Content-Length: 10000000\r\n\r\n" + b"x" * 10_000_000
    async with standing(says(answer, is_kept=True), wire) as here:
        for _ in range(3):
            reply = await here.ask()
            assert await reply.read()
            reply.close()

    assert here.origin.connections == 3


def dying_at(number: int, *, with_bytes: bytes = b"") -> Script:
    """Close the connection instead of giving the answer with that number."""
    answers = 0

    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        nonlocal answers
        answers += 1
        if answers == number:
            writer.write(with_bytes)
            return False
        writer.write(OK + b"Content-Length: 2\r\n\r\nok")
        return True

    return script


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_a_kept_connection_that_died_is_replaced_once(
    method: str, wire: Wire
) -> None:
    async with standing(dying_at(2), wire) as here:
        await here.whole()
        found = await here.whole(get(method=method))

    assert found == (200, b"ok")
    assert (len(here.origin.heads), here.origin.connections) == (3, 2)


async def test_and_not_again() -> None:
    async def dies_from_the_second_on(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if len(here.origin.heads) > 1:
            return False
        writer.write(OK + b"Content-Length: 2\r\n\r\nok")
        return True

    async with standing(dies_from_the_second_on) as here:
        await here.whole()
        with pytest.raises(UpstreamFailed):
            await here.ask()

    assert (len(here.origin.heads), here.origin.connections) == (3, 2)


async def test_an_answer_that_had_begun_is_not_asked_for_again(wire: Wire) -> None:
    async with standing(dying_at(2, with_bytes=b"HTTP/1.1 20"), wire) as here:
        await here.whole()
        with pytest.raises(UpstreamFailed):
            await here.ask()

    assert len(here.origin.heads) == 2


async def test_nor_is_one_that_does_not_come(wire: Wire) -> None:
    async def silent_at_the_second(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if len(here.origin.heads) > 1:
            await reader.read()
            return False
        writer.write(OK + b"Content-Length: 2\r\n\r\nok")
        return True

    async with standing(silent_at_the_second, wire, limits=Limits(silence_s=1)) as here:
        await here.whole()
        with pytest.raises(UpstreamFailed) as failed:
            await here.ask()

    assert failed.value.timed_out
    assert len(here.origin.heads) == 2


async def test_a_new_connection_that_dies_is_not_replaced(wire: Wire) -> None:
    async with standing(dying_at(1), wire) as here:
        with pytest.raises(UpstreamFailed):
            await here.ask()

    assert len(here.origin.heads) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
async def test_what_may_change_something_is_sent_once_on_its_own(
    method: str, wire: Wire
) -> None:
    async with standing(dying_at(2), wire) as here:
        await here.whole()
        with pytest.raises(UpstreamFailed):
            await here.ask(get(method=method))
        await here.whole()

    assert (len(here.origin.heads), here.origin.connections) == (3, 2)
    assert here.origin.field("connection", 1) == ["close"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_body_has_a_connection_of_its_own(method: str, wire: Wire) -> None:
    async with standing(wire=wire) as here:
        await here.whole()
        order = get(method=method, body=pieces(b"abc"), body_bytes=3)
        await here.whole(order)
        await here.whole()

    assert here.origin.bodies == [b"", b"abc", b""]
    assert here.origin.connections == 2


async def test_no_more_are_made_than_are_needed() -> None:
    async with standing() as here:
        both = list(await asyncio.gather(here.whole(), here.whole()))
        for _ in range(5):
            await here.whole()

    assert both == [(200, b"hello")] * 2
    assert here.origin.connections == 2


async def test_an_idle_connection_is_closed_after_a_while(wire: Wire) -> None:
    closed = asyncio.Event()

    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        writer.write(OK + b"Content-Length: 2\r\n\r\nok")
        await reader.read()
        closed.set()
        return False

    async with standing(script, wire, limits=Limits(idle_s=1)) as here:
        await here.whole()
        async with asyncio.timeout(30):
            await closed.wait()

    assert here.origin.connections == 1


def held_until(released: asyncio.Event) -> Script:
    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        await released.wait()
        writer.write(OK + b"Content-Length: 2\r\n\r\nok")
        return True

    return script


async def test_no_more_connections_are_made_than_allowed(wire: Wire) -> None:
    released = asyncio.Event()
    limits = Limits(connect_s=20, silence_s=20, origin_connections_max=3)
    async with standing(held_until(released), wire, limits=limits) as here:
        asking = [asyncio.create_task(here.whole()) for _ in range(20)]
        await until(lambda: len(here.origin.heads) == 3)
        released.set()
        found = await asyncio.gather(*asking)

    assert found == [(200, b"ok")] * 20
    assert here.origin.connections == 3


async def test_whoever_may_not_share_waits_for_a_place_of_its_own() -> None:
    released = asyncio.Event()
    limits = Limits(connect_s=20, silence_s=20, origin_connections_max=2)
    async with standing(held_until(released), limits=limits) as here:
        reading = [asyncio.create_task(here.whole()) for _ in range(4)]
        await until(lambda: len(here.origin.heads) == 2)
        writing = [
            asyncio.create_task(here.whole(get(method="POST"))) for _ in range(4)
        ]
        released.set()
        found = await asyncio.gather(*reading, *writing)

    assert found == [(200, b"ok")] * 8
    assert len(here.origin.heads) == 8
    assert here.origin.connections >= 5


async def test_nobody_in_line_is_overtaken() -> None:
    released = asyncio.Event()
    limits = Limits(connect_s=20, silence_s=20, connections_max=1)
    async with standing(held_until(released), limits=limits) as here:
        asking = []
        for method in ("GET", "POST", "GET", "PUT", "GET"):
            asking.append(asyncio.create_task(here.whole(get(method=method))))
            await until(lambda: len(here.origin.heads) == 1)
        released.set()
        await asyncio.gather(*asking)

    methods = [head.split(b" ")[0] for head in here.origin.heads]
    assert methods == [b"GET", b"POST", b"GET", b"PUT", b"GET"]
    assert here.origin.connections == 5


async def test_whoever_waits_for_a_place_does_not_wait_for_ever() -> None:
    released = asyncio.Event()
    limits = Limits(connect_s=1, silence_s=20, connections_max=1)
    async with standing(held_until(released), limits=limits) as here:
        first = asyncio.create_task(here.whole())
        await until(lambda: len(here.origin.heads) == 1)
        with pytest.raises(UpstreamFailed) as failed:
            await here.ask()
        released.set()

        assert failed.value.timed_out
        assert await first == (200, b"ok")
        assert await here.whole() == (200, b"ok")

    assert len(here.origin.heads) == 2


async def test_whoever_gives_up_leaves_the_place_to_the_next() -> None:
    released = asyncio.Event()
    limits = Limits(connect_s=20, silence_s=20, connections_max=1)
    async with standing(held_until(released), limits=limits) as here:
        first = asyncio.create_task(here.whole())
        await until(lambda: len(here.origin.heads) == 1)
        waiting = [asyncio.create_task(here.whole()) for _ in range(3)]
        await asyncio.sleep(0)
        first.cancel()
        waiting[0].cancel()
        released.set()
        found = await asyncio.gather(*waiting[1:])

    assert found == [(200, b"ok")] * 2
