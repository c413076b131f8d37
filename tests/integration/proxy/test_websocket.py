"""WebSockets pass as they are: frames, subprotocols, extensions, pings, closes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from gateway.metering.usage_event import Ending
from tests.integration.proxy.fakes import LICENSED, METER, FakeAdmission, always
from tests.integration.proxy.origins import app_origin, raw_origin, says
from tests.integration.proxy.standing import gateway
from tests.integration.proxy.ways import client_side, here, opened


async def echo(request: web.Request) -> web.WebSocketResponse:
    """Send everything back; `bye` closes with 4001."""
    socket = web.WebSocketResponse(protocols=("soap", "wamp"), max_msg_size=0)
    await socket.prepare(request)
    async for message in socket:
        if message.type is aiohttp.WSMsgType.TEXT and message.data == "bye":
            await socket.close(code=4001, message=b"so long")
        elif message.type is aiohttp.WSMsgType.TEXT:
            await socket.send_str(f"{request.raw_path} {message.data}")
        else:
            await socket.send_bytes(message.data)
    return socket


@pytest.fixture
async def echoing() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{tail:.*}", echo)
    async with app_origin(app) as url:
        yield url


async def test_messages_pass_both_ways(echoing: str) -> None:
    big = bytes(range(256)) * 40_000
    async with (
        gateway(echoing) as standing,
        aiohttp.ClientSession() as session,
        session.ws_connect(
            f"{standing.url}/a%2Fb?c", ssl=client_side() or True, max_msg_size=0
        ) as socket,
    ):
        await socket.send_str("hé")
        text = await socket.receive_str()
        await socket.send_bytes(big)
        binary = await socket.receive_bytes()

    assert text == "/a%2Fb?c hé"
    assert binary == big


async def test_the_subprotocol_is_the_upstreams_choice(echoing: str) -> None:
    async with (
        gateway(echoing) as standing,
        aiohttp.ClientSession() as session,
        session.ws_connect(
            standing.url, ssl=client_side() or True, protocols=("mqtt", "wamp")
        ) as socket,
    ):
        chosen = socket.protocol

    assert chosen == "wamp"


async def test_pings_are_answered_by_the_other_end(echoing: str) -> None:
    async with (
        gateway(echoing) as standing,
        aiohttp.ClientSession() as session,
        session.ws_connect(
            standing.url, ssl=client_side() or True, autoping=False
        ) as socket,
    ):
        await socket.ping(b"are you there")
        answer = await socket.receive()

    assert answer.type is aiohttp.WSMsgType.PONG
    assert answer.data == b"are you there"


async def test_a_close_keeps_its_code_and_reason(echoing: str) -> None:
    async with (
        gateway(echoing) as standing,
        aiohttp.ClientSession() as session,
        session.ws_connect(
            standing.url, ssl=client_side() or True, autoclose=False
        ) as socket,
    ):
        await socket.send_str("bye")
        answer = await socket.receive()
        await socket.close()
        await standing.watching.until(1)

    assert (answer.type, answer.data) == (aiohttp.WSMsgType.CLOSE, 4001)
    assert answer.extra == "so long"


async def test_what_an_upstream_answers_instead_is_passed_on() -> None:
    refuses = says(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
    async with (
        raw_origin(refuses) as origin,
        gateway(origin.url) as standing,
        aiohttp.ClientSession() as session,
    ):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(standing.url, ssl=client_side() or True)

    assert refused.value.status == 403


async def test_what_passes_under_an_agreement_is_recorded_and_not_billed(
    echoing: str,
) -> None:
    async with (
        gateway(echoing, admission=FakeAdmission(always(METER), LICENSED)) as standing,
        aiohttp.ClientSession() as session,
    ):
        async with session.ws_connect(
            standing.url, ssl=client_side() or True
        ) as socket:
            await socket.send_bytes(b"12345")
            await socket.receive()
        await standing.watching.until(1)

    event = standing.recorder.events[0]
    assert event.ending is Ending.TUNNEL
    # The frames around them are counted too; under TLS never more than surely left.
    assert event.body_bytes >= (0 if here.is_tls else 5)
    assert event.billable_bytes == 0
    assert not standing.watching.faults


async def test_compression_is_agreed_on_end_to_end() -> None:
    async def back(socket: ServerConnection) -> None:
        async for message in socket:
            await socket.send(message)

    async with serve(back, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with gateway(f"http://127.0.0.1:{port}") as standing:
            url = standing.url.replace("http", "ws", 1)
            async with connect(url, ssl=client_side()) as socket:
                assert [one.name for one in socket.protocol.extensions] == [
                    "permessage-deflate"
                ]
                await socket.send("a" * 100_000)
                answer = await socket.recv()

    assert answer == "a" * 100_000


UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: archive.example\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
SWITCHED = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


async def test_what_is_sent_ahead_and_after_half_an_end_still_arrives() -> None:
    heard = asyncio.Event()

    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(SWITCHED)
        early = await reader.readexactly(5)
        heard.set()
        # With TLS there is no half of an end: the client stays.
        rest = b"" if here.is_tls else await reader.read()
        writer.write(early + rest + b", and after")

    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        writer.write(UPGRADE + b"early")
        await heard.wait()
        if writer.can_write_eof():
            writer.write(b", late")
            writer.write_eof()
        answer = await reader.read()
        writer.close()

    late = b"" if here.is_tls else b", late"
    assert answer.partition(b"\r\n\r\n")[2] == b"early" + late + b", and after"


@pytest.mark.parametrize(
    "request_head",
    [
        UPGRADE.replace(b"websocket", b"h2c"),
        UPGRADE.replace(b"Version: 13", b"Version: 12"),
        UPGRADE.replace(b"GET", b"POST"),
        UPGRADE.replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\nxy"),
    ],
)
async def test_any_other_upgrade_is_served_as_a_plain_request(
    request_head: bytes,
) -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        writer.write(request_head)
        answer = await reader.readuntil(b"hello")
        writer.close()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert "upgrade" not in origin.names()
