"""A request that was sent at once, and what can be done while its answer comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gateway.kernel.errors import UpstreamFailed
from gateway.upstream.answer_head import AnswerHead
from gateway.upstream.answer_reader import OVER, AnswerReader
from gateway.upstream.answered import Answered
from gateway.upstream.connection import Connection
from gateway.upstream.order import Order
from gateway.upstream.response import ResponseHead


class Asker(Protocol):
    """Whoever sent it; `UpstreamClient` fills it."""

    def headed(self, order: Order, found: AnswerHead) -> ResponseHead:
        """The head as it is passed on.

        Raises:
            UpstreamFailed: it cannot be.
        """

    async def awaited(self, order: Order, begun: Answered) -> Answered:
        """Wait for the head; ask again where the connection had died before."""


class Begun(Answered):
    """An answer that may be heard of without a task; fills the port of `proxy`.

    Attributes:
        hears: Called instead of waking somebody when something came; or None.
    """

    __slots__ = ("_asker", "_order", "hears")

    def __init__(
        self,
        connection: Connection,
        reader: AnswerReader,
        order: Order,
        *,
        asker: Asker,
    ) -> None:
        self.reader = reader
        self.upload = None
        self._connection = connection
        self._abandon = order.abandon
        self._fault = self._waiter = None
        self.hears: Callable[[], None] | None = None
        self._order = order
        self._asker = asker

    def stirred(self) -> None:
        """Something came."""
        if self.hears is not None:
            self.hears()
        else:
            super().stirred()

    def is_whole(self, bytes_max: int) -> bool:
        """Is all of it here, and no longer than that? Its head is set then."""
        reader = self.reader
        found = reader.head
        if reader.phase != OVER or found is None or reader.unread_bytes > bytes_max:
            return False
        try:
            self.head = self._asker.headed(self._order, found)
        except UpstreamFailed:
            return False
        return True

    async def answer(self) -> Answered:
        """Wait for its head, as after `UpstreamClient.ask`.

        Raises:
            UpstreamFailed: no answer, a broken one, or not in time.
        """
        self.hears = None
        return await self._asker.awaited(self._order, self)
