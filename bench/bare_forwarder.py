"""The floor: the least that a forwarder on uvloop and httptools can do.

`python bench/bare_forwarder.py LISTEN_PORT UPSTREAM_PORT`. It reads a request with
llhttp, hands its bytes to a kept connection, counts the answer by its Content-Length
and hands it back: no rule, no limit, no log, no check of anything. It is no proxy; it
is how much of our cost is Python's event loop and the kernel, measured beside us.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import httptools
import uvloop

END, LENGTH = b"\r\n\r\n", b"Content-Length: "
IDLE: list[Upstream] = []


class Upstream(asyncio.Protocol):
    """A connection to the archive."""

    def __init__(self) -> None:
        self.client: Client | None = None
        self.transport: asyncio.Transport
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Pass it back, whoever it is for."""
        if self._left:
            self._left -= len(data)
        else:
            begins = data.index(LENGTH) + len(LENGTH)
            length = int(data[begins : data.index(b"\r", begins)])
            self._left = length - (len(data) - data.index(END) - len(END))
        if self.client is not None and not self.client.transport.is_closing():
            self.client.transport.write(data)
        if not self._left:
            self.client = None
            IDLE.append(self)


class Client(asyncio.Protocol):
    """A connection of a client, which asks for one thing after the other."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """A head, whole and alone, as the load generator sends it."""
        self._parser.feed_data(data)
        if IDLE:
            self._send(IDLE.pop(), data)
            return
        task = asyncio.get_running_loop().create_task(self._connect(data))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send(self, upstream: Upstream, data: bytes) -> None:
        upstream.client = self
        upstream.transport.write(data)

    async def _connect(self, data: bytes) -> None:
        loop, port = asyncio.get_running_loop(), int(sys.argv[2])
        _, upstream = await loop.create_connection(Upstream, "127.0.0.1", port)
        self._send(upstream, data)


async def _serve() -> None:
    loop, port = asyncio.get_running_loop(), int(sys.argv[1])
    server = await loop.create_server(Client, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
