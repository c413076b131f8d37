"""A request that was sent at once, and what can be done while its answer comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gateway.kernel.errors import UpstreamFailed
from gateway.upstream.answer_head import BODILESS, AnswerHead, answer_head
from gateway.upstream.answer_reader import END, OVER, AnswerReader
from gateway.upstream.answered import Answered
from gateway.upstream.connection import Connection
from gateway.upstream.order import Order
from gateway.upstream.origin import Origin
from gateway.upstream.response import ResponseHead

COPIED_BYTES_MAX = 8 * 1024
WHOLE_BYTES_MAX = 64 * 1024
"""What is longer goes on in pieces, as its client takes them."""


class Way:
    """The way to an upstream for one client's repeated fields, made ready.

    Attributes:
        origin: Whom to ask.
        tail: The head of every such request, from the version on.
    """

    __slots__ = ("origin", "tail")

    def __init__(self, origin: Origin, tail: bytes) -> None:
        self.origin = origin
        self.tail = tail


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
        whole: The head of an answer that came in one piece and passes as it is, from
            the first byte to the last; else None.
        body: The body of that.
    """

    __slots__ = (
        "_asker",
        "_has_body",
        "_order",
        "_piece",
        "_reader",
        "body",
        "hears",
        "whole",
    )

    def __init__(
        self,
        connection: Connection,
        order: Order | Callable[[], Order],
        *,
        asker: Asker,
        has_body: bool,
    ) -> None:
        """Begin to listen.

        Args:
            connection: Where it comes from.
            order: What was asked, or who can say so: hardly anybody wants to know.
            asker: Who asked.
            has_body: A body may follow: the request was no HEAD.
        """
        self.upload = None
        self.whole: AnswerHead | None = None
        self._reader: AnswerReader | None = None
        self._piece = b""
        self.body: bytes | memoryview = b""
        self._connection = connection
        self._abandon = self._fault = self._waiter = None
        self.hears: Callable[[], None] | None = None
        self._has_body = has_body
        self._order = order
        self._asker = asker

    @property
    def reader(self) -> AnswerReader:
        """What has come of it; made when somebody looks: hardly anybody does."""
        reader = self._reader
        if reader is None:
            reader = self._reader = AnswerReader(has_body=self._has_body)
            if self._piece:
                reader.feed(self._piece)
        return reader

    @reader.setter
    def reader(self, reader: AnswerReader) -> None:
        self._reader = reader

    def takes(self, data: bytes) -> Callable[[], None] | None:
        """Whom to tell, where this is all of a plain answer, and no more.

        Stands for `AnswerReader.feed`, which says the same of the same bytes.
        """
        if self._reader is not None or not self._has_body:
            return None
        end = data.find(END) + 4
        if end < 4:
            return None
        try:
            found = answer_head(data[:end])
        except UpstreamFailed:
            return None
        body_bytes = found.whole_bytes
        if body_bytes != len(data) - end or body_bytes > WHOLE_BYTES_MAX:
            return None
        if self.hears is not None:
            self.whole, self._piece = found, data
            # What is long is shown, not copied.
            is_short = body_bytes <= COPIED_BYTES_MAX
            self.body = data[end:] if is_short else memoryview(data)[end:]
        return self.hears

    def stirred(self) -> None:
        """Something came."""
        if self.hears is not None:
            self.hears()
        else:
            Answered.stirred(self)

    def gave_way(self) -> None:
        """The client was too slow while others waited."""
        self._abandon = self._ordered().abandon
        super().gave_way()

    def is_whole(self, bytes_max: int) -> bool:
        """Is all of it here, and no longer than that? Its head is set then."""
        reader = self.reader
        found = reader.head
        if reader.phase != OVER or found is None or reader.unread_bytes > bytes_max:
            return False
        if found.has_links:
            try:
                self.head = self._asker.headed(self._ordered(), found)
            except UpstreamFailed:
                return False
        elif self._has_body and found.head.status not in BODILESS:
            self.head = found.head
        else:
            self.head = found.bodiless
        return True

    async def answer(self) -> Answered:
        """Wait for its head, as after `UpstreamClient.ask`.

        Raises:
            UpstreamFailed: no answer, a broken one, or not in time.
        """
        self.hears = None
        return await self._asker.awaited(self._ordered(), self)

    def _ordered(self) -> Order:
        """What was asked; whoever said so is not held on to."""
        order = self._order
        if not isinstance(order, Order):
            order = self._order = order()
        return order
