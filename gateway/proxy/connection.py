"""One client connection: aiohttp's protocol, watched at its end.

What a connection has not sent when it dies can only be known in the moment before
its socket closes, so it is noted there. Malformed input is answered in our own
words and leaves no traceback behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import http_exceptions, web

from gateway.proxy.aiohttp_response import Spoken
from gateway.proxy.send_queue import queued_bytes
from gateway.web.answer import Answer

HTTP_ERROR_FIRST = 500


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a client is given.

    Attributes:
        idle_s: Between two requests, and for the head of one, seconds.
        linger_s: How long the rest of an unread body is thrown away, seconds.
        line_bytes_max: The request line.
        field_bytes_max: One header field.
        fields_max: Header fields of one request.
        body_idle_s: Between two pieces of a request body, seconds.
    """

    idle_s: int = 75
    linger_s: int = 5
    line_bytes_max: int = 8_190
    field_bytes_max: int = 8_190
    fields_max: int = 128
    body_idle_s: int = 30


Malformed = Callable[[str, str, str], Answer]
"""Problem code, detail and peer address to an answer."""

Faults = Callable[[BaseException], None]
"""Hears what escaped: a mistake of ours."""


class Connection(web.RequestHandler):
    """A connection of a client.

    Attributes:
        wire: Its transport, also after it was lost.
        lost_unsent: Bytes that the kernel had not sent when it was lost.
        is_lost: It is gone.
        stirred: Set whenever something arrives, or the connection is lost.
    """

    __slots__ = ("_faults", "_malformed", "is_lost", "lost_unsent", "stirred", "wire")

    def __init__(
        self, server: web.Server, *, malformed: Malformed, faults: Faults, **kw: Any
    ) -> None:
        super().__init__(server, **kw)
        self._malformed = malformed
        self._faults = faults
        self.wire: asyncio.Transport | None = None
        self.lost_unsent = 0
        self.is_lost = False
        self.stirred = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        if isinstance(transport, asyncio.Transport):
            self.wire = transport
            # A write is waited for until the kernel has all of it, so that what a
            # dead connection leaves unsent is known to within one chunk.
            transport.set_write_buffer_limits(high=0)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is gone; its socket closes after this."""
        self.lost_unsent = queued_bytes(self.wire)
        self.is_lost = True
        self.stirred.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Something arrived, and with it acknowledgements."""
        self.stirred.set()
        super().data_received(data)

    def handle_error(  # noqa: PLR0917 the library calls it so
        self,
        request: web.BaseRequest,
        status: int = HTTP_ERROR_FIRST,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what the parser refused, or what escaped from us; then close.

        Raises:
            ConnectionError: part of an answer is out already.
        """
        if isinstance(exc, ConnectionError):
            raise exc
        if exc is not None and status >= HTTP_ERROR_FIRST:
            self._faults(exc)
        if request.writer.output_size > 0:
            raise ConnectionResetError("part of an answer has been sent already")
        code, detail = _said(status, exc)
        return Spoken(self._malformed(code, detail, request.remote or ""))

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Hand a traceback to whoever logs, once."""
        fault = kw.get("exc_info")
        if isinstance(fault, BaseException):
            self._faults(fault)


def _said(status: int, error: BaseException | None) -> tuple[str, str]:
    """The problem type, and the sentence. What was sent is not repeated."""
    if isinstance(error, http_exceptions.LineTooLong):
        return "header-too-large", "the request line or a header field is too long"
    if status < HTTP_ERROR_FIRST:
        return "bad-request", "this is not well-formed HTTP/1.1"
    return "internal-error", "Something happened that the gateway was not made for."
