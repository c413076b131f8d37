"""One request head, from bytes to fields: a strict line of our own, then llhttp.

The parser is given exactly one head and nothing behind it, so it never decides
where a request ends. What it reads is compared with our own reading of the request
line; a head on which the two differ has two readings and is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httptools

from gateway.kernel.errors import Misconfigured
from gateway.kernel.request import Headers
from gateway.proxy.limits import ConnectionLimits

END = b"\r\n\r\n"
CRLF = b"\r\n"
EMPTY_LINES_MAX = 2
LINE = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\x7e]+) HTTP/([0-9])\.([0-9])\Z"
)
BARE = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\x00")
VERSIONS = frozenset(((b"1", b"1"), (b"1", b"0")))
BEGINS = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}(?: |\Z)")

NOT_HTTP = "this is not well-formed HTTP/1.1"


class Malformed(Exception):
    """No request can be read from these bytes.

    Attributes:
        code: The problem type.
        detail: One sentence; never what was sent.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Head:
    """A request head that is well-formed.

    Attributes:
        method: As sent.
        target: As sent, in ASCII.
        version: HTTP major and minor version; any digits.
        headers: In order; bytes that are no UTF-8 become lone surrogates.
        block: The bytes behind the request line.
    """

    method: str
    target: str
    version: tuple[int, int]
    headers: Headers
    block: bytes


class _Caught:
    """What llhttp saw."""

    __slots__ = ("body_bytes", "fields", "is_complete", "url")

    def __init__(self) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.url = b""
        self.is_complete = False
        self.body_bytes = 0

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        self.is_complete = True

    def on_body(self, body: bytes) -> None:
        self.body_bytes += len(body)


def require_strict_parser() -> None:
    """Refuse to serve with a parser that lets anything through.

    Raises:
        Misconfigured: `httptools` is not compiled from llhttp, or is lenient.
    """
    parser: Any = httptools.HttpRequestParser
    if not parser.__module__.startswith("httptools.parser.parser"):
        raise Misconfigured("httptools runs without llhttp; install its binary wheel")


def without_empty_lines(inbox: bytes, before: int = 0) -> tuple[bytes, int]:
    """Old clients send an empty line behind a body (RFC 9112 §2.2).

    Args:
        inbox: What has come.
        before: How many empty lines were taken off already.

    Returns:
        The rest, with an empty line in front where there were too many, and how many
        were taken off by now.
    """
    while before < EMPTY_LINES_MAX and inbox.startswith(CRLF):
        inbox, before = inbox[len(CRLF) :], before + 1
    return inbox, before


def fault_of_part(
    part: bytes, start: int, limits: ConnectionLimits
) -> Malformed | None:
    """What makes the beginning of a head hopeless, before the rest is there.

    Args:
        part: The bytes so far, from the first of the head.
        start: Where those begin that were not looked at before.
        limits: How long a line and a head may be.
    """
    if start < 40 and BEGINS.match(part) is None:
        return Malformed("bad-request", NOT_HTTP)
    if BARE.search(part, max(0, start - 1)):
        return Malformed("bad-request", NOT_HTTP)
    if len(part) > limits.line_bytes_max and CRLF not in part[: limits.line_bytes_max]:
        return _long_line(part)
    if len(part) > limits.head_bytes_max:
        return Malformed("header-too-large", "the head of the request is too long")
    last = part.rfind(CRLF)
    if len(part) - last > limits.field_bytes_max + len(": ") + 1:
        return Malformed("header-too-large", "a header field is too long")
    return None


def read_head(head: bytes, limits: ConnectionLimits) -> Head:
    """Read exactly one head, its empty line included.

    Raises:
        Malformed: it has no reading, or is too large.
    """
    end = head.find(CRLF)
    line = head[:end]
    if len(line) > limits.line_bytes_max:
        raise _long_line(line)
    if len(head) > limits.head_bytes_max:
        raise Malformed("header-too-large", "the head of the request is too long")
    parts = LINE.match(line)
    if parts is None:
        raise Malformed("bad-request", _fault_of_line(line))
    if (parts[3], parts[4]) not in VERSIONS:
        detail = "this gateway speaks HTTP/1.1 and HTTP/1.0"
        raise Malformed("version-not-supported", detail)
    caught = _parsed(head, parts)
    return Head(
        parts[1].decode("ascii"),
        parts[2].decode("ascii"),
        (int(parts[3]), int(parts[4])),
        Headers(_fields(caught, limits)),
        head[end + len(CRLF) :],
    )


def _parsed(head: bytes, line: re.Match[bytes]) -> _Caught:
    caught = _Caught()
    parser = httptools.HttpRequestParser(caught)
    try:
        parser.feed_data(head)
    except httptools.HttpParserUpgrade:
        pass  # it wants to know no more; so do we
    except httptools.HttpParserInvalidMethodError:
        detail = "this method is unknown here"
        raise Malformed("not-implemented", detail) from None
    except httptools.HttpParserError:
        raise Malformed("bad-request", NOT_HTTP) from None
    if (
        not caught.is_complete
        or caught.body_bytes
        or caught.url != line[2]
        or parser.get_method() != line[1]
    ):
        raise Malformed("bad-request", NOT_HTTP)
    return caught


def _fields(caught: _Caught, limits: ConnectionLimits) -> list[tuple[str, str]]:
    if len(caught.fields) > limits.fields_max:
        raise Malformed("header-too-large", "the request has too many header fields")
    fields = []
    for name, value in caught.fields:
        if len(name) + len(value) > limits.field_bytes_max:
            raise Malformed("header-too-large", "a header field is too long")
        # llhttp keeps blanks behind a value; nobody else does (RFC 9110 §5.5).
        text = value.rstrip(b" \t").decode("utf-8", "surrogateescape")
        fields.append((name.decode("ascii"), text))
    return fields


def _fault_of_line(line: bytes) -> str:
    if not line.isascii():
        return "the address holds characters beyond ASCII; percent-encode them"
    return NOT_HTTP


def _long_line(line: bytes) -> Malformed:
    if BEGINS.match(line) is None:
        return Malformed("bad-request", NOT_HTTP)
    return Malformed("target-too-long", "the request line is too long")
