"""A request's body on its way to the upstream.

What comes first is held back, so that a client that drips takes no place at the
upstream meanwhile: until it is 64 KiB, or all, or has taken too long. From then on
it is sent while the answer is listened for, because an upstream may answer before it
has read everything. When that answer ends, what is left of the body is not sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from gateway.upstream.answered import Answered
from gateway.upstream.connection import Connection
from gateway.upstream.limits import HELD_ALL_BYTES_MAX, HELD_BYTES_MAX

LAST_CHUNK = b"0\r\n\r\n"


@dataclass(slots=True)
class Held:
    """How many bytes of all bodies together are held back."""

    all_bytes: int = 0


class Upload:
    """Sends a body; a task of its own until it is done or stopped."""

    __slots__ = (
        "_answered",
        "_begun",
        "_body",
        "_connection",
        "_enough",
        "_fault",
        "_first",
        "_held",
        "_is_chunked",
        "_is_over",
        "_left",
        "_task",
    )

    def __init__(
        self, body: AsyncIterator[bytes], *, body_bytes: int | None, held: Held
    ) -> None:
        """Begin to gather.

        Args:
            body: The pieces.
            body_bytes: Their announced sum; None for chunks.
            held: What is held back of all bodies.
        """
        loop = asyncio.get_running_loop()
        self._body = body
        self._is_chunked = body_bytes is None
        self._left = body_bytes or 0
        self._held = held
        self._first = bytearray()
        self._enough: asyncio.Future[None] = loop.create_future()
        self._begun: asyncio.Future[None] = loop.create_future()
        self._connection: Connection | None = None
        self._answered: Answered | None = None
        self._fault: Exception | None = None
        self._is_over = False
        self._task = loop.create_task(self._send())

    async def gathered(self, within_s: float) -> None:
        """Wait until enough is here to ask the upstream.

        Raises:
            Exception: what the client's own body raised.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._enough
        if self._fault is not None:
            raise self._fault

    def first(self) -> bytes:
        """What goes out together with the head; it is held back no longer."""
        wire = self._framed(bytes(self._first))
        self._let_go()
        return wire + LAST_CHUNK if self._is_over and self._is_chunked else wire

    def begin(self, connection: Connection, answered: Answered) -> None:
        """Send the rest.

        Args:
            connection: Where to.
            answered: Hears when the client breaks its body off.
        """
        self._connection, self._answered = connection, answered
        connection.is_awaited = self._is_over
        if self._fault is not None:
            self._give_up(self._fault)
        _settle(self._begun)

    def stop(self) -> None:
        """Send no more; again does nothing."""
        self._task.cancel()
        self._let_go()

    async def _send(self) -> None:
        try:
            while (chunk := await self._next()) is not None:
                if chunk:
                    self._count(len(chunk))
                    await self._pass(chunk)
            if self._left:
                self._give_up(ConnectionResetError("a body shorter than announced"))
                return
            self._is_over = True
            if self._connection is None:
                _settle(self._enough)
            elif self._is_chunked:
                await self._connection.send(LAST_CHUNK)
        except ConnectionError:
            # The upstream went away while we wrote; the answer's reader hears of it.
            return

    async def _next(self) -> bytes | None:
        """The client's next piece; None at the end, and when it broke off."""
        if self._connection is not None:
            self._connection.is_awaited = False
        try:
            return await anext(self._body, None)
        except Exception as fault:  # noqa: BLE001 whatever it is, it goes on there
            self._give_up(fault)
            raise ConnectionResetError("the client broke its body off") from None
        finally:
            if self._connection is not None:
                self._connection.is_awaited = True
                self._connection.quiet_s = 0

    async def _pass(self, chunk: bytes) -> None:
        """Send a piece, or keep it for the time being."""
        if self._connection is not None:
            await self._connection.send(self._framed(chunk))
            return
        held = self._held
        self._first += chunk
        held.all_bytes += len(chunk)
        is_much = len(self._first) >= HELD_BYTES_MAX
        if is_much or held.all_bytes >= HELD_ALL_BYTES_MAX:
            _settle(self._enough)
            await self._begun

    def _count(self, size: int) -> None:
        """Keep to what was announced.

        Raises:
            ConnectionError: it is more.
        """
        if self._is_chunked:
            return
        self._left -= size
        if self._left < 0:
            fault = ConnectionResetError("a body longer than announced")
            self._give_up(fault)
            raise fault

    def _framed(self, chunk: bytes) -> bytes:
        is_plain = not (self._is_chunked and chunk)
        return chunk if is_plain else b"%x\r\n%b\r\n" % (len(chunk), chunk)

    def _let_go(self) -> None:
        self._held.all_bytes -= len(self._first)
        self._first = bytearray()

    def _give_up(self, fault: Exception) -> None:
        """The upstream shall see that the body is not whole."""
        self._fault = fault
        _settle(self._enough)
        if self._answered is not None and self._connection is not None:
            self._answered.failed(fault)
            self._connection.abort()


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
