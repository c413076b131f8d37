"""One document from an address that a stranger named, bounded in size and time."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp

from gateway.fetch.pinned import (
    Pinned,
    Refused,
    Resolve,
    asking,
    pinned_session,
    system_resolve,
)

BYTES_MAX = 65_536
TIMEOUT_S = 3.0
ACCEPT = "application/http-message-signatures-directory+json, application/json"
UNREACHABLE = "directory-unreachable"
OK = 200
NOTHING_THERE = (404, 410)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What lay there.

    Attributes:
        body: Its bytes, as many as are allowed at most.
        fresh_s: How long its server says it may be kept; None where it does not say.
    """

    body: bytes
    fresh_s: int | None


class Missing(Refused):
    """Its server says that nothing lies there."""


class Documents:
    """Fetches documents; one for a whole process."""

    def __init__(
        self,
        *,
        resolve: Resolve = system_resolve,
        allows_loopback: bool = False,
        bytes_max: int = BYTES_MAX,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._pinned = Pinned(resolve, allows_loopback=allows_loopback)
        self._allows_loopback = allows_loopback
        self._bytes_max = bytes_max
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, url: str) -> Fetched:
        """Fetch *url*.

        Raises:
            Refused: it cannot or must not be had.
        """
        async with asking(
            url,
            allows_loopback=self._allows_loopback,
            timeout_s=self._timeout_s,
            otherwise=UNREACHABLE,
        ):
            return await self._fetched(url)

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def _fetched(self, url: str) -> Fetched:
        if self._session is None:
            self._session = pinned_session(self._pinned, accept=ACCEPT)
        async with self._session.get(url, allow_redirects=False) as answer:
            coding = answer.headers.get("Content-Encoding", "identity")
            if answer.status in NOTHING_THERE:
                raise Missing(UNREACHABLE)
            if answer.status != OK or coding != "identity":
                raise Refused(UNREACHABLE)
            body = bytearray()
            async for part in answer.content.iter_chunked(BYTES_MAX):
                body += part
                if len(body) > self._bytes_max:
                    raise Refused(UNREACHABLE)
            return Fetched(
                bytes(body), _fresh_s(answer.headers.get("Cache-Control", ""))
            )


def _fresh_s(cache_control: str) -> int | None:
    """`max-age`, or 0 where nothing may be kept; None where nothing is said."""
    fresh: int | None = None
    for directive in cache_control.lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name in {"no-store", "no-cache"}:
            return 0
        if name == "max-age" and value.strip('"').isdecimal():
            fresh = int(value.strip('"')[:9])
    return fresh
