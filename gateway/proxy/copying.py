"""Copying: what passes on of an expensive page is kept as well, up to a size.

The client waits for nothing. Only an answer that came whole is kept; where it grows
too long, is broken off or the client goes, the copy is dropped.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.proxy.ports import UpstreamAnswer
from gateway.upstream.response import ResponseHead


class Copying:
    """An answer that is kept while it passes; a `gateway.proxy.ports.UpstreamAnswer`.

    Attributes:
        head: Its head.
    """

    __slots__ = ("_answer", "_copy", "_keep", "_room_bytes", "head")

    head: ResponseHead

    def __init__(
        self, answer: UpstreamAnswer, keep: Callable[[bytes], None], *, bytes_max: int
    ) -> None:
        """Begin to copy.

        Args:
            answer: What is read.
            keep: Is given the whole body, once.
            bytes_max: A longer body is not kept.
        """
        self.head = answer.head
        self._answer = answer
        self._keep = keep
        self._copy: bytearray | None = bytearray()
        self._room_bytes = bytes_max

    @property
    def is_over(self) -> bool:
        """The body has ended as announced, and all of it was taken."""
        is_over = self._answer.is_over
        if is_over:
            self._ended()
        return is_over

    def take(self) -> bytes:
        """The bytes that are here already; empty for none, and at the end."""
        return self._copied(self._answer.take())

    async def read(self) -> bytes:
        """The next bytes; empty at the end.

        Raises:
            UpstreamFailed: it ended early, or fell silent.
            ConnectionError, TimeoutError: the client's own body broke off.
        """
        data = self._copied(await self._answer.read())
        if not data:
            self._ended()
        return data

    def _copied(self, data: bytes) -> bytes:
        copy = self._copy
        if copy is not None and data:
            if len(copy) + len(data) > self._room_bytes:
                self._copy = None
            else:
                copy += data
        return data

    def _ended(self) -> None:
        copy, self._copy = self._copy, None
        if copy is not None:
            self._keep(bytes(copy))

    def hold(self) -> None:
        """Nothing is taken for a while."""
        self._answer.hold()

    def failed(self, fault: Exception) -> None:
        """Nothing more shall come, and what came is not kept."""
        self._copy = None
        self._answer.failed(fault)

    def close(self) -> None:
        """Be done with it; what was not read to its end is not kept."""
        self._copy = None
        self._answer.close()

    async def write(self, data: bytes) -> None:
        """Send bytes through the tunnel.

        Raises:
            ConnectionError: the upstream is gone, or this is no tunnel.
        """
        await self._answer.write(data)

    def write_eof(self) -> None:
        """Nothing more will be sent through the tunnel."""
        self._answer.write_eof()
