"""Links that name the upstream's own host are written for the public instead.

An archive that does not know its public name answers with redirects and links to
where it really stands. Followed, they would lead readers around the gateway, or
nowhere. Some servers write the public host as they were told it, and their own port
behind it: nginx does so for every folder that is asked for without its slash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.upstream.response import HeaderPairs

WHOLE = frozenset(("location", "content-location"))
WITHIN = frozenset(("link", "refresh"))
DEFAULT_PORTS = {"http": 80, "https": 443}
HOST = r"\[[0-9a-f:.]+\]|[^/?#>\s\"';,:@\[\]]+"


@dataclass(frozen=True, slots=True)
class PublicLinks:
    """Rewrites the addresses of one upstream.

    Attributes:
        origin: Its origin and path prefix, without a slash at the end; the group
            `named` holds a host that is not its own in front of its port.
    """

    origin: re.Pattern[str]

    def rewritten(self, headers: HeaderPairs, *, public: str) -> HeaderPairs:
        """The same fields with public addresses.

        Args:
            headers: The upstream's fields.
            public: The public origin, `https://archive.example`.
        """
        return tuple(
            (name, self._in_field(name.lower(), value, public))
            for name, value in headers
        )

    def _in_field(self, name: str, value: str, public: str) -> str:
        if name in WHOLE:
            found = self.origin.match(value)
            if found is None or not _is_meant(found, public):
                return value
            return public + _rooted(value[found.end() :])
        if name in WITHIN:
            return self.origin.sub(
                lambda found: public if _is_meant(found, public) else found[0], value
            )
        return value


def links_of(base_url: str) -> PublicLinks:
    """The rewriting for an upstream.

    Args:
        base_url: Its address as gateway.yaml names it.
    """
    parts = urlsplit(base_url)
    host = (parts.hostname or "").lower()
    bare = f"[{host}]" if ":" in host else host
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    ports = f"(?::{port})?" if port == DEFAULT_PORTS[parts.scheme] else f":{port}"
    authority = rf"(?:{re.escape(bare)}{ports}|(?P<named>{HOST}):{port})"
    prefix = re.escape(parts.path.rstrip("/"))
    # Ends where an authority or a path segment ends, so `host:80` is not `host:8080`.
    pattern = rf"(?:https?:)?//{authority}{prefix}(?=[/?#>\s\"';,]|\Z)"
    return PublicLinks(re.compile(pattern, re.IGNORECASE))


def _is_meant(found: re.Match[str], public: str) -> bool:
    """Is it the upstream's own host, or the public one with the upstream's port?"""
    named: str | None = found["named"]
    return named is None or named.strip("[]").lower() == urlsplit(public).hostname


def _rooted(rest: str) -> str:
    return rest if rest.startswith("/") else f"/{rest}"
