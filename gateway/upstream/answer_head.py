"""An answer's head, read once: by llhttp, and by us as bytes before it.

llhttp says what is a field. Around it stands what it lets through and two readers
could understand differently: bare line ends, controls, folded lines, a version from
elsewhere, two lengths, a length beside a coding (RFC 9112 §6.3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import httptools

from gateway.upstream.failures import malformed
from gateway.upstream.headers import nominated, response_fields
from gateway.upstream.limits import FIELDS_MAX, LINE_BYTES_MAX
from gateway.upstream.response import ResponseHead, lines_of

START = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([^\r]*))?\r\n")
DIGITS = re.compile(r"[0-9]{1,18}\Z")
TEXT = bytes(set(range(256)) - set(range(32)) - {127}) + b"\t\r\n"
LINKED = frozenset(("location", "content-location", "link", "refresh"))
SWITCHED = 101
WEBSOCKET = "websocket"

# Heads repeat: the same page, the same second. Cookies do not, and are not kept.
KEPT_HEADS_MAX = 512
KEPT_BYTES_MAX = 2048
COOKIE = b"ookie"


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """The head of an answer, and what it says about the connection.

    Attributes:
        head: As it is passed on.
        bodiless: The same where no body follows, whatever it announces.
        is_chunked: The body comes in chunks.
        keeps_open: Another answer may follow on the connection.
        has_links: A field in it may name the upstream's own address.
    """

    head: ResponseHead
    bodiless: ResponseHead
    is_chunked: bool
    keeps_open: bool
    has_links: bool


def answer_head(block: bytes) -> AnswerHead:
    """Read a head, with the empty line at its end.

    Raises:
        UpstreamFailed: it has no one reading.
    """
    if len(block) > KEPT_BYTES_MAX or COOKIE in block:
        return _read(block)
    return _kept(block)


def _read(block: bytes) -> AnswerHead:
    _check_lines(block)
    start = START.match(block)
    if start is None:
        raise malformed("does not begin like one")
    raw = _fields(block)
    status, reason = int(start[2]), (start[3] or b"").decode("utf-8", "surrogateescape")
    pairs = response_fields(raw)
    is_chunked = _is_chunked(raw, is_old=start[1] == b"0")
    length = _length(raw, is_chunked=is_chunked)
    lowered = frozenset(name.lower() for name, _ in pairs)
    says = ResponseHead(
        status,
        reason,
        pairs,
        length,
        b"HTTP/1.1 %d %b\r\n" % (status, start[3] or b"")
        + (_switch_lines(raw) if status == SWITCHED else b"")
        + lines_of(pairs),
        "date" in lowered,
    )
    return AnswerHead(
        says,
        ResponseHead(status, reason, pairs, 0, says.lines, says.is_dated),
        is_chunked,
        _keeps_open(raw, is_old=start[1] == b"0"),
        not LINKED.isdisjoint(lowered),
    )


_kept = lru_cache(maxsize=KEPT_HEADS_MAX)(_read)


def _check_lines(block: bytes) -> None:
    """Every line ends with CRLF, holds text alone, and is a line of its own."""
    lines = block.count(b"\r\n")
    if block.count(b"\n") != lines or block.count(b"\r") != lines:
        raise malformed("has a line end that is none")
    if block.translate(None, TEXT):
        raise malformed("has a malformed header field")
    if b"\r\n " in block or b"\r\n\t" in block:
        raise malformed("folds a header field")
    if lines - 2 > FIELDS_MAX:
        raise malformed("has too many header fields")
    if len(block) > LINE_BYTES_MAX:
        longest = max(len(line) for line in block.split(b"\r\n"))
        if longest > LINE_BYTES_MAX:
            raise malformed("has a header field that is too long")


class _Heard:
    """What llhttp found."""

    __slots__ = ("is_complete", "pairs")

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []
        self.is_complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        text = value.strip(b" \t").decode("utf-8", "surrogateescape")
        self.pairs.append((name.decode("latin-1"), text))

    def on_headers_complete(self) -> None:
        self.is_complete = True


def _fields(block: bytes) -> Sequence[tuple[str, str]]:
    heard = _Heard()
    try:
        httptools.HttpResponseParser(heard).feed_data(block)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError:
        raise malformed("is not well-formed") from None
    if not heard.is_complete:
        raise malformed("is not well-formed")
    return heard.pairs


def _all(raw: Sequence[tuple[str, str]], wanted: str) -> list[str]:
    return [value for name, value in raw if name.lower() == wanted]


def _is_chunked(raw: Sequence[tuple[str, str]], *, is_old: bool) -> bool:
    codings = _all(raw, "transfer-encoding")
    if not codings:
        return False
    # None but chunked was asked for.
    if is_old or len(codings) > 1 or codings[0].lower() != "chunked":
        raise malformed("is coded in a way that nobody asked for")
    return True


def _length(raw: Sequence[tuple[str, str]], *, is_chunked: bool) -> int | None:
    """The announced length of the body; None where only its end will tell."""
    lengths = _all(raw, "content-length")
    if not lengths:
        return None
    if is_chunked:
        raise malformed("announces a length and a coding")
    if len(lengths) > 1 or not DIGITS.match(lengths[0]):
        raise malformed("announces no one length")
    return int(lengths[0])


def _switch_lines(raw: Sequence[tuple[str, str]]) -> bytes:
    """What a switch of protocols says hop by hop, said again for the client."""
    named = ", ".join(_all(raw, "upgrade")).strip().lower()
    if named != WEBSOCKET or "upgrade" not in nominated(_all(raw, "connection")):
        raise malformed("switches to a protocol that nobody asked for")
    return b"Connection: Upgrade\r\nUpgrade: websocket\r\n"


def _keeps_open(raw: Sequence[tuple[str, str]], *, is_old: bool) -> bool:
    # The parser's own answer holds in one callback alone, and silently not later.
    says = nominated(_all(raw, "connection"))
    return "close" not in says and (not is_old or "keep-alive" in says)
