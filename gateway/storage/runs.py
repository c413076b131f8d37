"""Which runs of a node are alive: what the dead ones left open becomes an orphan."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, Unavailable
from gateway.metering.ports import RunStore
from gateway.storage.visitor import DoorHooks

AGAIN_S = 0.5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Runs:
    """Asks the store in threads, again until it can be asked.

    Attributes:
        store: Where runs and intents are kept.
        node: Whose runs.
        clock: When.
        hooks: Who hears of orphans.
    """

    store: RunStore
    node: str
    clock: Clock
    hooks: DoorHooks

    async def register(self, boot_id: str) -> None:
        """A run has begun, or goes on."""
        now_us = self.clock.now_us()
        await self._asked(
            lambda: self.store.start_boot(self.node, boot_id, at_us=now_us)
        )

    async def with_open_intents(self) -> tuple[str, ...]:
        """Runs that left, or have, something open."""
        return await self._asked(lambda: self.store.boots_with_open_intents(self.node))

    async def open_request_ids(self, boot_id: str) -> frozenset[str]:
        """Requests of a run whose intent is durable and open."""
        return await self._asked(lambda: self.store.open_request_ids(boot_id))

    async def orphan(self, boot_id: str) -> None:
        """A run is dead: what it left open is counted, and billed nothing."""
        now_us = self.clock.now_us()
        number = await self._asked(
            lambda: self.store.orphan_boot(self.node, boot_id, at_us=now_us)
        )
        self.hooks.orphaned(number)

    async def let_go(self, request_id: str) -> None:
        """Nothing came of an intent, if it is there."""

        def released() -> None:
            try:
                self.store.release_intent(request_id, at_us=self.clock.now_us())
            except Conflict:
                return  # it was never there, or has ended otherwise

        await self._asked(released)

    async def _asked(self, call: Callable[[], T]) -> T:
        while True:
            try:
                return await asyncio.to_thread(call)
            except Unavailable as fault:
                self.hooks.stuck(fault.detail)
            await asyncio.sleep(AGAIN_S)
