"""What is counted: completed answers exactly, broken ones never above what left us."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from gateway.licensing.decision import Meter
from gateway.metering.meter import HOLD_STEP_BYTES
from gateway.metering.room import Room
from gateway.metering.usage_event import Ending, UsageEvent
from tests.integration.proxy.fakes import (
    LICENSED,
    METER,
    SPENDS,
    FakeAdmission,
    FakeCaps,
    always,
)
from tests.integration.proxy.origins import RawOrigin, Script, raw_origin, says
from tests.integration.proxy.standing import (
    Gateway,
    exchanged,
    gateway,
    request_bytes,
    status_of,
)
from tests.integration.proxy.ways import opened

MEBIBYTE = 2**20


def metered(meter: Meter = METER) -> FakeAdmission:
    return FakeAdmission(always(meter), LICENSED)


def sends(size: int, *, framing: str = "length") -> Script:
    """Answer with so many bytes, framed in one of two ways."""

    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if framing == "length":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        left = size
        while left:
            piece = b"x" * min(left, 100_000)
            left -= len(piece)
            chunked = b"%x\r\n%b\r\n" % (len(piece), piece)
            writer.write(piece if framing == "length" else chunked)
            await writer.drain()
        if framing != "length":
            writer.write(b"0\r\n\r\n")
            await writer.drain()

    return script


async def event_of(standing: Gateway, number: int = 1) -> UsageEvent:
    await standing.watching.until(number)
    return standing.recorder.events[number - 1]


async def test_what_standing_pays_is_counted_to_the_byte_and_holds_no_money() -> None:
    admission = FakeAdmission(always(SPENDS), LICENSED)
    caps = FakeCaps(room_bytes=0)
    async with (
        raw_origin(sends(MEBIBYTE)) as origin,
        gateway(origin.url, admission=admission, caps=caps) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes())
        event = await event_of(standing)

    assert status_of(answer) == 200
    assert (event.agreement_id, event.party_id) == ("standing:pty_1", "pty_1")
    assert (event.tariff, event.billable_bytes) == (SPENDS.rate, MEBIBYTE)
    assert event.is_priced


@pytest.mark.parametrize("size", [1, 65_536, 3 * MEBIBYTE + 7])
@pytest.mark.parametrize("framing", ["length", "chunked"])
async def test_a_complete_answer_is_counted_to_the_byte(
    size: int, framing: str
) -> None:
    async with (
        raw_origin(sends(size, framing=framing)) as origin,
        gateway(origin.url, admission=metered()) as standing,
    ):
        await exchanged(standing.port, request_bytes())
        event = await event_of(standing)

    assert event.ending is Ending.COMPLETE
    assert (event.body_bytes, event.billable_bytes) == (size, size)
    assert event.billable_requests == 1
    assert event.id == standing.recorder.intents[0].request_id


async def test_an_answer_named_by_bytes_that_are_no_text_is_counted_too() -> None:
    answer = b'HTTP/1.1 200 OK\r\nETag: "\xe9"\r\nContent-Length: 5\r\n\r\nhello'
    async with (
        raw_origin(says(answer)) as origin,
        gateway(origin.url, admission=metered()) as standing,
    ):
        await exchanged(standing.port, request_bytes())
        event = await event_of(standing)

    assert (event.billable_requests, event.billable_bytes) == (1, 5)
    assert not standing.watching.faults


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ],
)
async def test_what_is_not_billable_is_an_event_of_nothing(
    method: str, answer: bytes
) -> None:
    async with (
        raw_origin(says(answer)) as origin,
        gateway(origin.url, admission=metered()) as standing,
    ):
        await exchanged(standing.port, request_bytes(method=method))
        event = await event_of(standing)

    assert event.ending is Ending.NOT_BILLABLE
    assert (event.billable_bytes, event.billable_requests) == (0, 0)


async def test_what_the_upstream_cut_off_counts_nothing() -> None:
    script = says(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")
    async with (
        raw_origin(script) as origin,
        gateway(origin.url, admission=metered()) as standing,
    ):
        await exchanged(standing.port, request_bytes())
        event = await event_of(standing)

    assert event.ending is Ending.CUT
    assert (event.billable_bytes, event.billable_requests) == (0, 0)


def arrived_bytes(client: socket.socket) -> int:
    """What the receiver's system took in and acknowledged, read by nobody or not.

    `tcpi_bytes_received`, the second counter behind the pacing rates (Linux 4.1).
    """
    told = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    received: int = struct.unpack_from("=Q", told, 128)[0]
    return received


def small_receiver(port: int, wanted: int) -> int:
    """Read so many bytes with a small receive buffer, then hang up.

    Returns:
        The bytes behind the head that arrived at the receiver's system.
    """
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        client.connect(("127.0.0.1", port))
        client.sendall(request_bytes())
        got = b""
        while b"\r\n\r\n" not in got:
            got += client.recv(512)
        head, _, body = got.partition(b"\r\n\r\n")
        read = len(body)
        while read < wanted:
            read += len(client.recv(min(8_192, wanted - read)))
        return arrived_bytes(client) - len(head) - 4


@pytest.mark.plain_only
@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("size", [MEBIBYTE, 40 * MEBIBYTE])
async def test_a_client_that_hangs_up_is_charged_at_most_for_what_left(
    size: int, framing: str
) -> None:
    async with (
        raw_origin(sends(size, framing=framing)) as origin,
        gateway(origin.url, admission=metered()) as standing,
    ):
        arrived = await asyncio.to_thread(small_receiver, standing.port, 200_000)
        event = await event_of(standing)

    assert event.ending is Ending.ABORTED
    assert event.billable_bytes == event.body_bytes <= arrived
    # In the client's favour, but not by more than was under way.
    assert event.body_bytes >= arrived - 2 * 65_536


async def test_a_client_that_is_gone_before_the_answer_is_charged_nothing() -> None:
    asked = asyncio.Event()
    released = asyncio.Event()

    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        asked.set()
        await released.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    async with (
        raw_origin(script) as origin,
        gateway(origin.url, admission=metered()) as standing,
    ):
        _, writer = await opened(standing.port)
        writer.write(request_bytes())
        await asked.wait()
        writer.transport.abort()
        await asyncio.sleep(0.05)
        released.set()
        event = await event_of(standing)

    assert event.ending is Ending.ABORTED
    assert (event.body_bytes, event.billable_requests) == (0, 0)


async def test_nothing_passes_before_its_intent_is_durable() -> None:
    admission = metered()
    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        standing.recorder.is_broken = True
        refused = await exchanged(standing.port, request_bytes())
        admission.decision = FakeAdmission().decision
        free = await exchanged(standing.port, request_bytes())

    assert status_of(refused) == 503
    assert b"\r\nRetry-After: " in refused
    assert b"hello" not in refused
    assert free.endswith(b"hello")
    assert not standing.recorder.events


async def test_an_unknown_credential_waits_and_reading_goes_on() -> None:
    admission = FakeAdmission(is_store_down=True)
    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        keyed = await exchanged(
            standing.port, request_bytes("/", "Authorization: License x")
        )
        anonymous = await exchanged(standing.port, request_bytes())

    assert (status_of(keyed), status_of(anonymous)) == (503, 200)


@pytest.mark.parametrize("is_invoiced", [True, False])
async def test_what_passes_while_nothing_is_invoiced_is_a_statement_for_good(
    *, is_invoiced: bool
) -> None:
    async with (
        raw_origin(sends(1_000)) as origin,
        gateway(origin.url, admission=metered(), is_invoiced=is_invoiced) as standing,
    ):
        await exchanged(standing.port, request_bytes())
        event = await event_of(standing)

    assert event.is_statement is not is_invoiced
    assert event.billable_bytes == 1_000


async def test_a_cap_without_room_is_a_429_and_nothing_is_sent() -> None:
    async with (
        raw_origin(sends(1_000)) as origin,
        gateway(origin.url, admission=metered(), caps=FakeCaps(999)) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes())

    assert status_of(answer) == 429
    assert b"prepaid" in answer
    assert not standing.recorder.intents


async def test_a_cap_closes_a_stream_of_unknown_length_and_what_passed_counts() -> None:
    caps = FakeCaps(2 * HOLD_STEP_BYTES)
    async with (
        raw_origin(sends(40 * MEBIBYTE, framing="chunked")) as origin,
        gateway(origin.url, admission=metered(), caps=caps) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes())
        event = await event_of(standing)

    assert event.ending is Ending.CAPPED
    assert not answer.endswith(b"0\r\n\r\n")
    assert 0 < event.billable_bytes <= min(len(answer), 2 * HOLD_STEP_BYTES)


async def test_a_retried_request_is_one_event() -> None:
    answers = 0

    async def dies_at_the_second(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        nonlocal answers
        answers += 1
        if answers == 2:
            return False
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        return True

    async with (
        raw_origin(dies_at_the_second) as origin,
        gateway(origin.url, admission=metered()) as standing,
    ):
        await exchanged(standing.port, request_bytes())
        await exchanged(standing.port, request_bytes())
        await standing.watching.until(2)

    assert len(origin.heads) == 3
    assert len(standing.recorder.events) == 2


@pytest.mark.plain_only
async def test_pressure_is_given_back_however_a_request_ends() -> None:
    async with (
        raw_origin(sends(MEBIBYTE)) as origin,
        gateway(origin.url, admission=metered()) as standing,
    ):
        await exchanged(standing.port, request_bytes())
        await asyncio.to_thread(small_receiver, standing.port, 1_000)
        await standing.watching.until(2)

        assert isinstance(origin, RawOrigin)
        assert standing.pressure.inside == 0
        assert standing.pressure.answers == 2


async def test_a_licensed_client_can_find_its_answer_in_the_statement() -> None:
    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=metered()) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes())
        event = await event_of(standing)

    assert f"\r\nRequest-Id: {event.id}\r\n".encode() in answer
    assert b'\r\nCopyfair-Decision: decision=meter, rule="licensed"' in answer


@pytest.mark.plain_only
async def test_whoever_hangs_up_with_the_last_byte_has_the_whole() -> None:
    size, times = MEBIBYTE, 10
    async with (
        raw_origin(sends(size)) as origin,
        gateway(origin.url, admission=metered()) as standing,
    ):
        for _ in range(times):
            await asyncio.to_thread(small_receiver, standing.port, size)
        await standing.watching.until(times)

    events = standing.recorder.events
    assert {event.body_bytes for event in events} == {size}
    assert {event.ending for event in events} == {Ending.COMPLETE}


async def test_a_metered_answer_says_what_is_left_and_a_readers_does_not() -> None:
    room = Room("requests-per-day", "requests", 60, 12, 20, 86_400)
    caps = FakeCaps(MEBIBYTE, room=room)
    async with raw_origin(sends(9)) as origin:
        async with gateway(origin.url, admission=metered(), caps=caps) as standing:
            licensed = await exchanged(standing.port, request_bytes())
        async with gateway(origin.url, caps=caps) as standing:
            reader = await exchanged(standing.port, request_bytes())

    assert b'\r\nRateLimit: "requests-per-day";r=12;t=20\r\n' in licensed
    assert b'\r\nRateLimit-Policy: "requests-per-day";q=60;w=86400\r\n' in licensed
    assert b"RateLimit" not in reader
