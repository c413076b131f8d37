"""A line between a worker and the writer: frames of many messages, in order.

What is said in one turn of the event loop travels in one frame: four bytes of
length, then the messages. A line that ends has ended for good; whatever was not
answered is said again on the next one.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, cast

from gateway.storage.ledger_messages import Message, written

LENGTH = struct.Struct("!I")
FRAME_BYTES_MAX = 256 * 2**20

M = TypeVar("M", bound=Message)
Read = Callable[[bytes], list[M]]


class Line(asyncio.Protocol, Generic[M]):
    """One end of a line.

    Args:
        read: Frame to messages.
        heard: Called with each message, in order.
        ended: Called once, when the other end is gone.
    """

    def __init__(
        self, read: Read[M], *, heard: Callable[[M], None], ended: Callable[[], None]
    ) -> None:
        self._read = read
        self._heard = heard
        self._ended = ended
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._said: list[Message] = []

    def say(self, *messages: Message) -> None:
        """Send something; lost if the line ends before it arrives."""
        if not self._said:
            asyncio.get_running_loop().call_soon(self._flush)
        self._said.extend(messages)

    def pause(self) -> None:
        """Hear nothing more; it waits in the line."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def close(self) -> None:
        """Send what was said, and hang up."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Hang up at once; what was said is lost."""
        self._said.clear()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every loop derives its transports from asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= LENGTH.size:
            (size,) = LENGTH.unpack_from(self._buffer, start)
            end = start + LENGTH.size + size
            if size > FRAME_BYTES_MAX:
                self._broken()
                return
            if len(self._buffer) < end:
                break
            frame = bytes(self._buffer[start + LENGTH.size : end])
            start = end
            self._told(frame)
        del self._buffer[:start]

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._ended()

    def _told(self, frame: bytes) -> None:
        try:
            messages = self._read(frame)
        except ValueError:
            self._broken()
            return
        for message in messages:
            try:
                self._heard(message)
            except Exception as fault:  # noqa: BLE001 it keeps nobody else from hearing
                said = {"message": "a listener failed", "exception": fault}
                asyncio.get_running_loop().call_exception_handler(said)

    def _broken(self) -> None:
        """Both ends are ours; who talks nonsense is not listened to."""
        self._buffer.clear()
        self.abort()

    def _flush(self) -> None:
        said, self._said = self._said, []
        if said and self._transport is not None:
            self._transport.write(framed(said))


def framed(messages: Sequence[Message]) -> bytes:
    """One frame."""
    body = written(messages)
    return LENGTH.pack(len(body)) + body


async def connected(line: Line[M], end: socket.socket) -> Line[M]:
    """Lay a line over one end of a socket pair, which it then owns."""
    end.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.create_unix_connection(lambda: line, sock=end)
    return line
