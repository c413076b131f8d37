"""Upstreams for tests: one that misbehaves to order, byte for byte, and one that does
not."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)

Script = Callable[
    [bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool | None]
]


@dataclass
class RawOrigin:
    """An upstream that writes exactly what it is told.

    Attributes:
        script: Answers one request given its head; True keeps the connection open.
        heads: Every request head that arrived.
        bodies: Every body, in the same order.
        connections: How many connections were made.
    """

    script: Script
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def names(self, number: int = -1) -> list[str]:
        """Field names of a request, in lower case."""
        lines = self.heads[number].decode("latin-1").split("\r\n")[1:]
        return [line.partition(":")[0].lower() for line in lines if line]

    def field(self, name: str, number: int = -1) -> list[str]:
        """Values of a field of a request."""
        lines = self.heads[number].decode("latin-1").split("\r\n")[1:]
        return [
            line.partition(":")[2].strip()
            for line in lines
            if line.partition(":")[0].lower() == name
        ]

    async def converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                self.bodies.append(await _body(head, reader))
                if not await self.script(head, reader, writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    if length := LENGTH.search(head):
        return await reader.readexactly(int(length[1]))
    body = b""
    while CHUNKED.search(head):
        line = await reader.readline()
        if not line:
            raise asyncio.IncompleteReadError(body, None)
        size = int(line.split(b";")[0], 16)
        body += (await reader.readexactly(size + 2))[:-2]
        if not size:
            break
    return body


def says(answer: bytes, *, is_kept: bool = False) -> Script:
    """Always answer with these bytes."""

    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        writer.write(answer)
        await writer.drain()
        return is_kept

    return script


HELLO = says(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", is_kept=True)


@asynccontextmanager
async def raw_origin(
    script: Script = HELLO, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawOrigin]:
    origin = RawOrigin(script, scheme="https" if tls else "http")
    server = await asyncio.start_server(origin.converse, "127.0.0.1", 0, ssl=tls)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        server.close()


@asynccontextmanager
async def served(server: web.Server) -> AsyncIterator[str]:
    """Serve a low-level aiohttp server; gives its URL."""
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        listening.close()
        await server.shutdown(1)


@asynccontextmanager
async def app_origin(app: web.Application) -> AsyncIterator[str]:
    """Serve an aiohttp application; gives its URL."""
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
