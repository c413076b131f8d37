"""HTTP/1.1 on the wire: how an answer, a head and a chunk are written.

Bytes that are no UTF-8 pass through a head unchanged; a field that could end the
head early is refused here as a last line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus

from gateway.kernel.errors import InvalidValue
from gateway.web.answer import Answer

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
FRAMING = frozenset(("connection", "content-length", "keep-alive", "transfer-encoding"))
FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
WITHOUT_LENGTH = frozenset((204, 304))

# As RFC 9110 has them; Python up to 3.12 says what RFC 7231 did.
RENAMED = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
REASONS = {status.value: status.phrase for status in HTTPStatus} | RENAMED


class Dates:
    """The Date field, written once a second (RFC 9110 §6.6.1)."""

    __slots__ = ("_line", "_second")

    def __init__(self) -> None:
        self._second = -1
        self._line = b""

    def at(self, now_us: int) -> bytes:
        """The field's line at a moment, microseconds UTC."""
        second = now_us // 1_000_000
        if second != self._second:
            self._second = second
            self._line = f"Date: {formatdate(second, usegmt=True)}\r\n".encode("ascii")
        return self._line


def field_lines(status: int, fields: Iterable[tuple[str, str]]) -> bytes:
    """The status line and fields of an answer of our own, without framing.

    Raises:
        InvalidValue: a control character would break out of its line.
    """
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, '')}"]
    lines += [
        f"{name}: {value}" for name, value in fields if name.lower() not in FRAMING
    ]
    # Joined by what may stand in a line, so one look finds what may not.
    if FORBIDDEN.search("\t".join(lines)):
        raise InvalidValue("a response field holds a control character")
    return ("\r\n".join(lines) + "\r\n").encode("utf-8", "surrogateescape")


def whole_bytes(
    answer: Answer, *, is_head: bool, connection: bytes, date: bytes
) -> bytes:
    """A whole answer as bytes.

    Args:
        answer: What to say.
        is_head: The head alone was asked for.
        connection: The line of the Connection field; empty for none.
        date: The line of the Date field.
    """
    if any(name.lower() == "date" for name, _ in answer.headers):
        date = b""
    length = b""
    if answer.status not in WITHOUT_LENGTH:
        length = b"Content-Length: %d\r\n" % len(answer.body)
    body = b"" if is_head else answer.body
    lines = field_lines(answer.status, answer.headers)
    return b"".join((lines, date, length, connection, b"\r\n", body))


def chunk_bytes(data: bytes) -> bytes:
    """A chunk (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)
