"""Where a streamed body leaves us, and the count of what really left."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from enum import Enum

from aiohttp.abc import AbstractStreamWriter

from gateway.kernel.errors import UpstreamFailed
from gateway.proxy.connection import Connection
from gateway.proxy.exchange import Delivered
from gateway.proxy.http1 import LAST_CHUNK, chunk_bytes
from gateway.proxy.send_queue import buffered_bytes, queued_bytes

# A piece that is still being written when the client goes counts as unsent whole.
PIECE_BYTES_MAX = 16 * 1024
CONFIRM_FIRST_MS = 1
CONFIRM_LAST_MS = 64
STALLED_MS = 30_000
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Framing(Enum):
    """How the end of a body is shown."""

    NONE = "none"  # HEAD, 204, 304: there is no body
    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"  # HTTP/1.0 without a length: the end of the connection


class AiohttpSink:
    """Implements `BodySink` over one connection.

    Attributes:
        delivered: What left us so far; final after `finish` or `abort`.
    """

    def __init__(
        self,
        writer: AbstractStreamWriter,
        connection: Connection,
        framing: Framing,
        *,
        body_bytes: int | None,
        when_cut: Callable[[], None],
    ) -> None:
        self.delivered = Delivered()
        self._writer = writer
        self._connection = connection
        self._framing = framing
        self._body_bytes = body_bytes
        self._when_cut = when_cut
        self._buffered = 0
        self._is_over = False

    def flush(self) -> None:
        """The head is never held back here."""

    async def write(self, chunk: bytes) -> None:
        """Pass a chunk on, piece by piece, each as far as the kernel takes it.

        Raises:
            ConnectionError: the client is gone.
            UpstreamFailed: the body is longer than announced.
        """
        if self._framing is Framing.NONE:
            return
        if self._framing is Framing.LENGTH and self._body_bytes is not None:
            room = self._body_bytes - self.delivered.handed_over
            if len(chunk) > room:
                detail = "the archive sent more than it announced"
                raise UpstreamFailed(detail, kind="broken")
        for start in range(0, len(chunk), PIECE_BYTES_MAX):
            await self._hand_over(chunk[start : start + PIECE_BYTES_MAX])

    async def _hand_over(self, piece: bytes) -> None:
        framed = chunk_bytes(piece) if self._framing is Framing.CHUNKED else piece
        # Until the write returns all of it counts as unsent.
        self.delivered.handed_over += len(piece)
        self._buffered += len(framed)
        await self._send(framed)
        self._buffered = buffered_bytes(self._connection.wire)

    async def finish(self, *, is_confirmed: bool = False) -> None:
        """The body is complete.

        Raises:
            ConnectionError: the client is gone without the whole.
            UpstreamFailed: the body is shorter than announced.
        """
        if self._framing is Framing.LENGTH:
            if self.delivered.handed_over != self._body_bytes:
                detail = "the archive sent less than it announced"
                raise UpstreamFailed(detail, kind="broken")
        elif self._framing is Framing.CHUNKED:
            await self._send(LAST_CHUNK)
        if is_confirmed and self.delivered.handed_over:
            await self._confirm()
        self._is_over = True
        self.delivered.is_complete = True

    async def abort(self) -> None:
        """Close at once; the client sees that the body is cut."""
        if self._is_over:
            return
        self._is_over = True
        self.delivered.unsent = min(self.delivered.handed_over, self._unsent())
        self._when_cut()
        wire = self._connection.wire
        if wire is None or self._connection.is_lost:
            return
        if self._framing is Framing.CLOSE:
            # An orderly end would look like the end of the body.
            raw = wire.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        wire.abort()

    def _unsent(self) -> int:
        """What is still on this machine; more rather than less."""
        connection = self._connection
        if connection.is_lost:
            return self._buffered + connection.lost_unsent
        in_process = max(self._buffered, buffered_bytes(connection.wire))
        return in_process + queued_bytes(connection.wire)

    async def _send(self, framed: bytes) -> None:
        await self._writer.write(framed)
        await self._writer.drain()
        wire = self._connection.wire
        # A transport that fails while it writes drops the data and says nothing.
        if self._connection.is_lost or wire is None or wire.is_closing():
            raise ConnectionResetError("the client is gone")

    async def _confirm(self) -> None:
        """Wait until the other end has acknowledged everything.

        Raises:
            ConnectionError: it went away, or stopped reading, before it did.
        """
        connection = self._connection
        pause_ms, stalled_ms, left = CONFIRM_FIRST_MS, 0, queued_bytes(connection.wire)
        while left and not connection.is_lost and stalled_ms < STALLED_MS:
            connection.stirred.clear()
            try:
                async with asyncio.timeout(pause_ms / 1000):
                    await connection.stirred.wait()
            except TimeoutError:
                stalled_ms += pause_ms
            pause_ms = min(2 * pause_ms, CONFIRM_LAST_MS)
            before, left = left, queued_bytes(connection.wire)
            if left < before:
                stalled_ms = 0
        left = connection.lost_unsent if connection.is_lost else left
        if left:
            raise ConnectionResetError("the client did not take the whole body")
