"""The heartbeat: a mark in the store that tells a silent hour from an empty one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gateway.kernel.clock import Clock
from gateway.kernel.errors import GatewayError
from gateway.kernel.hooks import unheard
from gateway.metering.ports import HeartbeatStore

BEAT_EVERY_S = 300


async def keep_beating(
    store: HeartbeatStore,
    node: str,
    clock: Clock,
    *,
    every_s: float = BEAT_EVERY_S,
    missed: Callable[[str], None] = unheard,
) -> None:
    """Mark the hour again and again, until cancelled.

    A beat that the store cannot take is missed and reported, never retried: the
    gap is the truth.
    """
    while True:
        try:
            await asyncio.to_thread(store.beat, node, at_us=clock.now_us())
        except GatewayError as fault:
            missed(fault.detail)
        await asyncio.sleep(every_s)
