"""Published books on somebody's web server, read file by file."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from gateway.fetch.document import Documents, Missing
from gateway.fetch.pinned import Refused
from gateway.kernel.errors import Unavailable

BYTES_MAX = 256 * 1024 * 1024
TIMEOUT_S = 120.0


class PublishedSite:
    """`gateway.transparency.ports.PublishedFiles` below an address.

    To be used as a context, outside any event loop.
    """

    def __init__(self, url: str, *, allows_loopback: bool = False) -> None:
        self._url = url.rstrip("/")
        self._documents = Documents(
            allows_loopback=allows_loopback, bytes_max=BYTES_MAX, timeout_s=TIMEOUT_S
        )
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.run(self._documents.close())
        self._runner.close()

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None where there is none.

        Raises:
            Unavailable: it cannot be had now.
        """
        return self._runner.run(self._read(f"{self._url}/{path}"))

    async def _read(self, url: str) -> bytes | None:
        try:
            return (await self._documents(url)).body
        except Missing:
            return None
        except Refused as refused:
            detail = (
                f"{url} cannot be had ({refused.reason}); "
                "it takes https and no redirect"
            )
            raise Unavailable(detail) from None
