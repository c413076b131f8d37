"""Header hygiene: what stops here, what is ours to say, what is passed on.

Both directions drop hop-by-hop fields (RFC 9110 §7.6.1), those that `Connection`
names included. Towards the upstream, every client copy of a field that we set or
that only we may set is dropped first, also when it is spelled with underscores: CGI
and WSGI read `X_Forwarded_For` and `X-Forwarded-For` as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from gateway.kernel.request import Headers
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
KEPT_NAME_CHARS_MAX = 64


def nominated(values: Iterable[str]) -> frozenset[str]:
    """Field names, in lower case, that `Connection` values name."""
    names = (name.strip().lower() for value in values for name in value.split(","))
    return frozenset(name for name in names if name)


def passed_fields(
    headers: Headers, *, consumed: frozenset[str], may_override: bool
) -> HeaderPairs:
    """The client's fields that go to the upstream.

    Args:
        headers: What the client sent.
        consumed: Names that carried a credential of ours.
        may_override: Another method may be named than that of the request line.
    """
    stops = _stops(headers.all("connection"), consumed, may_override)
    return tuple([pair for pair in headers.pairs if _passes(pair[0], stops)])


def _passes(sent: str, stops: frozenset[str]) -> bool:
    # Names that are too long to be kept are no names of anything.
    ask = _short_passes if len(sent) <= KEPT_NAME_CHARS_MAX else _name_passes
    return ask(sent, stops)


@lru_cache(maxsize=64)
def _stops(
    options: tuple[str, ...],
    consumed: frozenset[str],
    may_override: bool,  # noqa: FBT001 kept by position
) -> frozenset[str]:
    stops = HOP_BY_HOP | OURS_TO_SAY | nominated(options) | consumed
    return stops if may_override else stops | METHOD_OVERRIDES


def _name_passes(sent: str, stops: frozenset[str]) -> bool:
    name = sent.lower().replace("_", "-")
    return name not in stops and not name.startswith(TRUST_PREFIXES)


_short_passes = lru_cache(maxsize=1024)(_name_passes)


def our_fields(client_ip: str, scheme: str, authority: str) -> HeaderPairs:
    """What we say about the client: its address, and what it asked for."""
    address = client_ip or "unknown"
    node = f'"[{address}]"' if ":" in address else address
    forwarded = f'for={node};proto={scheme};host="{authority}"'
    return (
        ("X-Forwarded-For", address),
        ("X-Forwarded-Proto", scheme),
        ("X-Forwarded-Host", authority),
        ("Forwarded", forwarded),
        ("Via", f"1.1 {PSEUDONYM}"),
    )
