"""What an upstream does wrong is told, and its connection never used again."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest

from gateway.kernel.errors import Misconfigured, UpstreamFailed
from gateway.upstream.client import UpstreamClient
from gateway.upstream.limits import CHUNK_FRAMING_BYTES_MAX, Limits
from tests.integration.proxy.origins import says
from tests.integration.upstream.standing import (
    PATIENT,
    PLAIN,
    Wire,
    get,
    rest_of,
    standing,
)

OK = b"HTTP/1.1 200 OK\r\n"

SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\n\r\n"
)

BEFORE_A_HEAD = {
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", "malformed"),
    "two lengths": (
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "malformed",
    ),
    "a length and a coding": (
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "malformed",
    ),
    "a folded field": (OK + b"X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n", "malformed"),
    "a control": (OK + b"X-A: b\x01\r\nContent-Length: 0\r\n\r\n", "malformed"),
    "a switch unasked": (
        SWITCH,
        "malformed",
    ),
    "endless fields": (OK + b"X-A: b\r\n" * 20_000, "malformed"),
    "endless interim answers": (b"HTTP/1.1 102 Wait\r\n\r\n" * 10_000, "malformed"),
    "half a head": (OK + b"Content-Le", "broken"),
    "interim answers alone": (b"HTTP/1.1 103 Early Hints\r\n\r\n", "broken"),
    "nothing": (b"", "broken"),
}
WITHIN_A_BODY = {
    "a short body": (OK + b"Content-Length: 9\r\n\r\nshort", "broken"),
    "a short chunk": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nshort",
        "broken",
    ),
    "no last chunk": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        "broken",
    ),
    "no end of trailers": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\n",
        "broken",
    ),
}


@pytest.mark.parametrize(("answer", "kind"), BEFORE_A_HEAD.values(), ids=BEFORE_A_HEAD)
async def test_no_answer_is_a_failure(answer: bytes, kind: str, wire: Wire) -> None:
    async with standing(says(answer), wire) as here:
        for _ in range(2):
            with pytest.raises(UpstreamFailed) as failed:
                await here.ask()

            assert failed.value.kind == kind

    assert here.origin.connections == len(here.origin.heads) == 2


@pytest.mark.parametrize(("answer", "kind"), WITHIN_A_BODY.values(), ids=WITHIN_A_BODY)
async def test_a_body_that_breaks_off_gives_what_came_and_fails(
    answer: bytes, kind: str, wire: Wire
) -> None:
    async with standing(says(answer), wire) as here:
        for _ in range(2):
            reply = await here.ask()
            assert await reply.read() == b"short"
            with pytest.raises(UpstreamFailed) as failed:
                await reply.read()
            reply.close()

            assert failed.value.kind == kind
            assert not reply.is_over

    assert here.origin.connections == len(here.origin.heads) == 2


async def test_an_answer_in_ever_so_many_tiny_chunks_is_cut(wire: Wire) -> None:
    flood = b"1\r\nx\r\n" * CHUNK_FRAMING_BYTES_MAX + b"0\r\n\r\n"
    answer = OK + b"Transfer-Encoding: chunked\r\n\r\n" + flood
    async with standing(says(answer), wire) as here:
        reply = await here.ask()
        with pytest.raises(UpstreamFailed) as failed:
            await rest_of(reply)
        reply.close()

    assert failed.value.kind == "malformed"


async def test_a_malformed_chunk_behind_good_ones_fails(wire: Wire) -> None:
    answer = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nzz\r\n"
    async with standing(says(answer, is_kept=True), wire) as here:
        reply = await here.ask()
        with pytest.raises(UpstreamFailed) as failed:
            await rest_of(reply)
        reply.close()
        await here.client.close()

    assert failed.value.kind == "malformed"


@pytest.mark.parametrize(
    "surplus",
    [b"\r\n", b"x", OK + b"Content-Length: 6\r\n\r\npoison", b"\x00" * 70_000],
)
@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 2\r\n\r\nok",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ],
)
async def test_a_connection_with_surplus_bytes_is_never_used_again(
    answer: bytes, surplus: bytes, wire: Wire
) -> None:
    async with standing(says(answer + surplus, is_kept=True), wire) as here:
        found = [await here.whole() for _ in range(3)]

    assert found == [(200, b"ok")] * 3
    assert here.origin.connections == 3


async def test_bytes_that_come_late_are_no_answer_either(wire: Wire) -> None:
    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        writer.write(OK + b"Content-Length: 2\r\n\r\nok")
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(OK + b"Content-Length: 6\r\n\r\npoison")
        return True

    async with standing(script, wire) as here:
        first = await here.whole()
        await asyncio.sleep(0.5)
        second = await here.whole()

    assert first == second == (200, b"ok")
    assert here.origin.connections == 2


async def test_an_upstream_that_speaks_first_is_not_listened_to() -> None:
    async def speaks(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(OK + b"Content-Length: 6\r\n\r\npoison")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(speaks, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = UpstreamClient({"archive": f"http://127.0.0.1:{port}"}, limits=PATIENT)
    # What came before we asked is at best the answer to that one request.
    first = await client.ask(get())
    first.close()
    await client.close()
    server.close()

    assert first.head.status == 200


async def test_nobody_there_is_refused() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        client = UpstreamClient({"archive": f"http://127.0.0.1:{port}"})
        with pytest.raises(UpstreamFailed) as failed:
            await client.ask(get())
        await client.close()

    assert failed.value.kind == "refused"
    assert str(port) not in failed.value.detail


async def test_a_name_that_is_nowhere_is_refused() -> None:
    client = UpstreamClient({"archive": "http://nowhere.invalid"}, limits=PATIENT)
    with pytest.raises(UpstreamFailed) as failed:
        await client.ask(get())
    await client.close()

    assert failed.value.kind == "refused"


async def test_a_certificate_that_nobody_vouches_for_is_refused(tls: Wire) -> None:
    suspicious = Wire(tls.server, ssl.create_default_context())
    async with standing(wire=suspicious) as here:
        with pytest.raises(UpstreamFailed) as failed:
            await here.ask()

    assert failed.value.kind == "refused"
    assert not here.origin.heads


async def test_tls_is_never_agreed_on_with_a_plain_upstream(tls: Wire) -> None:
    async with standing() as here:
        url = here.origin.url.replace("http:", "https:")
        limits = Limits(connect_s=1)
        client = UpstreamClient({"archive": url}, tls=tls.client, limits=limits)
        with pytest.raises(UpstreamFailed) as failed:
            await client.ask(get())
        await client.close()

    assert failed.value.timed_out


@pytest.mark.parametrize(
    "answer",
    [b"", OK + b"Content-Length: 5\r\n", OK + b"Content-Length: 5\r\n\r\nhe"],
)
async def test_an_upstream_that_falls_silent_is_too_late(
    answer: bytes, wire: Wire
) -> None:
    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(answer)
        await reader.read()

    async with standing(script, wire, limits=Limits(silence_s=1)) as here:
        with pytest.raises(UpstreamFailed) as failed:
            await here.whole()

    assert failed.value.timed_out


async def test_a_connection_that_is_never_accepted_is_too_late() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        # The queue of those who wait to be accepted is full with these.
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        client = UpstreamClient(
            {"archive": f"http://127.0.0.1:{address[1]}"}, limits=Limits(connect_s=1)
        )
        with pytest.raises(UpstreamFailed) as failed:
            await client.ask(get())
        await client.close()
        for one in waiting:
            one.close()

    assert failed.value.timed_out


async def test_an_upstream_nobody_named_is_the_operators_mistake() -> None:
    async with standing(wire=PLAIN) as here:
        with pytest.raises(Misconfigured):
            await here.ask(get(upstream="elsewhere"))


async def test_over_tls_only_its_own_word_ends_a_body(tls: Wire) -> None:
    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        writer.write(OK + b"\r\npart of it")
        await writer.drain()
        # The connection ends, and the upstream has not said that it shall.
        writer.transport.abort()
        return False

    async with standing(script, tls) as here:
        with pytest.raises(UpstreamFailed) as failed:
            await here.whole()

    assert failed.value.kind == "broken"
