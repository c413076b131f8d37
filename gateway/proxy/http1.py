"""HTTP/1.1 on the wire: how a head and a chunk are written.

Bytes that are no UTF-8 pass through a head unchanged; a field that could end the
head early is refused here as a last line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.kernel.errors import UpstreamFailed

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
FRAMING = frozenset(("connection", "content-length", "keep-alive", "transfer-encoding"))
FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

REASONS = {
    200: "OK",
    204: "No Content",
    303: "See Other",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    413: "Content Too Large",
    417: "Expectation Failed",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
}


def head_bytes(
    status: int, fields: Iterable[tuple[str, str]], *, reason: str = ""
) -> bytes:
    """The head of a response.

    Raises:
        UpstreamFailed: a control character would break out of its line.
    """
    line = f"HTTP/1.1 {status} {reason or REASONS.get(status, '')}"
    lines = [line, *(f"{name}: {value}" for name, value in fields)]
    if any(FORBIDDEN.search(each) for each in lines):
        raise UpstreamFailed("a response field holds a control character")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def chunk_bytes(data: bytes) -> bytes:
    """A chunk (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)
