"""Metered pages by express: nothing leaves before its intent, nothing is lost after."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from gateway.metering.usage_event import Ending
from gateway.proxy.connection import Connection
from gateway.proxy.outflow import Outflow
from gateway.proxy.phase import Asked
from tests.integration.proxy.fakes import METER, FakeAdmission, FakeCaps
from tests.integration.proxy.origins import raw_origin
from tests.integration.proxy.standing import Gateway, gateway, until
from tests.integration.proxy.ways import here, opened

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"
PLAIN = b"GET /page HTTP/1.1\r\nHost: archive.example\r\n\r\n"
LAST = b"GET /page HTTP/1.1\r\nHost: archive.example\r\nConnection: close\r\n\r\n"
BOTH = pytest.mark.parametrize("is_express", [True, False])


@dataclass
class Client:
    """One client, whose first request has made a connection to the archive."""

    gate: Gateway
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    by_express: list[bool]
    heads: list[bytes]

    async def asks(self, request: bytes = PLAIN) -> None:
        """Ask, and wait until the archive was asked."""
        before = len(self.heads)
        self.writer.write(request)
        await until(lambda: len(self.heads) > before)

    async def got(self) -> bytes:
        """One answer."""
        async with asyncio.timeout(10):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.partition(b"Content-Length: ")[2].partition(b"\r")[0])
            return head + await self.reader.readexactly(length)

    @property
    def endings(self) -> list[tuple[Ending, int]]:
        """How what was metered after the first request ended, and its bytes."""
        return [
            (each.ending, each.body_bytes) for each in self.gate.recorder.events[1:]
        ]


@pytest.fixture(autouse=True)
def _both_ways() -> Iterator[None]:
    yield
    here.is_express = True


@asynccontextmanager
async def met(
    *, is_express: bool = True, caps: FakeCaps | None = None
) -> AsyncIterator[Client]:
    """A client with an agreement at a gateway."""
    here.is_express = is_express

    async def gives(
        _head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        writer.write(PAGE)
        return True

    admission = FakeAdmission(lambda _: METER)
    async with (
        raw_origin(gives) as origin,
        gateway(origin.url, admission=admission, caps=caps) as gate,
    ):
        begin, by_express = gate.server.begin, []

        def counted(connection: Connection, head: Asked) -> Asked | None:
            left = begin(connection, head)
            by_express.append(left is None)
            return left

        gate.server.begin = counted
        client = Client(gate, *await opened(gate.port), by_express, origin.heads)
        await client.asks()
        await client.got()
        await gate.watching.until(1)
        yield client
        client.writer.close()
        await until(lambda: not gate.pressure.inside)
        assert any(by_express) is is_express


@BOTH
async def test_nothing_leaves_before_the_intent_is_durable(*, is_express: bool) -> None:
    async with met(is_express=is_express) as client:
        client.gate.recorder.writes_s = 0.1
        await client.asks()
        early = asyncio.ensure_future(client.got())
        await asyncio.sleep(0.03)
        assert not early.done()
        assert len(client.gate.recorder.events) == 1
        answer = await early
        await client.gate.watching.until(2)

    assert answer.endswith(b"page")
    assert answer.count(b"Request-Id: ") == answer.count(b"Copyfair-Decision: ") == 1
    assert client.endings == [(Ending.COMPLETE, 4)]


@BOTH
async def test_what_is_asked_next_ends_what_went_before(*, is_express: bool) -> None:
    async with met(is_express=is_express) as client:
        for number in range(2, 6):
            await client.asks()
            await client.got()
            assert len(client.gate.recorder.intents) == number
        # The last one brings no next request; somebody looks.
        await client.gate.watching.until(5)

    assert client.endings == [(Ending.COMPLETE, 4)] * 4
    assert not client.gate.watching.faults


@BOTH
async def test_who_leaves_while_the_intent_is_written_took_nothing(
    *, is_express: bool
) -> None:
    async with met(is_express=is_express) as client:
        client.gate.recorder.writes_s = 0.1
        await client.asks()
        await asyncio.sleep(0.03)
        client.writer.transport.abort()
        last = (await client.gate.watching.until(2))[-1]

    assert (last.status, last.ending) == (0, Ending.ABORTED)
    assert client.endings == [(Ending.ABORTED, 0)]


@BOTH
@pytest.mark.parametrize("fault", ["is_broken", "is_stopping"])
async def test_an_intent_that_cannot_be_stored_is_a_503_and_no_page(
    fault: str, *, is_express: bool
) -> None:
    async with met(is_express=is_express) as client:
        setattr(client.gate.recorder, fault, True)
        await client.asks()
        refused = await client.got()
        setattr(client.gate.recorder, fault, False)
        await client.asks()
        passed = await client.got()
        await client.gate.watching.until(3)

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert passed.endswith(b"page")
    assert client.endings == [(Ending.COMPLETE, 4)]


@BOTH
async def test_a_cap_is_asked_before_each_page(*, is_express: bool) -> None:
    caps = FakeCaps(room_bytes=11)
    async with met(is_express=is_express, caps=caps) as client:
        await client.asks()
        passed = await client.got()
        await client.asks()
        refused = await client.got()

    assert passed.endswith(b"page")
    assert refused.startswith(b"HTTP/1.1 429 ")
    assert client.endings == [(Ending.COMPLETE, 4)]


async def test_a_page_that_ends_its_connection_is_confirmed_by_a_task() -> None:
    async with met() as client:
        await client.asks()
        await client.got()
        await client.asks(LAST)
        answer = await client.got()
        await client.gate.watching.until(3)

    assert b"Connection: close" in answer
    assert client.endings == [(Ending.COMPLETE, 4)] * 2


async def test_a_mistake_of_ours_counts_nothing_and_leaves_nobody_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mistake = RuntimeError("not made for this")

    def breaks(*_arguments: object) -> bool:
        raise mistake

    async with met() as client:
        with monkeypatch.context() as patched:
            patched.setattr(Outflow, "send_whole", breaks)
            await client.asks()
            await client.gate.watching.until(2)
            assert not await client.reader.read()

    assert client.gate.watching.faults == [mistake]
    assert client.endings == [(Ending.CUT, 0)]


@BOTH
async def test_a_drain_ends_who_waits_for_the_store(*, is_express: bool) -> None:
    async with met(is_express=is_express) as client:
        client.gate.recorder.writes_s = 0.2
        await client.asks()
        await client.gate.server.drain(0.05)
        await until(lambda: len(client.gate.recorder.events) > 1)

    assert client.endings == [(Ending.ABORTED, 0)]


async def test_an_intent_that_nobody_waits_for_any_more_is_closed() -> None:
    async with met() as client:
        client.gate.recorder.writes_s = 0.5
        await client.asks()
        client.writer.transport.abort()
        await asyncio.sleep(0.1)
        for task in client.gate.server.tasks:
            task.cancel()
        await until(lambda: len(client.gate.recorder.events) > 1)

    assert client.endings == [(Ending.CUT, 0)]
