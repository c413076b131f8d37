"""An `Exchange` over one request of a `Connection`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from gateway.kernel.request import Request
from gateway.proxy.body import RequestBody
from gateway.proxy.connection import Connection
from gateway.proxy.exchange import Answer, Delivered, ResponseHead
from gateway.proxy.http1 import CONTINUE, whole_bytes
from gateway.proxy.ports import UpstreamAnswer
from gateway.proxy.sink import Framing, Sink
from gateway.proxy.tunnel import joined

BODILESS = frozenset((204, 304))
KEPT, CLOSED = b"Connection: keep-alive\r\n", b"Connection: close\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


class Http1Exchange:
    """One request and the way back.

    Attributes:
        asked: The request, accepted.
        wants_upgrade: It asks for a WebSocket.
        has_body: It has a body.
        body_bytes: The body's announced length, or None.
        is_kept_alive: Another request may follow on the connection.
        status: What the client got; 0 for nothing yet.
    """

    __slots__ = (
        "_body",
        "_connection",
        "_date",
        "_is_old",
        "_sink",
        "asked",
        "body_bytes",
        "has_body",
        "is_kept_alive",
        "status",
        "wants_upgrade",
    )

    def __init__(
        self,
        connection: Connection,
        asked: Request,
        date: bytes,
        *,
        is_kept_alive: bool,
        is_old: bool = False,
        wants_upgrade: bool = False,
    ) -> None:
        """Begin an exchange.

        Args:
            connection: Where it came from.
            asked: The request.
            date: The line of the Date field.
            is_kept_alive: The client wants another request to follow, and so do we.
            is_old: It speaks HTTP/1.0.
            wants_upgrade: It asks for a WebSocket.
        """
        self.asked = asked
        self.wants_upgrade = wants_upgrade
        self.has_body = False
        self.body_bytes: int | None = None
        self.is_kept_alive = is_kept_alive
        self.status = 0
        self._connection = connection
        self._date = date
        self._is_old = is_old
        self._body: RequestBody | None = None
        self._sink: Sink | None = None

    def expect_body(self, length: int | None, *, awaits_continue: bool) -> None:
        """A body follows: so many bytes, or chunked for None."""
        self.has_body, self.body_bytes = True, length
        self._body = self._connection.begin_body(length)
        self._body.awaits_continue = awaits_continue

    @property
    def may_continue(self) -> bool:
        """The answer is whole, and another request may follow."""
        is_cut = self._sink is not None and self._sink.is_cut
        return self.is_kept_alive and self.status > 0 and not is_cut

    async def body(self) -> AsyncIterator[bytes]:
        """The request body; whoever reads it says that it is wanted.

        Raises:
            InvalidValue: its framing is broken.
            ConnectionError: the client is gone.
            TimeoutError: it comes too slowly.
        """
        body = self._body
        if body is None:
            return
        if body.awaits_continue:
            body.awaits_continue = False
            if not (self.status or body.waiting_bytes or body.is_complete):
                self._connection.out.send(CONTINUE)
        async for piece in body.pieces():
            yield piece

    async def respond(self, answer: Answer) -> None:
        """Send a whole answer.

        Raises:
            ConnectionError: the client is gone, or has part of another answer.
        """
        if self.status:
            raise ConnectionResetError("an answer has been started already")
        says = self._connection_says()
        wire = whole_bytes(
            answer,
            is_head=self.asked.method == "HEAD",
            connection=says,
            date=self._date,
        )
        self.status = answer.status
        self._connection.out.send(wire)
        await self._connection.out.drained()

    async def start(self, head: ResponseHead) -> Sink:
        """Begin a streamed answer; its head waits for the first piece.

        Raises:
            ConnectionError: the client is gone.
        """
        if self._connection.is_lost:
            raise ConnectionResetError("the client is gone")
        framing, field = self._framed(head)
        date = b"" if head.is_dated else self._date
        wire = b"".join((head.lines, date, field, self._connection_says(), b"\r\n"))
        self.status = head.status
        self._sink = Sink(self._connection, framing, wire, body_bytes=head.body_bytes)
        return self._sink

    def sent(self, status: int, body_bytes: int) -> Sink:
        """All of an answer was sent already; what is left is to see that it arrives."""
        self.status = status
        self._sink = sink = Sink(
            self._connection, Framing.LENGTH, b"", body_bytes=body_bytes
        )
        sink.delivered.handed_over = body_bytes
        return sink

    def whole(self, head: ResponseHead, ours: bytes) -> bytes:
        """The head of an answer whose body is here; empty where it has no length.

        Args:
            head: As the upstream sent it.
            ours: Lines of ours beside it.
        """
        if head.body_bytes is None:
            return b""
        _, field = self._framed(head)
        date = b"" if head.is_dated else self._date
        says = self._connection_says()
        return b"".join((head.lines, ours, date, field, says, b"\r\n"))

    async def tunnel(self, head: ResponseHead, upstream: UpstreamAnswer) -> Delivered:
        """Send the upstream's 101 as it is, then bytes both ways.

        Raises:
            ConnectionError: the client is gone.
        """
        self.is_kept_alive = False
        self._connection.out.send(head.lines + b"\r\n")
        self.status = head.status
        return await joined(self._connection, upstream)

    def abandon(self) -> None:
        """End the client's connection at once: too slow, or its key is revoked."""
        self._connection.out.reset()

    def _framed(self, head: ResponseHead) -> tuple[Framing, bytes]:
        """How the end of the body is shown (RFC 9112 §6.3), and the line for it."""
        if self.asked.method == "HEAD" or head.status in BODILESS:
            length = "" if head.status == 204 else head.first("content-length")
            shown = b"Content-Length: %b\r\n" % length.encode("ascii", "replace")
            return Framing.NONE, shown if length else b""
        if head.body_bytes is not None:
            return Framing.LENGTH, b"Content-Length: %d\r\n" % head.body_bytes
        if self._is_old:
            self.is_kept_alive = False
            return Framing.CLOSE, b""
        return Framing.CHUNKED, CHUNKED

    def _connection_says(self) -> bytes:
        # What was not read of a body would be taken for the next request.
        if self._body is not None and not self._body.is_complete:
            self.is_kept_alive = False
        if not self.is_kept_alive:
            return CLOSED
        return KEPT if self._is_old else b""
