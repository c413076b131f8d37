"""An upgraded connection: raw bytes both ways, each way no faster than its reader."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from contextlib import suppress

from gateway.kernel.errors import UpstreamFailed
from gateway.proxy.connection import Connection
from gateway.proxy.exchange import Delivered
from gateway.proxy.ports import UpstreamAnswer

WAITING_BYTES_MAX = 64 * 1024
# One side has ended; the other may finish what it is saying.
HALF_OPEN_S = 30


class FromClient:
    """What the client sends, until the upstream takes it.

    Attributes:
        is_full: The client should pause.
    """

    __slots__ = ("_connection", "_is_over", "_pieces", "_waiter", "_waiting_bytes")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pieces: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._is_over = False
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_full(self) -> bool:
        """Does too much wait here?"""
        return self._waiting_bytes > WAITING_BYTES_MAX

    def feed(self, received: bytes) -> bytes:
        """Take in bytes; none at all is the end."""
        if received:
            self._pieces.append(received)
            self._waiting_bytes += len(received)
        else:
            self._is_over = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        if self.is_full:
            self._connection.regulate_reading()
        return b""

    async def read(self) -> bytes:
        """The next bytes; empty at the end."""
        while not self._pieces and not self._is_over:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if not self._pieces:
            return b""
        piece = self._pieces.popleft()
        self._waiting_bytes -= len(piece)
        self._connection.regulate_reading()
        return piece


async def joined(connection: Connection, upstream: UpstreamAnswer) -> Delivered:
    """Pass bytes both ways until both sides have ended, or one is gone.

    Returns:
        Bytes that left us towards the client.
    """
    from_client = FromClient(connection)
    connection.begin_tunnel(from_client)
    wire = connection.transport.get_extra_info("socket")
    if wire is not None:
        # Nobody's silence ends a tunnel; a peer that vanished does.
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    delivered = Delivered()
    up = asyncio.ensure_future(_up(from_client, upstream))
    down = asyncio.ensure_future(_down(upstream, connection, delivered))
    try:
        done, rest = await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        ended_well = all(way.result() for way in done)
        if rest and ended_well and not connection.is_lost:
            await asyncio.wait(rest, timeout=HALF_OPEN_S)
    finally:
        for way in (up, down):
            way.cancel()
        await asyncio.gather(up, down, return_exceptions=True)
    delivered.unsent = min(delivered.handed_over, connection.out.unsent_bytes())
    delivered.is_complete = not delivered.unsent
    return delivered


async def _up(from_client: FromClient, upstream: UpstreamAnswer) -> bool:
    """What the client says; True where it came to its end."""
    try:
        while piece := await from_client.read():
            await upstream.write(piece)
        upstream.write_eof()
    except (ConnectionError, UpstreamFailed):
        return False
    return True


async def _down(
    upstream: UpstreamAnswer, connection: Connection, delivered: Delivered
) -> bool:
    """What the upstream says; True where it came to its end."""
    try:
        while piece := upstream.take() or await upstream.read():
            connection.out.send(piece)
            delivered.handed_over += len(piece)
            await connection.out.drained()
    except (ConnectionError, UpstreamFailed):
        return False
    if connection.out.is_tls or not connection.transport.can_write_eof():
        return False
    with suppress(OSError, RuntimeError):
        connection.transport.write_eof()
    return True
