"""Answers as aiohttp's server wants them, written by ourselves.

Its own response class adds a Server and a Content-Type field and rewrites bytes it
cannot decode. These two write nothing but what they are given.
"""

from __future__ import annotations

from email.utils import formatdate

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from gateway.proxy.http1 import FRAMING, head_bytes
from gateway.web.answer import Answer, HeaderPairs

WITHOUT_LENGTH = frozenset((204, 304))


class Written(web.StreamResponse):
    """An answer that is on the wire already; aiohttp has nothing left to send."""

    def __init__(self, status: int, *, is_kept_alive: bool) -> None:
        super().__init__(status=status)
        self._is_kept_alive = is_kept_alive

    @property
    def keep_alive(self) -> bool:
        """May another request follow on this connection?"""
        return self._is_kept_alive

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Nothing to prepare."""
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing to end."""


class Spoken(Written):
    """A whole answer that is written when aiohttp asks for it; then it closes."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status, is_kept_alive=False)
        self._answer = answer

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write it."""
        wire = whole_bytes(self._answer, method=request.method, connection="close")
        await request.writer.write(wire)
        await request.writer.drain()
        return None


def whole_bytes(answer: Answer, *, method: str, connection: str) -> bytes:
    """A whole answer as bytes; a HEAD gets the head alone.

    Args:
        answer: What to say.
        method: As asked.
        connection: What `Connection` shall say; empty leaves it out.
    """
    fields = [
        *(pair for pair in answer.headers if pair[0].lower() not in FRAMING),
        *dated(answer.headers),
    ]
    if answer.status not in WITHOUT_LENGTH:
        fields.append(("Content-Length", str(len(answer.body))))
    if connection:
        fields.append(("Connection", connection))
    body = b"" if method == "HEAD" else answer.body
    return head_bytes(answer.status, fields) + body


def dated(headers: HeaderPairs) -> HeaderPairs:
    """A Date field, where there is none (RFC 9110 §6.6.1)."""
    if any(name.lower() == "date" for name, _ in headers):
        return ()
    return (("Date", formatdate(usegmt=True)),)
