"""A client of ours before an upstream that does as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from gateway.kernel.request import Headers, Request
from gateway.upstream.answered import Answered
from gateway.upstream.client import UpstreamClient
from gateway.upstream.limits import Limits
from gateway.upstream.order import Order
from tests.integration.proxy.origins import HELLO, RawOrigin, Script, raw_origin


@dataclass(frozen=True, slots=True)
class Wire:
    """How both ends speak: plain, or TLS."""

    server: ssl.SSLContext | None = None
    client: ssl.SSLContext | None = None


PLAIN = Wire()
Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENT = Limits(connect_s=20, silence_s=20, hold_s=0.2)


@dataclass(frozen=True, slots=True)
class Standing:
    """An upstream, and a client of it."""

    origin: RawOrigin
    client: UpstreamClient

    async def ask(self, order: Order | None = None) -> Answered:
        async with asyncio.timeout(30):
            return await self.client.ask(order or get())

    async def whole(self, order: Order | None = None) -> tuple[int, bytes]:
        """Ask, read to the end and close: status and body."""
        answer = await self.ask(order)
        try:
            return answer.head.status, await rest_of(answer)
        finally:
            answer.close()


async def rest_of(answer: Answered) -> bytes:
    got = []
    async with asyncio.timeout(30):
        while piece := await answer.read():
            got.append(piece)
    return b"".join(got)


def get(target: str = "/", *, method: str = "GET", **parts: object) -> Order:
    """An order, as a client without credentials gives it."""
    asked = Request(
        "req_1",
        method,
        "http",
        "a.example",
        "a.example",
        target,
        target,
        headers=Headers([("Host", "a.example"), ("Accept", "*/*")]),
        client_ip="192.0.2.7",
    )
    return replace(Order(asked, "archive", target), **parts)  # type: ignore[arg-type]


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    """A request's body that is there at once."""
    for piece in given:
        yield piece


@asynccontextmanager
async def standing(
    script: Script = HELLO, wire: Wire = PLAIN, *, limits: Limits = PATIENT
) -> AsyncIterator[Standing]:
    async with raw_origin(script, tls=wire.server) as origin:
        client = UpstreamClient({"archive": origin.url}, limits=limits, tls=wire.client)
        try:
            yield Standing(origin, client)
        finally:
            await client.close()


@asynccontextmanager
async def served(
    conversation: Conversation, wire: Wire = PLAIN, *, limits: Limits = PATIENT
) -> AsyncIterator[UpstreamClient]:
    """Give a client before an upstream that is a conversation of its own."""
    tasks: set[asyncio.Task[None] | None] = set()

    async def conversing(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        tasks.add(asyncio.current_task())
        try:
            await conversation(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            writer.transport.abort()

    server = await asyncio.start_server(conversing, "127.0.0.1", 0, ssl=wire.server)
    port = server.sockets[0].getsockname()[1]
    scheme = "https" if wire.server else "http"
    client = UpstreamClient(
        {"archive": f"{scheme}://127.0.0.1:{port}"}, limits=limits, tls=wire.client
    )
    try:
        yield client
    finally:
        await client.close()
        server.close()
        for task in tasks:
            if task is not None:
                task.cancel()
                await task


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop turn until something holds; a test's time-out ends it."""
    while not holds():  # noqa: ASYNC110 nobody could set an event
        await asyncio.sleep(0.01)
