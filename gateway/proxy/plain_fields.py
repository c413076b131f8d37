"""Plain fields, read line by line: most lines of a new block were read before.

A crowd sends another block with every request: another referer, cookie or user agent
among lines that everybody sends. Lines that name nobody are kept with what they mean.
Two readers agree here as in `head`: a strict line of our own, and llhttp, which is
shown the whole head. Whatever either does not like is left to `head` and `accept`.
"""

from __future__ import annotations

from typing import NamedTuple

import httptools

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Headers
from gateway.proxy.accept import NOT_PLAIN
from gateway.proxy.blocks import Block
from gateway.proxy.host import Host, read_host
from gateway.proxy.limits import ConnectionLimits
from gateway.upstream.answer_field import NAME
from gateway.upstream.text import controls_in

LINES_MAX, LINE_BYTES_MAX, NAME_BYTES_MAX = 2_048, 512, 64
# What is kept says which program asks, in which language; never who, or for what.
SHARED = frozenset(
    (
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "dnt",
        "host",
        "pragma",
        "priority",
        "sec-ch-ua",
        "sec-ch-ua-mobile",
        "sec-ch-ua-platform",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-site",
        "sec-fetch-user",
        "te",
        "upgrade-insecure-requests",
        "user-agent",
    )
)
LEFT_TO_OTHERS = frozenset(NOT_PLAIN)
SPEAKING = frozenset(("connection", "host"))


class Line(NamedTuple):
    """One field line.

    Attributes:
        pair: Name and value, as in `Headers`.
        host: What a Host field says; None for others.
        is_last: It asks to close the connection after the answer.
    """

    pair: tuple[str, str]
    host: Host | None
    is_last: bool


class PlainFields:
    """Reads blocks of fields, and keeps lines that many send."""

    __slots__ = ("_limits", "_lines", "_names")

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._lines: dict[bytes, Line] = {}
        self._names: dict[bytes, tuple[str, str]] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def read(self, head: bytes, block: bytes) -> Block | None:
        """What `plain_block` finds in what `read_head` reads, or None.

        Args:
            head: A whole head with a plain first line.
            block: What follows that line, its empty line included.

        Returns:
            The block; None where there is none, and where that takes a closer look.
        """
        limits, known = self._limits, self._lines
        lines = block[:-4].split(b"\r\n")
        if len(lines) > limits.fields_max or len(head) > limits.head_bytes_max:
            return None
        # Without their text nothing is left but the ends of the lines.
        if len(controls_in(block)) != 2 * len(lines) + 2:
            return None
        pairs, host, is_last = [], None, False
        for each in lines:
            line = known.get(each) or self._line(each)
            if line is None:
                return None
            pairs.append(line.pair)
            if line.host is not None:
                if host is not None:
                    return None
                host = line.host
            is_last = is_last or line.is_last
        if host is None or not _pleases_llhttp(head):
            return None
        return Block(Headers(pairs), host, is_last)

    def _line(self, line: bytes) -> Line | None:
        if len(line) > self._limits.field_bytes_max:
            return None
        sent, colon, value = line.partition(b":")
        named = self._names.get(sent) or self._name(sent)
        if not colon or named is None:
            return None
        text, name = named
        if name in LEFT_TO_OTHERS:
            return None
        said = value.strip(b" \t").decode("utf-8", "surrogateescape")
        read: Line | None = Line((text, said), None, is_last=False)
        if name in SPEAKING:
            read = _spoken(text, said, name=name)
        if read is not None and name in SHARED and len(line) <= LINE_BYTES_MAX:
            if len(self._lines) >= LINES_MAX:
                self._lines.clear()
            self._lines[line] = read
        return read

    def _name(self, sent: bytes) -> tuple[str, str] | None:
        """A name as it was sent, and in lower case; None where it is none."""
        if len(sent) > NAME_BYTES_MAX or NAME.match(sent) is None:
            return None
        text = sent.decode("ascii")
        if len(self._names) >= LINES_MAX:
            self._names.clear()
        self._names[sent] = named = text, text.lower()
        return named


def _spoken(text: str, said: str, *, name: str) -> Line | None:
    """A Host or Connection field; None for a Host that is none."""
    if name == "connection":
        options = said.lower().split(",")
        is_last = "close" in (option.strip(" \t") for option in options)
        return Line((text, said), None, is_last)
    try:
        return Line((text, said), read_host(said), is_last=False)
    except InvalidValue:
        return None


class _Heard:
    """Whether llhttp came to the end of a head, and saw nothing behind it."""

    __slots__ = ("is_complete",)

    def __init__(self) -> None:
        self.is_complete = False

    def on_headers_complete(self) -> None:
        self.is_complete = True


def _pleases_llhttp(head: bytes) -> bool:
    heard = _Heard()
    try:
        httptools.HttpRequestParser(heard).feed_data(head)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return False
    return heard.is_complete
