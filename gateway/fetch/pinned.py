"""The one way out: to public addresses, each resolved once, bounded in time.

The name is resolved once, every address it has must be public, and the connection goes
to one of exactly those: a second, different answer of the name server is never asked
for. No redirect, no proxy of the environment, no cookies, no compression.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.fetch.public_address import address_of, is_loopback, is_public

CONNECTIONS_MAX = 8
AGENT = "CopyfairGateway/26 (+https://copyfair.example/keys)"

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""From a host and a port to the addresses it has; OSError where it has none."""


class Refused(Exception):
    """It cannot or must not be had; `reason` is kebab-case.

    Attributes:
        reason: `address-refused` where we would not ask, else
            `directory-unreachable`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def system_resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, from the machine's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Pinned(AbstractResolver):
    """Answers with addresses that were looked at, or not at all."""

    def __init__(self, resolve: Resolve, *, allows_loopback: bool = False) -> None:
        self._resolve = resolve
        self._allows_loopback = allows_loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of *host*, if every one of them may be asked.

        Raises:
            Refused: one of them may not.
            OSError: it has none.
        """
        addresses = await self._resolve(host, port)
        if not all(self.may_ask(address) for address in addresses):
            raise Refused("address-refused")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    def may_ask(self, address: str) -> bool:
        """Is it public, or this machine where that is allowed?"""
        return is_public(address) or (self._allows_loopback and is_loopback(address))

    async def close(self) -> None:
        """There is nothing to close."""


def assert_may_ask(url: str, *, allows_loopback: bool) -> None:
    """Refuse what must not be asked before anything is resolved.

    Raises:
        Refused: it is no address of the public web.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise Refused("address-refused") from None
    address = address_of(host)
    if allows_loopback and (host == "localhost" or is_loopback(host)):
        return
    is_plain = parts.scheme != "https" or port not in {None, 443}
    # A name without a dot is of this network; a number is read by no rule of ours.
    is_local = address is None and ("." not in host.strip(".") or "%" in host)
    # A library may read other scripts' digits and dots as an address, unresolved.
    is_local = is_local or not host.isascii()
    if is_plain or "@" in parts.netloc or is_local:
        raise Refused("address-refused")
    if address is not None and not is_public(host):
        raise Refused("address-refused")


@asynccontextmanager
async def asking(
    url: str, *, allows_loopback: bool, timeout_s: float, otherwise: str
) -> AsyncIterator[None]:
    """Ask *url* within, in time and where we may; whatever fails is `Refused`.

    Args:
        url: The whole address.
        allows_loopback: Whether this machine may be asked.
        timeout_s: How long all of it may take.
        otherwise: The reason where nobody answers as hoped.

    Raises:
        Refused: it must not be asked, or did not answer.
    """
    assert_may_ask(url, allows_loopback=allows_loopback)
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except Refused:
        raise
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
        inner = error.__cause__ or error
        if isinstance(inner, Refused):
            raise Refused(inner.reason) from None
        raise Refused(otherwise) from None


def pinned_session(pinned: Pinned, *, accept: str) -> aiohttp.ClientSession:
    """A client that goes only where it was looked, and keeps nothing."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            resolver=pinned,
            use_dns_cache=False,
            limit=CONNECTIONS_MAX,
            limit_per_host=1,
            force_close=True,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={
            "User-Agent": AGENT,
            "Accept": accept,
            "Accept-Encoding": "identity",
        },
    )
