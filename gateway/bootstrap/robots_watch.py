"""What robots.txt forbids, also where no machine of this process ever asked for it.

A machine that does not read the file could have read it. Its first expensive page has
the file read beside requests; nobody waits for that, and it is judged from then on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from gateway.kernel.request import Headers, Request
from gateway.terms.publications import Publications

ROBOTS = "/robots.txt"
USER_AGENT = "copyfair-gateway (reads robots.txt)"
AT_ONCE = 4


class RobotsWatch:
    """Says whether robots.txt asks somebody to leave a page, and has it read."""

    def __init__(
        self, publications: Publications, escaped: Callable[[Exception], None]
    ) -> None:
        """Nothing is being read.

        Args:
            publications: Reads the file, and knows its rules.
            escaped: Hears of what went wrong without being known.
        """
        self._publications = publications
        self._escaped = escaped
        self._loop = asyncio.get_running_loop()
        self._reading: dict[str, asyncio.Task[None]] = {}

    def __call__(self, asked: Request) -> bool:
        """Does it, as far as that is known now?"""
        if self._publications.rules_are_due(asked) and self._is_at_home():
            self._begin(asked)
        return self._publications.forbids(asked)

    def _is_at_home(self) -> bool:
        """Whoever only wants an explanation asks from a thread of its own."""
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def _begin(self, asked: Request) -> None:
        origin = self._publications.site.origin(asked)
        if origin in self._reading or len(self._reading) >= AT_ONCE:
            return
        fields = (("Host", asked.authority), ("User-Agent", USER_AGENT))
        file = replace(
            asked,
            method="GET",
            target=ROBOTS,
            path=ROBOTS,
            query="",
            headers=Headers(fields),
        )
        self._reading[origin] = self._loop.create_task(self._read(origin, file))

    async def _read(self, origin: str, file: Request) -> None:
        try:
            await self._publications.read_rules(file)
        except Exception as error:  # noqa: BLE001 - whatever it is, readers go on
            self._escaped(error)
        finally:
            del self._reading[origin]
