"""A request body on its way in: counted or chunked, bounded, and never rushed.

What arrives before somebody reads it waits here, 64 KiB at most before the client
is told to pause. Whoever waits too long for the client learns so from the sweep.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from gateway.kernel.errors import InvalidValue
from gateway.proxy.chunks import ChunkReader
from gateway.proxy.limits import ConnectionLimits

WAITING_BYTES_MAX = 64 * 1024


class RequestBody:
    """One request body.

    Attributes:
        is_complete: All of it has arrived; what follows is the next request.
        fault: Its framing is broken, or the client is gone; or None.
        awaits_continue: The client waits to hear that the body is wanted.
        waiting_bytes: What has arrived and was not read yet.
    """

    __slots__ = (
        "_chunks",
        "_left",
        "_limits",
        "_pieces",
        "_received_bytes",
        "_silent_s",
        "_stirred",
        "_waited_s",
        "_waiter",
        "awaits_continue",
        "fault",
        "is_complete",
        "waiting_bytes",
    )

    def __init__(
        self, length: int | None, limits: ConnectionLimits, stirred: Callable[[], None]
    ) -> None:
        """Begin a body.

        Args:
            length: Its announced length; None for a chunked one.
            limits: How long and how slow it may be.
            stirred: Called whenever more or less is waiting here.
        """
        self._chunks = ChunkReader() if length is None else None
        self._left = length or 0
        self._limits = limits
        self._stirred = stirred
        self._pieces: deque[bytes] = deque()
        self.fault: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._received_bytes = 0
        self._waited_s = self._silent_s = 0
        self.awaits_continue = False
        self.waiting_bytes = 0
        self.is_complete = length == 0

    def feed(self, received: bytes) -> bytes:
        """Take in what arrived; gives back what lies behind the body's end."""
        if self.fault is not None:
            return b""
        self._received_bytes += len(received)
        self._silent_s = 0
        rest = b""
        if self._chunks is None:
            rest = received[self._left :]
            self._keep(received[: self._left] if rest else received)
            self._left -= len(received) - len(rest)
            self.is_complete = not self._left
        else:
            rest = self._unchunked(self._chunks, received)
        self._wake()
        return rest

    def break_off(self, fault: Exception) -> None:
        """Nothing more will come; whoever reads gets what is here, then the fault."""
        if self.fault is None and not self.is_complete:
            self.fault = fault
        self._wake()

    def tick(self, elapsed_s: int) -> None:
        """Time has passed: somebody may have waited too long for the client."""
        if self._waiter is None or self._waiter.done():
            return
        self._waited_s += elapsed_s
        self._silent_s += elapsed_s
        limits = self._limits
        is_silent = self._silent_s >= limits.body_idle_s
        is_slow = (
            self._waited_s >= limits.body_rate_after_s
            and self._received_bytes < limits.body_rate_min * self._waited_s
        )
        if is_silent or is_slow:
            self.break_off(TimeoutError("the request body comes too slowly"))

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, as it comes.

        Raises:
            InvalidValue: its framing is broken, or it is too long.
            ConnectionError: the client is gone.
            TimeoutError: it came too slowly, or not at all.
        """
        while True:
            if self._pieces:
                piece = self._pieces.popleft()
                self.waiting_bytes -= len(piece)
                self._stirred()
                yield piece
            elif self.fault is not None:
                raise self.fault
            elif self.is_complete:
                return
            else:
                self._waiter = asyncio.get_running_loop().create_future()
                try:
                    await self._waiter
                finally:
                    self._waiter = None

    def _unchunked(self, reader: ChunkReader, received: bytes) -> bytes:
        try:
            pieces, rest = reader.feed(received)
        except InvalidValue as fault:
            self.fault = fault
            return b""
        # What came at once goes on at once, into however many chunks it was cut.
        self._keep(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if reader.payload_bytes > self._limits.body_bytes_max:
            self.fault = InvalidValue("the request body is too long")
            return b""
        self.is_complete = reader.is_over
        return rest

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self.waiting_bytes += len(piece)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
