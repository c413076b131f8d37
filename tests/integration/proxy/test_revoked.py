"""A revoked key: what passes under it ends, and what passes under others goes on."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from gateway.identity.principal import ANONYMOUS, Identified
from gateway.kernel.errors import Unavailable
from gateway.metering.usage_event import Ending
from tests.integration.proxy.fakes import LICENSED, METER, FakeAdmission, always
from tests.integration.proxy.origins import app_origin, raw_origin
from tests.integration.proxy.standing import gateway, request_bytes, until
from tests.integration.proxy.test_websocket import echo
from tests.integration.proxy.ways import client_side, opened

OTHER = replace(LICENSED, key_id="key_2")
SOME = b"some of it"


async def drips(
    _head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """A part of a long answer; the rest when the gateway hangs up."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + SOME)
    await writer.drain()
    await reader.read()
    return False


@pytest.mark.parametrize("who", [LICENSED, OTHER, ANONYMOUS], ids=["it", "other", "-"])
async def test_a_websocket_ends_with_its_key_and_no_other(who: Identified) -> None:
    app = web.Application()
    app.router.add_get("/{tail:.*}", echo)
    async with (
        app_origin(app) as url,
        gateway(url, admission=FakeAdmission(identified=who)) as standing,
        aiohttp.ClientSession() as session,
        session.ws_connect(standing.url, ssl=client_side() or True) as socket,
    ):
        await standing.ongoing.follow(1)
        await socket.send_str("before")
        await socket.receive_str()
        standing.revoked.add(LICENSED.key_id)
        await standing.ongoing.follow(1)
        await socket.send_str("nothing was said to have changed")
        await socket.receive_str()
        await standing.ongoing.follow(2)
        # What is about to end may; nothing is cut at the first look.
        await socket.send_str("still")
        assert await socket.receive_str() == "/ still"
        await standing.ongoing.follow(2)
        if who is LICENSED:
            ended = await socket.receive()
            assert ended.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
            (seen,) = await standing.watching.until(1)
            assert seen.error == "key-revoked"
        else:
            await socket.send_str("after")
            assert await socket.receive_str() == "/ after"


@pytest.mark.parametrize("reads_on", [True, False])
async def test_a_download_is_cut_and_counts_nothing(*, reads_on: bool) -> None:
    admission = FakeAdmission(always(METER), LICENSED)
    async with (
        raw_origin(drips) as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        reader, writer = await opened(standing.port)
        writer.write(request_bytes())
        if reads_on:
            await reader.readuntil(SOME)
        await until(lambda: len(standing.recorder.intents) == 1)
        standing.revoked.add(LICENSED.key_id)
        await standing.ongoing.follow(2)
        await standing.ongoing.follow(2)
        await standing.watching.until(1)
        (event,) = standing.recorder.events
        writer.transport.abort()

    assert event.ending is Ending.CUT
    assert event.billable_bytes == event.billable_requests == 0
    assert not standing.watching.faults


async def test_an_upload_ends_too() -> None:
    admission = FakeAdmission(identified=LICENSED)
    async with (
        raw_origin(drips) as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        _, writer = await opened(standing.port)
        head = request_bytes("/", "Content-Length: 99999", method="POST")
        writer.write(head + b"a part")
        await until(lambda: len(standing.ongoing._passing) == 1)
        standing.revoked.add(LICENSED.key_id)
        await standing.ongoing.follow(2)
        await standing.ongoing.follow(2)
        await until(lambda: not standing.server.open_connections)
        writer.transport.abort()

    assert not standing.ongoing._passing


async def test_what_was_judged_before_a_change_is_asked_about_when_it_passes() -> None:
    admission = FakeAdmission(identified=LICENSED)
    async with (
        raw_origin(drips) as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        standing.revoked.add(LICENSED.key_id)
        clock = standing.ongoing._clock
        await standing.ongoing.follow(2)
        standing.ongoing._changed_us = clock.now_us() + 60 * 10**6
        reader, writer = await opened(standing.port)
        writer.write(request_bytes())
        await reader.readuntil(SOME)
        await standing.ongoing.follow(2)
        await standing.ongoing.follow(2)
        await until(lambda: not standing.server.open_connections)
        writer.transport.abort()


async def test_an_outage_ends_nothing_and_is_asked_about_again() -> None:
    admission = FakeAdmission(identified=LICENSED)
    async with (
        raw_origin(drips) as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        reader, writer = await opened(standing.port)
        writer.write(request_bytes())
        await reader.readuntil(SOME)
        standing.revoked.add(LICENSED.key_id)
        admission.is_store_down = True
        with pytest.raises(Unavailable):
            await standing.ongoing.follow(2)
        assert standing.server.open_connections == 1
        admission.is_store_down = False
        await standing.ongoing.follow(2)
        await standing.ongoing.follow(2)
        await until(lambda: not standing.server.open_connections)
        writer.transport.abort()
