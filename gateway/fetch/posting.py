"""One message to an address that a party named; looked at as a document's is.

Of the answer nothing is believed and nothing kept but its status.
"""

from __future__ import annotations

from collections.abc import Iterable

import aiohttp

from gateway.fetch.pinned import (
    Pinned,
    Resolve,
    asking,
    pinned_session,
    system_resolve,
)

TIMEOUT_S = 10.0


class Posting:
    """Posts messages; one for a whole process."""

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
        self._session: aiohttp.ClientSession | None = None

    async def __call__(
        self, url: str, body: bytes, headers: Iterable[tuple[str, str]]
    ) -> int:
        """POST *body* to *url*; the status of the answer. No redirect is followed.

        Raises:
            Refused: `address-refused` where we would not ask; `unreachable` where
                nobody answers in time.
        """
        if self._session is None:
            self._session = pinned_session(self._pinned, accept="*/*")
        async with (
            asking(
                url,
                allows_loopback=self._allows_loopback,
                timeout_s=self._timeout_s,
                otherwise="unreachable",
            ),
            self._session.post(
                url, data=body, headers=dict(headers), allow_redirects=False
            ) as answer,
        ):
            return answer.status

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
