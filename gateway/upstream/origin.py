"""An origin: one upstream as gateway.yaml names it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.kernel.errors import Misconfigured
from gateway.upstream.public_links import DEFAULT_PORTS, PublicLinks, links_of


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """One upstream.

    Attributes:
        host: Where to connect to: a name or an address.
        port: And its port.
        tls: How to speak TLS with it; None for plain.
        prefix: The path in front of every target, without a slash at the end.
        authority: Its own host and port, as a Host field says it.
        links: Rewrites its addresses.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None
    prefix: str
    authority: str
    links: PublicLinks


def origin_of(base_url: str, tls: ssl.SSLContext | None = None) -> Origin:
    """Read an upstream's address.

    Args:
        base_url: Origin and path prefix, `http://127.0.0.1:8080`.
        tls: For https; None for the system's authorities.

    Raises:
        Misconfigured: it is no such address.
    """
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if not parts.hostname or parts.scheme not in DEFAULT_PORTS:
        detail = f"upstream {base_url!r} names no host; write http://127.0.0.1:8080"
        raise Misconfigured(detail)
    host = parts.hostname
    named = f"[{host}]" if ":" in host else host
    is_default = port in {None, DEFAULT_PORTS[parts.scheme]}
    return Origin(
        host,
        port or DEFAULT_PORTS[parts.scheme],
        (tls or ssl.create_default_context()) if parts.scheme == "https" else None,
        parts.path.rstrip("/"),
        named if is_default else f"{named}:{port}",
        links_of(base_url),
    )
