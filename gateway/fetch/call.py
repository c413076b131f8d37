"""Calls of a known API: one bounded question, one bounded answer.

The same walls as for documents: public addresses only, resolved once; no redirect,
proxy, cookie or compression; https on 443 unless this machine is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.fetch.document import UNREACHABLE
from gateway.fetch.pinned import (
    Pinned,
    Refused,
    Resolve,
    asking,
    pinned_session,
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
        async with asking(
            url,
            allows_loopback=self._allows_loopback,
            timeout_s=self._timeout_s,
            otherwise=UNREACHABLE,
        ):
            return await self._answered(method, url, body=body, fields=fields)

    async def _answered(
        self, method: str, url: str, *, body: bytes, fields: Mapping[str, str]
    ) -> tuple[int, bytes]:
        async with (
            pinned_session(self._pinned, accept="*/*") as session,
            session.request(
                method,
                url,
                data=body or None,
                headers=dict(fields),
                allow_redirects=False,
            ) as answer,
        ):
            found = bytearray()
            async for part in answer.content.iter_chunked(64 * 1024):
                found += part
                if len(found) > BYTES_MAX:
                    raise Refused(UNREACHABLE)
            return answer.status, bytes(found)
