"""An upstream's answer, as whoever asked holds it: read once, closed once.

The connection is let go when the answer's last byte has come, not when it was taken:
a slow reader of a short page holds nothing of the upstream's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from gateway.upstream.answer_head import AnswerHead
from gateway.upstream.answer_reader import OVER, TUNNEL, AnswerReader
from gateway.upstream.connection import Connection
from gateway.upstream.response import ResponseHead


class Sending(Protocol):
    """A request's body on its way."""

    def stop(self) -> None:
        """Send no more."""


class Answered:
    """One answer; fills the port `UpstreamAnswer` of `proxy`.

    Attributes:
        head: Its head, as it is passed on.
        reader: What has come of it.
        upload: The request's body while that is sent, or None.
    """

    __slots__ = (
        "_abandon",
        "_connection",
        "_fault",
        "_waiter",
        "head",
        "reader",
        "upload",
    )

    head: ResponseHead

    def __init__(
        self,
        connection: Connection,
        reader: AnswerReader,
        abandon: Callable[[], None] | None = None,
    ) -> None:
        """Begin to listen.

        Args:
            connection: Where it comes from.
            reader: Reads it.
            abandon: Ends the client's connection, and what waits there.
        """
        self.reader = reader
        self.upload: Sending | None = None
        self._abandon = abandon
        self._connection = connection
        self._fault: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    async def begun(self) -> AnswerHead:
        """Wait for the head.

        Raises:
            UpstreamFailed: none came, or none that is one.
            Stale: the connection had died before.
            Exception: what the client's own body raised.
        """
        reader = self.reader
        while reader.head is None:
            if self._fault is not None:
                raise self._fault
            self._waiter = self._connection.loop.create_future()
            await self._waiter
        return reader.head

    @property
    def is_over(self) -> bool:
        """The body has ended as announced, and all of it was taken."""
        return self.reader.phase == OVER and not self.reader.unread_bytes

    def take(self) -> bytes:
        """The bytes that are here already; empty for none, and at the end."""
        reader = self.reader
        return reader.take() if reader.unread_bytes else b""

    async def read(self) -> bytes:
        """The next bytes; empty at the end.

        Raises:
            UpstreamFailed: it ended early, or fell silent.
            Exception: what the client's own body raised.
        """
        while True:
            data = self.take()
            if data or self.reader.is_over:
                return data
            if self._fault is not None:
                raise self._fault
            # Not before: what is not asked for waits in the kernel, not here.
            self._connection.resume()
            self._waiter = self._connection.loop.create_future()
            await self._waiter

    def hold(self) -> None:
        """Nothing is taken for a while: what has not come shall wait where it is."""
        if self._connection.hears(self):
            self._connection.hold()

    def close(self) -> None:
        """Be done with it, however far it was read; again does nothing."""
        if self.upload is not None:
            self.upload.stop()
            self.upload = None
        if not self._connection.hears(self):
            return
        if self.reader.phase == TUNNEL:
            self._connection.finish()
        else:
            self._connection.abort()

    async def write(self, data: bytes) -> None:
        """Send bytes through the tunnel; waits while the upstream is slow.

        Raises:
            ConnectionError: the upstream is gone, or this is no tunnel.
        """
        self._require_tunnel()
        await self._connection.send(data)

    def write_eof(self) -> None:
        """Nothing more will be sent through the tunnel; TLS cannot say so."""
        self._require_tunnel()
        transport = self._connection.transport
        if transport.can_write_eof() and not transport.is_closing():
            transport.write_eof()

    def takes(self, data: bytes) -> Callable[[], None] | None:
        """Whom to tell, where that can do without the reader: here nobody can."""
        return None

    def stirred(self) -> None:
        """Something came."""
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def failed(self, fault: Exception) -> None:
        """Nothing more will come; the first fault is the one that is told."""
        if self._fault is None:
            self._fault = fault
        self.stirred()

    def gave_way(self) -> None:
        """The client was too slow while others waited."""
        slow = "too slow while others wait"
        if self.reader.head is None:
            self.failed(TimeoutError(slow))
            return
        self.failed(ConnectionAbortedError(slow))
        if self._abandon is not None:
            self._abandon()

    def _require_tunnel(self) -> None:
        if self.reader.phase != TUNNEL:
            raise ConnectionResetError("there is no tunnel to the archive")
