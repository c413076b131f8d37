"""A gateway that stands on loopback in front of an upstream, and raw clients for it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gateway.kernel.errors import Unavailable
from gateway.kernel.request import Headers
from gateway.proxy.accept import Doorway
from gateway.proxy.account import Metering
from gateway.proxy.client_address import Network
from gateway.proxy.doors import Door, Threshold
from gateway.proxy.entrance import Entrance
from gateway.proxy.handler import ProxyHandler
from gateway.proxy.limits import ConnectionLimits
from gateway.proxy.listener import PublicServer, make_public_server
from gateway.proxy.ongoing import Ongoing
from gateway.upstream.client import UpstreamClient
from gateway.upstream.limits import Limits
from gateway.web.problems import Problems
from tests.fakes.time_and_chance import CountingIds
from tests.integration.proxy.fakes import (
    FakeAdmission,
    FakeCaps,
    FakeLabels,
    FakePages,
    FakePressure,
    FakeRecorder,
    Watching,
)
from tests.integration.proxy.ways import here, opened, server_side


class RealClock:
    def now_us(self) -> int:
        return time.time_ns() // 1000

    def ticks_ns(self) -> int:
        return time.monotonic_ns()


def our_fields(headers: Headers) -> tuple[str, ...]:
    """Which fields carry a credential of ours, as these tests know them."""
    value = headers.get("authorization")
    return ("authorization",) if value.startswith(("License ", "Bearer cg_")) else ()


@dataclass
class Gateway:
    """Everything a test may look at or change."""

    server: PublicServer
    port: int
    admission: FakeAdmission
    recorder: FakeRecorder
    pressure: FakePressure
    watching: Watching = field(default_factory=Watching)
    ongoing: Ongoing = field(kw_only=True)
    revoked: set[str] = field(kw_only=True)

    @property
    def url(self) -> str:
        return f"{'https' if here.is_tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"


@asynccontextmanager
async def gateway(
    upstream: str,
    *,
    admission: FakeAdmission | None = None,
    caps: FakeCaps | None = None,
    trusted: Sequence[Network] = (),
    limits: ConnectionLimits | None = None,
    upstream_limits: Limits | None = None,
    preserve_host: bool = True,
    is_invoiced: bool = True,
) -> AsyncIterator[Gateway]:
    admission = admission or FakeAdmission()
    recorder, pressure, clock = FakeRecorder(), FakePressure(), RealClock()
    watching = Watching()
    problems = Problems(
        admission.policies, lambda asked: f"{asked.scheme}://{asked.authority}"
    )
    client = UpstreamClient(
        {"archive": upstream},
        limits=upstream_limits or Limits(connect_s=2, silence_s=2, hold_s=1),
        preserve_host=preserve_host,
    )
    revoked: set[str] = set()

    async def those_revoked(key_ids: frozenset[str]) -> frozenset[str]:
        if admission.is_store_down:
            raise Unavailable("the store of keys does not answer")
        return key_ids & revoked

    ongoing = Ongoing(those_revoked, clock)
    handler = ProxyHandler(
        admission,
        client,
        Metering(recorder, caps, clock, "node-1", "boot-1", lambda _: is_invoiced),
        problems,
        pressure,
        our_fields,
        clock,
        "archive",
        own=FakePages(),
        labels=FakeLabels(),
        observer=watching.hear,
        ongoing=ongoing,
    )
    entrance = Entrance(
        handler,
        problems,
        Doorway("http", trusted),
        limits or ConnectionLimits(body_idle_s=2, linger_s=1),
        CountingIds(),
        clock,
        watching.faults.append,
        express=handler if here.is_express else None,
    )
    server = make_public_server(entrance)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    door = Door(server, listening, Threshold(server_side()))
    await door.open()
    try:
        yield Gateway(
            server,
            port,
            admission,
            recorder,
            pressure,
            watching,
            ongoing=ongoing,
            revoked=revoked,
        )
    finally:
        await door.close()
        await server.drain(1)
        await client.close()


async def exchanged(port: int, request: bytes, *, timeout_s: float = 10) -> bytes:
    """Send bytes and read until the gateway closes."""
    reader, writer = await opened(port)
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(timeout_s):
            return await reader.read()
    finally:
        writer.close()


def request_bytes(
    target: str = "/",
    *fields: str,
    method: str = "GET",
    host: str = "archive.example",
    body: bytes = b"",
) -> bytes:
    """One request that ends its connection."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
    head = "\r\n".join([*lines, *fields]) + "\r\n\r\n"
    return head.encode("latin-1") + body


def status_of(answer: bytes) -> int:
    """The status of the first response in some bytes; 0 for none."""
    first = answer.partition(b"\r\n")[0].split(b" ")
    return int(first[1]) if len(first) > 1 and first[1].isdigit() else 0


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something has become true."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 what it waits for tells nobody
            await asyncio.sleep(0.005)
