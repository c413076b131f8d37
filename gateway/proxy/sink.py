"""Where a streamed body leaves us, and the count of what really left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum

from gateway.kernel.errors import UpstreamFailed
from gateway.proxy.connection import Connection
from gateway.proxy.exchange import Delivered
from gateway.proxy.http1 import LAST_CHUNK, chunk_bytes

JOINED_BYTES_MAX = 64 * 1024
CONFIRM_FIRST_MS = 1
CONFIRM_LAST_MS = 64
STALLED_MS = 30_000


class Framing(Enum):
    """How the end of a body is shown."""

    NONE = "none"  # HEAD, 204, 304: there is no body
    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"  # HTTP/1.0 without a length: the end of the connection


class Sink:
    """Implements `BodySink` over one connection.

    Attributes:
        delivered: What left us so far; final after `finish` or `abort`.
        is_cut: The client was left with a part.
    """

    __slots__ = (
        "_body_bytes",
        "_connection",
        "_framing",
        "_held",
        "_is_over",
        "delivered",
        "is_cut",
    )

    def __init__(
        self,
        connection: Connection,
        framing: Framing,
        head: bytes,
        *,
        body_bytes: int | None,
    ) -> None:
        """Begin an answer.

        Args:
            connection: Where it goes.
            framing: How its end is shown.
            head: Its head, sent together with the first piece.
            body_bytes: Its length, where that was announced.
        """
        self.delivered = Delivered()
        self.is_cut = False
        self._connection = connection
        self._framing = framing
        self._held = head
        self._body_bytes = body_bytes
        self._is_over = False

    def flush(self) -> None:
        """Send the head now.

        Raises:
            ConnectionError: the client is gone.
        """
        if self._held:
            held, self._held = self._held, b""
            self._connection.out.send(held)

    async def write(self, chunk: bytes, *, waits: Callable[[], None]) -> None:
        """Pass a chunk on; waits while too much of it is still here.

        Args:
            chunk: The next bytes of the body.
            waits: Called where it has to wait, before it does.

        Raises:
            ConnectionError: the client is gone.
            UpstreamFailed: the body is longer than announced.
        """
        framing = self._framing
        if framing is Framing.NONE or not chunk:
            return
        if framing is Framing.LENGTH:
            handed_over = self.delivered.handed_over + len(chunk)
            if self._body_bytes is None or handed_over > self._body_bytes:
                detail = "the archive sent more than it announced"
                raise UpstreamFailed(detail, kind="broken")
        framed = chunk_bytes(chunk) if framing is Framing.CHUNKED else chunk
        if self._held:
            if len(framed) <= JOINED_BYTES_MAX:
                framed, self._held = self._held + framed, b""
            else:
                self.flush()
        out = self._connection.out
        out.send(framed)
        self.delivered.handed_over += len(chunk)
        if out.must_wait:
            waits()
            await out.drained()

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
            self._connection.out.send(self._held + LAST_CHUNK)
            self._held = b""
        self.flush()
        if is_confirmed and self.delivered.handed_over:
            await self._confirm()
        elif self._connection.is_lost and self._connection.out.on_this_machine_bytes():
            raise ConnectionResetError("the client is gone")
        self._is_over = True
        self.delivered.is_complete = True

    async def abort(self) -> None:
        """Close at once; the client sees that the body is cut."""
        if self._is_over:
            return
        self._is_over = self.is_cut = True
        connection, delivered = self._connection, self.delivered
        delivered.unsent = min(delivered.handed_over, connection.out.unsent_bytes())
        if connection.is_lost:
            return
        if self._framing is Framing.CLOSE:
            # An orderly end would look like the end of the body.
            connection.out.reset()
        connection.transport.abort()

    async def _confirm(self) -> None:
        """Wait until the other end has acknowledged everything.

        Raises:
            ConnectionError: it went away, or stopped reading, before it did.
        """
        connection = self._connection
        if connection.out.is_tls:
            # What is encrypted is written at the end of the loop's turn.
            await asyncio.sleep(0)
        # Just after it was sent nothing can have been acknowledged.
        pause_ms, stalled_ms = CONFIRM_FIRST_MS, 0
        left = self.delivered.handed_over
        while left and stalled_ms < STALLED_MS:
            stands = await connection.out.stirred(pause_ms)
            before, left = left, connection.out.on_this_machine_bytes()
            if not stands:
                break
            stalled_ms += pause_ms
            pause_ms = min(2 * pause_ms, CONFIRM_LAST_MS)
            if left < before:
                stalled_ms = 0
        if left:
            raise ConnectionResetError("the client did not take the whole body")
