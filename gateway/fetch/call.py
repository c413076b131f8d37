"""Calls of a known API: one bounded question, one bounded answer.

The same walls as for documents: public addresses only, resolved once; no redirect,
proxy, cookie or compression; https on 443 unless this machine is allowed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp

from gateway.fetch.document import (
    AGENT,
    Pinned,
    Refused,
    Resolve,
    assert_may_ask,
    system_resolve,
)

BYTES_MAX = 1024 * 1024
TIMEOUT_S = 20.0


class Calls:
    """Calls APIs; close it at the end."""

    def __init__(
        self,
        *,
        resolve: Resolve = system_resolve,
        allows_loopback: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._pinned = Pinned(resolve, allows_loopback=allows_loopback)
        self._allows_loopback = allows_loopback
        self._timeout_s = timeout_s

    async def __call__(
        self, method: str, url: str, *, body: bytes, fields: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Ask.

        Args:
            method: HTTP method.
            url: The whole address.
            body: What is sent; empty for nothing.
            fields: Header fields to add.

        Returns:
            Status and body.

        Raises:
            Refused: it must not be asked, or gave no whole answer in time; whether
                it understood the question is not known.
        """
        assert_may_ask(url, allows_loopback=self._allows_loopback)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._answered(method, url, body=body, fields=fields)
        except Refused:
            raise
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            inner = error.__cause__ or error
            if isinstance(inner, Refused):
                raise Refused(inner.reason) from None
            raise Refused("directory-unreachable") from None

    async def _answered(
        self, method: str, url: str, *, body: bytes, fields: Mapping[str, str]
    ) -> tuple[int, bytes]:
        connector = aiohttp.TCPConnector(
            resolver=self._pinned, use_dns_cache=False, force_close=True
        )
        told = {"User-Agent": AGENT, "Accept-Encoding": "identity", **fields}
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                headers=told,
            ) as session,
            session.request(
                method, url, data=body or None, allow_redirects=False
            ) as answer,
        ):
            found = bytearray()
            async for part in answer.content.iter_chunked(64 * 1024):
                found += part
                if len(found) > BYTES_MAX:
                    raise Refused("directory-unreachable")
            return answer.status, bytes(found)
