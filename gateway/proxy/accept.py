"""Accept: from what came over the wire to a request with exactly one reading.

The parser in front of this is strict already; here stands what it lets through and
two servers could understand differently: the Host field, the form of the target,
and the framing of the body (RFC 9112 §3.2, §6).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Headers, Request
from gateway.proxy.blocks import Block
from gateway.proxy.client_address import (
    Network,
    client_address,
    is_trusted,
    read_address,
)
from gateway.proxy.host import Host, read_host
from gateway.proxy.refusal import Refusal
from gateway.proxy.target import Target, read_target
from gateway.web.answer import Answer

VERSIONS = frozenset(((1, 0), (1, 1)))
REFUSED_METHODS = frozenset(("CONNECT", "TRACE"))
ALLOW = ("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
DIGITS = re.compile(r"[0-9]{1,18}\Z")
ABSOLUTE = re.compile(r"(https?)://([^/?#]*)(.*)\Z", re.IGNORECASE | re.DOTALL)
SCHEMES = frozenset(("http", "https"))
NOT_PLAIN = ("content-length", "transfer-encoding", "expect", "upgrade")


@dataclass(frozen=True, slots=True)
class Wire:
    """What came over the wire.

    Attributes:
        id: The request id that we give it.
        method: As sent.
        target: As sent; characters beyond ASCII in any form.
        version: HTTP major and minor version.
        headers: As sent.
        peer: The address of the connection's other end, or empty.
        received_us: When the head was complete, microseconds UTC.
    """

    id: str
    method: str
    target: str
    version: tuple[int, int]
    headers: Headers
    peer: str
    received_us: int


@dataclass(frozen=True, slots=True)
class Doorway:
    """What this listener knows about its surroundings.

    Attributes:
        scheme: The scheme of the public address.
        trusted: Networks of proxies whose forwarding fields count; empty for none.
    """

    scheme: str = "http"
    trusted: Sequence[Network] = ()


def accept(wire: Wire, doorway: Doorway) -> Request | Refusal | Answer:
    """Find the one reading of a request.

    Returns:
        The request; or why it has none; or the answer to `OPTIONS *`, which asks
        the gateway itself.
    """
    known = Request(
        wire.id,
        wire.method,
        scheme_of(wire.peer, wire.headers, doorway),
        host="",
        authority="",
        target="/",
        path="/",
        headers=wire.headers,
        client_ip=client_address(wire.peer, wire.headers, doorway.trusted),
        received_us=wire.received_us,
    )
    if wire.version not in VERSIONS:
        detail = "this gateway speaks HTTP/1.1 and HTTP/1.0"
        return Refusal("version-not-supported", detail, known)
    if fault := _framing_fault(wire):
        return Refusal(*fault, known)
    try:
        host = _host(wire.headers)
        if wire.method == "OPTIONS" and wire.target == "*":
            return Answer(204, (ALLOW,))
        if wire.method in REFUSED_METHODS:
            detail = f"{wire.method} is not for archives"
            return Refusal("method-not-allowed", detail, known, (ALLOW,))
        target = _target(wire, host)
    except InvalidValue as error:
        return Refusal("bad-request", error.detail, known)
    return _request(known, host, target)


def wants_websocket(wire: Wire) -> bool:
    """Does the request ask for a WebSocket, properly (RFC 6455 §4.1)?"""
    return (
        wire.method == "GET"
        and wire.version == (1, 1)
        and wire.headers.get("upgrade").strip().lower() == "websocket"
        and "upgrade" in _options(wire.headers)
        and wire.headers.get("sec-websocket-version").strip() == "13"
        and bool(wire.headers.get("sec-websocket-key"))
    )


def asks_to_close(headers: Headers) -> bool:
    """Does the client say that this is its last request?"""
    return "connection" in headers and "close" in _options(headers)


def asks_to_keep(headers: Headers) -> bool:
    """Does a client of HTTP/1.0 want to send another request?"""
    options = _options(headers)
    return "keep-alive" in options and "close" not in options


def plain_block(headers: Headers) -> Block | None:
    """What a block of fields means wherever it stands; None where that depends.

    It depends where a body, an upgrade or an expectation follows.
    """
    if any(name in headers for name in NOT_PLAIN):
        return None
    try:
        host = _host(headers)
    except InvalidValue:
        return None
    return Block(headers, host, asks_to_close(headers))


def scheme_of(peer: str, headers: Headers, doorway: Doorway) -> str:
    """The public scheme; a trusted proxy in front may say which this time."""
    if not doorway.trusted or not is_trusted(read_address(peer), doorway.trusted):
        return doorway.scheme
    said = headers.all("x-forwarded-proto")
    scheme = said[-1].rpartition(",")[2].strip().lower() if said else ""
    return scheme if scheme in SCHEMES else doorway.scheme


def body_bytes_of(headers: Headers) -> int | None:
    """The announced length of a request body; None where there is none."""
    length = headers.get("content-length")
    return int(length) if DIGITS.match(length) else None


def _framing_fault(wire: Wire) -> tuple[str, str] | None:
    """What makes the end of the body uncertain (RFC 9112 §6.3), or of it awaited."""
    codings, lengths = (
        wire.headers.all("transfer-encoding"),
        wire.headers.all("content-length"),
    )
    if codings and lengths:
        detail = "Content-Length and Transfer-Encoding together have two readings"
        return "bad-request", detail
    if len(lengths) > 1 or any(not DIGITS.match(length) for length in lengths):
        return "bad-request", "Content-Length must be one whole number"
    if codings and (wire.version != (1, 1) or len(codings) > 1 or not codings[0]):
        detail = "Transfer-Encoding must be one field, in HTTP/1.1"
        return "bad-request", detail
    if codings and codings[0].lower() != "chunked":
        # Chunked is not the last coding, so the end is uncertain: 400, not 501.
        return "bad-request", "the only transfer coding here is `chunked`"
    expected = wire.headers.get("expect").lower()
    if expected not in {"", "100-continue"}:
        detail = "the only expectation that can be met is 100-continue"
        return "expectation-failed", detail
    return None


def _host(headers: Headers) -> Host:
    fields = headers.all("host")
    if len(fields) != 1:
        raise InvalidValue("a request carries exactly one Host field")
    return read_host(fields[0])


def _target(wire: Wire, host: Host) -> Target:
    """The target in origin-form; the absolute form must name the same place."""
    absolute = ABSOLUTE.match(wire.target)
    if absolute is None:
        return read_target(wire.target)
    scheme, authority, rest = absolute[1].lower(), absolute[2], absolute[3]
    if not read_host(authority).is_same(host, scheme=scheme):
        raise InvalidValue("the address and the Host field name different places")
    return read_target(rest if rest.startswith("/") else f"/{rest}")


def _options(headers: Headers) -> set[str]:
    """What `Connection` says, in lower case."""
    values = ",".join(headers.all("connection")).lower().split(",")
    return {option.strip(" \t") for option in values}


def _request(known: Request, host: Host, target: Target) -> Request:
    return Request(
        known.id,
        known.method,
        known.scheme,
        host=host.name,
        authority=host.authority,
        target=target.raw,
        path=target.path,
        query=target.query,
        headers=known.headers,
        client_ip=known.client_ip,
        received_us=known.received_us,
    )
