"""WebSockets pass as they are: frames, subprotocols, extensions, pings, closes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from gateway.metering.usage_event import Ending
from tests.integration.proxy.fakes import LICENSED, METER, FakeAdmission, always
from tests.integration.proxy.origins import app_origin, raw_origin, says
from tests.integration.proxy.standing import gateway
from tests.integration.proxy.ways import client_side


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
    assert event.body_bytes >= 5  # the frames around them are counted too
    assert event.billable_bytes == 0
    assert not standing.watching.faults
