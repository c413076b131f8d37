"""What goes to a client: bounded, watched for standstill, and counted to the byte."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from functools import partial

from gateway.proxy.limits import ConnectionLimits
from gateway.proxy.send_queue import acknowledged_bytes, queued_bytes

# More waits in the kernel, where it costs whoever reads slowly nothing of ours; a piece
# that is longer than this is tried at once, so a fast reader does not wait for it.
WRITE_HIGH_BYTES = 32 * 1024
# To copy so little is cheaper than to hand over two pieces.
COPIED_BYTES_MAX = 8 * 1024
# What the kernel holds of it beside what is under way. Without this it takes
# megabytes for a client that reads nothing, in memory that no limit of ours sees.
KERNEL_BYTES_MAX = 128 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
# A TLS record and what is behind it (AEAD ciphers only; RFC 8446 §5.2, RFC 5288).
RECORD_BYTES, RECORD_EXTRA_BYTES = 16 * 1024, 32
# Session tickets may follow the handshake at any time.
TICKETS_BYTES = 2 * 1024
GONE = "the client is gone"


class Outflow:
    """The way out of one connection.

    Attributes:
        is_lost: The connection is gone.
        is_tls: What is written is encrypted on its way.
    """

    __slots__ = (
        "_before_bytes",
        "_buffered_bytes",
        "_drain",
        "_is_paused",
        "_queued_bytes",
        "_sent_bytes",
        "_slow_bytes",
        "_slow_since_s",
        "_stirred",
        "_transport",
        "_unsent_bytes",
        "_writes",
        "is_lost",
        "is_tls",
    )

    def __init__(self, transport: asyncio.Transport) -> None:
        self.is_lost = self._is_paused = False
        self.is_tls = transport.get_extra_info("sslcontext") is not None
        self._transport = transport
        self._drain: asyncio.Future[None] | None = None
        self._stirred: Callable[[], None] | None = None
        self._sent_bytes = self._buffered_bytes = self._writes = 0
        self._unsent_bytes = self._queued_bytes = 0
        self._slow_since_s = self._slow_bytes = -1
        # Nothing of ours was sent yet: it is the handshake, where that counts.
        self._before_bytes = acknowledged_bytes(transport) or 0
        if self.is_tls:
            self._before_bytes += queued_bytes(transport) + TICKETS_BYTES
        transport.set_write_buffer_limits(high=WRITE_HIGH_BYTES)
        self._option(socket.IPPROTO_TCP, "TCP_NOTSENT_LOWAT", KERNEL_BYTES_MAX)

    def send(self, sent: bytes) -> None:
        """Hand bytes over to the transport.

        Raises:
            ConnectionError: the client is gone.
        """
        if self.is_lost or self._transport.is_closing():
            raise ConnectionResetError(GONE)
        self._sent_bytes += len(sent)
        self._writes += 1
        self._transport.write(sent)
        if self._transport.is_closing():
            # A transport that dies drops what it holds before it says so.
            self._buffered_bytes += len(sent)
        else:
            self._buffered_bytes = self._transport.get_write_buffer_size()

    def send_whole(self, head: bytes, body: bytes | memoryview) -> bool:
        """Send where it `is_ready`; False where the connection broke at that."""
        size = len(head) + len(body)
        self._sent_bytes += size
        self._writes += 1
        if size <= COPIED_BYTES_MAX or self.is_tls:
            self._transport.write(head + body)
        else:
            # One system call all the same, and the body is not copied for it.
            self._transport.writelines((head, body))
        if self._transport.is_closing():
            self._buffered_bytes = size
            return False
        self._buffered_bytes = self._transport.get_write_buffer_size()
        return True

    @property
    def is_ready(self) -> bool:
        """It stands, and nothing waits: what is sent now leaves at once."""
        wire = self._transport
        return not (self.is_lost or wire.is_closing() or wire.get_write_buffer_size())

    @property
    def must_wait(self) -> bool:
        """Would `drained` wait, or say that the client is gone?"""
        return self._is_paused or self.is_lost or self._transport.is_closing()

    async def drained(self) -> None:
        """Wait while the client reads slowly.

        Raises:
            ConnectionError: the client is gone.
        """
        if self._is_paused and not self.is_lost:
            self._drain = asyncio.get_running_loop().create_future()
            try:
                await self._drain
            finally:
                self._drain = None
        # A client may hang up as soon as it has the whole.
        gone = self.is_lost or self._transport.is_closing()
        if gone and self.on_this_machine_bytes():
            raise ConnectionResetError(GONE)

    def unsent_bytes(self) -> int:
        """Of what was sent, what is still on this machine; more rather than less."""
        return self._unsent_bytes if self.is_lost else self._unsent()

    def on_this_machine_bytes(self) -> int:
        """Bytes that wait here or in the kernel; 0 once all are acknowledged."""
        if self.is_lost:
            return min(self._queued_bytes, self._unsent_bytes)
        if self._transport.is_closing():
            # What it dropped is in no buffer any more.
            queued = self._buffered_bytes + queued_bytes(self._transport)
            return min(queued, self._unsent())
        waiting = self._transport.get_write_buffer_size()
        return waiting + queued_bytes(self._transport)

    async def stirred(self, within_ms: int) -> bool:
        """Wait until something arrives, the connection is lost, or it is too late.

        Returns:
            Whether the connection still stands.
        """
        loop = asyncio.get_running_loop()
        began: asyncio.Future[None] = loop.create_future()
        self._stirred = partial(_settle, began)
        timer = loop.call_later(within_ms / 1_000, self.stir)
        await began
        timer.cancel()
        return not self.is_lost

    @property
    def is_awaited(self) -> bool:
        """Does somebody wait for acknowledgements?"""
        return self._stirred is not None

    def stir(self) -> None:
        """Something arrived, and with it perhaps acknowledgements."""
        stirred, self._stirred = self._stirred, None
        if stirred is not None:
            stirred()

    def watch(self, stirred: Callable[[], None]) -> None:
        """Call somebody as soon as something arrives, or the connection is lost."""
        self._stirred = stirred

    def pause(self) -> None:
        """The transport holds as much as it shall."""
        self._is_paused = True

    def resume(self) -> None:
        """There is room again."""
        self._is_paused = False
        self._buffered_bytes = self._transport.get_write_buffer_size()
        _settle(self._drain)

    def lose(self) -> None:
        """The connection is gone, and its socket about to close."""
        self._unsent_bytes = self._unsent()
        self._queued_bytes = self._buffered_bytes + queued_bytes(self._transport)
        self.is_lost = True
        self.stir()
        _settle(self._drain)

    def reset(self) -> None:
        """Close at once, and leave nothing for the kernel to go on offering."""
        if not self.is_lost:
            self._option(socket.SOL_SOCKET, "SO_LINGER", RESET_ON_CLOSE)
            self._transport.abort()

    def is_stuck(self, now_s: int, limits: ConnectionLimits) -> bool:
        """Has the client all but stopped reading? To be asked once a second."""
        buffered = self._transport.get_write_buffer_size()
        if not buffered or self.is_lost:
            self._slow_since_s = -1
            return False
        gone = self._sent_bytes - buffered
        span_s = now_s - self._slow_since_s
        if self._slow_since_s < 0:
            self._slow_since_s, self._slow_bytes = now_s, gone
        elif span_s >= limits.reading_rate_after_s:
            if gone - self._slow_bytes < limits.reading_rate_min * span_s:
                return True
            self._slow_since_s, self._slow_bytes = now_s, gone
        return False

    def _option(self, level: int, name: str, value: int | bytes) -> None:
        """Set an option of the socket, where there are both; not every pipe has."""
        wire = self._transport.get_extra_info("socket")
        option = getattr(socket, name, None)
        if wire is not None and option is not None and wire.family != socket.AF_UNIX:
            wire.setsockopt(level, option, value)

    def _unsent(self) -> int:
        """What is surely no less than what has not left."""
        acknowledged = acknowledged_bytes(self._transport)
        if not self.is_tls:
            if acknowledged is not None:
                heard = max(0, acknowledged - self._before_bytes)
                return max(0, self._sent_bytes - heard)
            buffered = self._transport.get_write_buffer_size()
            return max(buffered, self._buffered_bytes) + queued_bytes(self._transport)
        if acknowledged is None:
            return self._sent_bytes
        # Of a record that did not arrive whole, nothing has arrived.
        records = self._writes + self._sent_bytes // RECORD_BYTES + 1
        extra = self._before_bytes + records * RECORD_EXTRA_BYTES + RECORD_BYTES
        return max(0, self._sent_bytes - max(0, acknowledged - extra))


def _settle(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
