"""An `Exchange` over one request of aiohttp's server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request
from gateway.proxy.accept import body_bytes_of
from gateway.proxy.aiohttp_response import dated, whole_bytes
from gateway.proxy.aiohttp_sink import AiohttpSink, Framing
from gateway.proxy.aiohttp_tunnel import Bridge
from gateway.proxy.connection import Connection
from gateway.proxy.exchange import Answer, Delivered, HeaderPairs, ResponseHead
from gateway.proxy.http1 import CONTINUE, FRAMING, head_bytes
from gateway.proxy.ports import UpstreamAnswer

HTTP_1_0 = (1, 0)
BODILESS = frozenset((204, 304))


class AiohttpExchange:
    """One request and the way back.

    Attributes:
        asked: The request, accepted.
        wants_upgrade: It asks for a WebSocket.
        has_body: It has a body.
        body_bytes: The body's announced length, or None.
        is_kept_alive: Another request may follow on the connection.
        is_cut: The client was left with a part of the answer.
        status: What the client got; 0 for nothing yet.
    """

    def __init__(
        self,
        request: web.BaseRequest,
        connection: Connection,
        asked: Request,
        *,
        body_idle_s: int,
        wants_upgrade: bool = False,
        may_keep_alive: bool = True,
    ) -> None:
        self.asked = asked
        self.wants_upgrade = wants_upgrade
        self.has_body = request.body_exists
        self.body_bytes = body_bytes_of(asked.headers)
        self.is_kept_alive = request.keep_alive and may_keep_alive
        # The library's parser stops at an upgrade, whatever is answered.
        self.is_kept_alive &= not wants_upgrade
        self.is_cut = False
        self.status = 0
        self._request = request
        self._connection = connection
        self._body_idle_s = body_idle_s
        self._awaits_continue = bool(asked.headers.get("expect"))

    async def body(self) -> AsyncIterator[bytes]:
        """The request body; whoever reads it says that it is wanted.

        Raises:
            InvalidValue: its framing is broken.
            ConnectionError: the client is gone.
            TimeoutError: nothing came for too long.
        """
        if self._awaits_continue and self.status == 0:
            self._awaits_continue = False
            await self._request.writer.write(CONTINUE)
            # What was sent is no part of the answer.
            self._request.writer.output_size = 0
        content = self._request.content
        try:
            while True:
                async with asyncio.timeout(self._body_idle_s):
                    chunk = await content.readany()
                if not chunk:
                    return
                yield chunk
        except web.RequestPayloadError:
            raise InvalidValue("the framing of the request body is broken") from None

    async def respond(self, answer: Answer) -> None:
        """Send a whole answer.

        Raises:
            ConnectionError: the client is gone, or has part of another answer.
        """
        if self.status:
            raise ConnectionResetError("an answer has been started already")
        self.status = answer.status
        self._decide_keep_alive()
        wire = whole_bytes(
            answer, method=self.asked.method, connection=self._connection_says()
        )
        await self._request.writer.write(wire)
        await self._request.writer.drain()

    async def start(self, head: ResponseHead) -> AiohttpSink:
        """Send the head of a streamed answer.

        Raises:
            ConnectionError: the client is gone.
        """
        framing, fields = self._framed(head)
        self._decide_keep_alive()
        wire = head_bytes(
            head.status,
            (
                *(pair for pair in head.headers if pair[0].lower() not in FRAMING),
                *dated(head.headers),
                *fields,
                *(("Connection", says) for says in [self._connection_says()] if says),
            ),
            reason=head.reason,
        )
        self.status = head.status
        await self._request.writer.write(wire)
        return AiohttpSink(
            self._request.writer,
            self._connection,
            framing,
            body_bytes=head.body_bytes,
            when_cut=self._cut,
        )

    async def tunnel(self, head: ResponseHead, upstream: UpstreamAnswer) -> Delivered:
        """Send the upstream's 101, then bytes both ways."""
        self.status = head.status
        self.is_kept_alive = False
        await self._request.writer.write(head.lines + b"\r\n")
        return await Bridge(self._request, self._connection).joined_to(upstream)

    def _framed(self, head: ResponseHead) -> tuple[Framing, HeaderPairs]:
        """How the end of the body is shown (RFC 9112 §6.3), and the fields for it."""
        if self.asked.method == "HEAD" or head.status in BODILESS:
            length = head.first("content-length")
            shown = (("Content-Length", length),) if length else ()
            return Framing.NONE, () if head.status == 204 else shown
        if head.body_bytes is not None:
            return Framing.LENGTH, (("Content-Length", str(head.body_bytes)),)
        if self._request.version == HTTP_1_0:
            self.is_kept_alive = False
            return Framing.CLOSE, ()
        return Framing.CHUNKED, (("Transfer-Encoding", "chunked"),)

    def _decide_keep_alive(self) -> None:
        # What was not read of a body would be taken for the next request.
        if not self._request.content.at_eof():
            self.is_kept_alive = False

    def _connection_says(self) -> str:
        if not self.is_kept_alive:
            return "close"
        return "keep-alive" if self._request.version == HTTP_1_0 else ""

    def _cut(self) -> None:
        self.is_cut = True
        self.is_kept_alive = False
