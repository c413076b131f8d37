"""A request's body on its way to the upstream.

It is sent while the answer is listened for, because an upstream may answer before it
has read everything. When that answer ends, what is left of the body is not sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from gateway.upstream.answered import Answered
from gateway.upstream.connection import Connection

LAST_CHUNK = b"0\r\n\r\n"


class Upload:
    """Sends a body; a task of its own until it is done or stopped."""

    __slots__ = ("_answered", "_body", "_connection", "_left", "_task")

    def __init__(
        self,
        connection: Connection,
        answered: Answered,
        body: AsyncIterator[bytes],
        *,
        body_bytes: int | None,
    ) -> None:
        """Begin to send.

        Args:
            connection: Where to.
            answered: Hears when the client breaks its body off.
            body: The pieces.
            body_bytes: Their announced sum; None for chunks.
        """
        self._connection = connection
        self._answered = answered
        self._body = body
        self._left = body_bytes
        self._task = asyncio.get_running_loop().create_task(self._send())

    def stop(self) -> None:
        """Send no more."""
        self._task.cancel()

    async def _send(self) -> None:
        try:
            while (chunk := await self._next()) is not None:
                if chunk:
                    await self._connection.send(self._framed(chunk))
            if self._left is None:
                await self._connection.send(LAST_CHUNK)
            elif self._left:
                self._give_up(ConnectionResetError("a body shorter than announced"))
        except ConnectionError:
            # The upstream went away while we wrote; the answer's reader hears of it.
            return

    async def _next(self) -> bytes | None:
        """The client's next piece; None at the end, and when it broke off."""
        connection = self._connection
        connection.is_awaited = False
        try:
            return await anext(self._body, None)
        except Exception as fault:  # noqa: BLE001 whatever it is, it goes on there
            self._give_up(fault)
            raise ConnectionResetError("the client broke its body off") from None
        finally:
            connection.is_awaited = True
            connection.quiet_s = 0

    def _framed(self, chunk: bytes) -> bytes:
        if self._left is None:
            return b"%x\r\n%b\r\n" % (len(chunk), chunk)
        self._left -= len(chunk)
        if self._left < 0:
            fault = ConnectionResetError("a body longer than announced")
            self._give_up(fault)
            raise fault
        return chunk

    def _give_up(self, fault: Exception) -> None:
        """The upstream shall see that the body is not whole."""
        self._answered.failed(fault)
        self._connection.abort()
