"""An answer's head, read once: by us line by line, and by llhttp as a second reader.

Both must agree that it is one. Refused is what two readers could understand
differently: bare line ends, controls, folded lines, a version from elsewhere, two
lengths, a length beside a coding (RFC 9112 §6.3).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import httptools

from gateway.kernel.lately import Lately
from gateway.upstream.answer_field import (
    LINES,
    MEASURES,
    AnswerField,
    answer_field,
    kept_field,
)
from gateway.upstream.failures import malformed
from gateway.upstream.limits import FIELDS_MAX, LINE_BYTES_MAX
from gateway.upstream.response import ResponseHead
from gateway.upstream.said import Said
from gateway.upstream.text import controls_in

START = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([^\r]*))?\r\n")
OK = 200
BODILESS = frozenset((204, 304))
SWITCHED = 101
SWITCH_LINES = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
# What a connection may be told without naming a field.
OPTIONS = frozenset(("close", "keep-alive", "upgrade"))

# Heads repeat: the same page, the same second. Cookies do not, and are not kept.
KEPT_HEADS_MAX = 512
KEPT_BYTES_MAX = 2048
COOKIE = b"cookie:"


@dataclass(slots=True)
class AnswerHead:
    """The head of an answer, and what it says about the connection.

    Attributes:
        head: As it is passed on.
        is_chunked: The body comes in chunks.
        keeps_open: Another answer may follow on the connection.
        has_links: A field in it may name the upstream's own address.
        whole_bytes: Length of the body where nothing else need be known of the answer:
            it passes as it is and another may follow; -1 otherwise.
        passed: The head for clients, kept by whoever passes it on, beside what it was
            made for.
    """

    head: ResponseHead
    is_chunked: bool
    keeps_open: bool
    has_links: bool
    whole_bytes: int = -1
    passed: tuple[object, bytes] | None = None
    _bodiless: ResponseHead | None = None

    @property
    def bodiless(self) -> ResponseHead:
        """The same where no body follows, whatever it announces."""
        if self._bodiless is None:
            head = self.head
            self._bodiless = ResponseHead(
                head.status, head.reason, head.headers, 0, head.lines, head.is_dated
            )
        return self._bodiless


def answer_head(block: bytes) -> AnswerHead:
    """Read a head, with the empty line at its end.

    Raises:
        UpstreamFailed: it has no one reading.
    """
    known = _kept.get(block)
    if known is not None:
        return known
    if len(block) > KEPT_BYTES_MAX or COOKIE in block.lower():
        return _read(block, answer_field)
    return _kept.keep(block, _read(block, kept_field))


def _read(block: bytes, read: Callable[[bytes], AnswerField]) -> AnswerHead:
    """Read a head; what is known of a line goes before *read*."""
    _check_lines(block)
    start = START.match(block)
    if start is None:
        raise malformed("does not begin like one")
    _check_with_llhttp(block)
    pairs, lines, special, known = [], [], [], LINES.get
    for text in block[start.end() : -4].split(b"\r\n"):
        if text:
            kind, pair, line = known(text) or read(text)
            if kind <= MEASURES:
                pairs.append(pair)
                lines.append(line)
            if kind:
                special.append((kind, pair[1]))
    return _understood(start, pairs, lines=lines, said=Said.of(special))


_kept: Lately[bytes, AnswerHead] = Lately(KEPT_HEADS_MAX)


def _understood(
    start: re.Match[bytes],
    pairs: list[tuple[str, str]],
    *,
    lines: list[bytes],
    said: Said,
) -> AnswerHead:
    """Put together what the lines of a head said."""
    status, is_old, reason = int(start[2]), start[1] == b"0", start[3] or b""
    if hops := said.options - OPTIONS:
        kept = [n for n, (name, _) in enumerate(pairs) if name.lower() not in hops]
        pairs, lines = [pairs[n] for n in kept], [lines[n] for n in kept]
    first = b"HTTP/1.1 %d %b\r\n" % (status, reason)
    if status == SWITCHED:
        said.check_switch()
        first += SWITCH_LINES
    head = ResponseHead(
        status,
        reason.decode("utf-8", "surrogateescape"),
        tuple(pairs),
        said.length,
        first + b"".join(lines),
        said.is_dated and "date" not in hops,
    )
    # llhttp's own answer holds in one callback alone, and silently not later.
    keeps_open = "close" not in said.options and (
        not is_old or "keep-alive" in said.options
    )
    is_chunked, length, whole_bytes = said.is_chunked(is_old=is_old), said.length, -1
    if keeps_open and not (said.has_links or is_chunked or length is None):
        whole_bytes = length if status >= OK and status not in BODILESS else -1
    return AnswerHead(head, is_chunked, keeps_open, said.has_links, whole_bytes)


def _check_lines(block: bytes) -> None:
    """Every line ends with CRLF, holds text alone, and is a line of its own."""
    lines = block.count(b"\r\n")
    # What is left without the text: two bytes for each end, and none besides.
    if len(controls_in(block)) != 2 * lines:
        raise malformed("holds a control character, or a line end that is none")
    if lines - 2 > FIELDS_MAX:
        raise malformed("has too many header fields")
    if len(block) > LINE_BYTES_MAX:
        longest = max(len(line) for line in block.split(b"\r\n"))
        if longest > LINE_BYTES_MAX:
            raise malformed("has a header field that is too long")


class _Heard:
    """Whether llhttp came to the end of a head."""

    __slots__ = ("is_complete",)

    def __init__(self) -> None:
        self.is_complete = False

    def on_headers_complete(self) -> None:
        self.is_complete = True


def _check_with_llhttp(block: bytes) -> None:
    heard = _Heard()
    try:
        httptools.HttpResponseParser(heard).feed_data(block)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError:
        raise malformed("is not well-formed") from None
    if not heard.is_complete:
        raise malformed("is not well-formed")
