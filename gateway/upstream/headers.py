"""Header hygiene: what stops here, what is ours to say, what is passed on.

Both directions drop hop-by-hop fields (RFC 9110 §7.6.1), those that `Connection`
names included. Towards the upstream, every client copy of a field that we set or
that only we may set is dropped first, also when it is spelled with underscores: CGI
and WSGI read `X_Forwarded_For` and `X-Forwarded-For` as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.kernel.errors import UpstreamFailed
from gateway.kernel.request import Request
from gateway.upstream.response import HeaderPairs

PSEUDONYM = "copyfair"
HOP_BY_HOP = frozenset(
    (
        "connection",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
OURS_TO_SAY = frozenset(
    (
        "content-length",
        "expect",
        "forwarded",
        "host",
        "x-client-ip",
        "x-forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-proto",
        "x-forwarded-scheme",
        "x-forwarded-server",
        "x-forwarded-ssl",
        "x-original-host",
        "x-original-url",
        "x-real-ip",
        "x-rewrite-url",
    )
)
TRUST_PREFIXES = ("copyfair-", "x-copyfair-")
# They say another method than the request line does; policies saw the latter.
METHOD_OVERRIDES = frozenset(("x-http-method", "x-http-method-override"))
MAY_OVERRIDE = "POST"

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def nominated(values: Iterable[str]) -> frozenset[str]:
    """Field names, in lower case, that `Connection` values name."""
    names = (name.strip().lower() for value in values for name in value.split(","))
    return frozenset(name for name in names if name)


def request_fields(
    asked: Request, *, host: str, consumed: frozenset[str]
) -> list[tuple[str, str]]:
    """The fields that go to the upstream, without framing.

    Args:
        asked: What the client asked.
        host: The Host to send.
        consumed: Names that carried a credential of ours.
    """
    hops = nominated(asked.headers.all("connection"))
    stops = HOP_BY_HOP | OURS_TO_SAY | hops | consumed
    if asked.method != MAY_OVERRIDE:
        stops |= METHOD_OVERRIDES
    passed = [
        (name, value)
        for name, value in asked.headers
        if not _is_ours(name.lower().replace("_", "-"), stops)
    ]
    return [("Host", host), *passed, *_our_fields(asked)]


def _is_ours(name: str, stops: frozenset[str]) -> bool:
    return name in stops or name.startswith(TRUST_PREFIXES)


def _our_fields(asked: Request) -> HeaderPairs:
    address = asked.client_ip or "unknown"
    node = f'"[{address}]"' if ":" in address else address
    forwarded = f'for={node};proto={asked.scheme};host="{asked.authority}"'
    return (
        ("X-Forwarded-For", address),
        ("X-Forwarded-Proto", asked.scheme),
        ("X-Forwarded-Host", asked.authority),
        ("Forwarded", forwarded),
        ("Via", f"1.1 {PSEUDONYM}"),
    )


def response_fields(fields: Iterable[tuple[str, str]]) -> HeaderPairs:
    """The fields of an upstream's answer that go to the client.

    Raises:
        UpstreamFailed: a field could end the head early or start another.
    """
    pairs = tuple(fields)
    hops = nominated(value for name, value in pairs if name.lower() == "connection")
    stops = HOP_BY_HOP | hops
    passed: list[tuple[str, str]] = []
    for name, value in pairs:
        if not NAME.match(name) or CONTROLS.search(value):
            raise UpstreamFailed("the archive answered with a malformed header field")
        if name.lower() not in stops:
            passed.append((name, value))
    return tuple(passed)
