"""Three parsers read the same bytes: what we send upstream must mean one thing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import h11
import httptools
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser

BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Read:
    """One whole request, as a parser reads it.

    Attributes:
        method, target: As sent.
        fields: In the order sent; names in lower case, values without outer blanks.
        body: Framing of chunks taken off.
    """

    method: bytes
    target: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def line(self) -> str:
        """As in `POST /a hello`."""
        parts = (self.method, self.target, self.body)
        return b" ".join(part for part in parts if part).decode("latin-1")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a parser makes of everything a connection carried.

    Attributes:
        requests: The whole ones.
        rest: `end`, `partial` (a request that was not finished) or `fault`.
    """

    requests: tuple[Read, ...]
    rest: str


def _pairs(fields: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((bytes(name).lower(), bytes(value).strip()) for name, value in fields)


def by_h11(wire: bytes) -> Reading:
    """As h11 reads it."""
    requests, rest = list[Read](), wire
    while rest:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=BYTES_MAX)
        connection.receive_data(rest)
        asked, body = None, b""
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                return Reading(tuple(requests), "fault")
            if isinstance(event, h11.Request):
                asked = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return Reading(tuple(requests), "partial")
        assert asked is not None
        requests.append(
            Read(asked.method, asked.target, _pairs(asked.headers.raw_items()), body)
        )
        rest = bytes(connection.trailing_data[0])
    return Reading(tuple(requests), "end")


@dataclass
class _Heard:
    """What httptools calls back."""

    requests: list[Read] = field(default_factory=list)
    parser: Any = None
    target: bytes = b""
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    is_within: bool = False

    def on_message_begin(self) -> None:
        self.target, self.fields, self.body, self.is_within = b"", [], b"", True

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_within = False
        self.requests.append(
            Read(self.parser.get_method(), self.target, _pairs(self.fields), self.body)
        )


def by_httptools(wire: bytes) -> Reading:
    """As llhttp reads it, strictly."""
    heard = _Heard()
    heard.parser = httptools.HttpRequestParser(heard)
    try:
        heard.parser.feed_data(wire)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return Reading(tuple(heard.requests), "fault")
    return Reading(tuple(heard.requests), "partial" if heard.is_within else "end")


def by_aiohttp(wire: bytes) -> Reading:
    """As aiohttp's server reads it; needs a running loop."""
    loop = asyncio.get_running_loop()
    parser = HttpRequestParser(
        BaseProtocol(loop),
        loop,
        BYTES_MAX,
        max_line_size=BYTES_MAX,
        max_field_size=BYTES_MAX,
        auto_decompress=False,
    )
    requests = list[Read]()
    try:
        messages, _, tail = parser.feed_data(wire)
    except HttpProcessingError:
        return Reading((), "fault")
    for asked, payload in messages:
        if payload.exception() is not None:
            return Reading(tuple(requests), "fault")
        if not payload.is_eof():
            return Reading(tuple(requests), "partial")
        requests.append(
            Read(
                asked.method.encode("latin-1"),
                asked.path.encode("utf-8", "surrogateescape"),
                _pairs(asked.raw_headers),
                payload.read_nowait(-1),
            )
        )
    return Reading(tuple(requests), "partial" if tail else "end")


PARSERS: dict[str, Callable[[bytes], Reading]] = {
    "h11": by_h11,
    "httptools": by_httptools,
    "aiohttp": by_aiohttp,
}


def agreed(wire: bytes) -> Reading:
    """The one reading of a connection's bytes.

    Raises:
        AssertionError: two parsers differ.
    """
    readings = {name: read(wire) for name, read in PARSERS.items()}
    first = readings["h11"]
    for name, other in readings.items():
        assert other.requests == first.requests, (
            f"h11 and {name} differ on {wire[:2000]!r}:\n{first}\n{other}"
        )
    faulty = {name for name, other in readings.items() if other.rest == "fault"}
    assert not faulty, f"{faulty} refuse what we sent: {wire[:2000]!r}"
    return first


def arrived(wires: Sequence[bytes | bytearray]) -> list[Read]:
    """Every whole request on some connections, each read in one way only."""
    return [read for wire in wires for read in agreed(bytes(wire)).requests]
