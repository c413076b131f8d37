"""Measuring: what serving takes, written down every few minutes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gateway.kernel.clock import Clock
from gateway.kernel.errors import GatewayError
from gateway.kernel.hooks import unheard
from gateway.metering.effort import EffortStore, Reading

MEASURED_EVERY_S = 300


async def keep_measuring(
    store: EffortStore,
    node: str,
    clock: Clock,
    *,
    read: Callable[[], Reading],
    every_s: float = MEASURED_EVERY_S,
    missed: Callable[[str], None] = unheard,
) -> None:
    """Add what was taken since the last time to its hour, until cancelled.

    What a store cannot take now is added the next time. What was taken since the
    last time when a process ends is lost, so a cost is never overstated.

    Args:
        store: Where it is kept.
        node: Whose effort it is.
        clock: Says which hour it is.
        read: Everything that was taken since the start.
        every_s: How often.
        missed: Hears that the store could not take it.
    """
    before = Reading()
    while True:
        await asyncio.sleep(every_s)
        now = read()
        try:
            taken = now.since(before)
            await asyncio.to_thread(
                store.add,
                node,
                taken.effort,
                at_us=clock.now_us(),
                by_class=taken.by_class,
            )
        except GatewayError as fault:
            missed(fault.detail)
        else:
            before = now
