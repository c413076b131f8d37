"""Looks at the capture index while the gateway runs, and says when it turns."""

from __future__ import annotations

import asyncio

from gateway.bootstrap.house import House
from gateway.bootstrap.plant import Plant
from gateway.kernel.errors import GatewayError

LOOKED_AT_EVERY_S = 3_600


async def capture_watched(
    house: House, plant: Plant, *, every_s: float = LOOKED_AT_EVERY_S
) -> None:
    """Show the index, and say once in the log when it is above the limit, or again
    below it; until cancelled.
    """
    was_captured = False
    while True:
        try:
            index = (await asyncio.to_thread(house.capture.look)).index
        except GatewayError as fault:
            plant.log.say("capture.missed", reason=fault.detail)
        else:
            plant.metrics.show_capture(
                float(index.index), is_captured=index.is_captured
            )
            if index.is_captured != was_captured:
                was_captured = index.is_captured
                plant.log.say(
                    "capture.above-limit" if was_captured else "capture.below-limit",
                    takers=index.takers,
                    top_share=round(float(index.figures.top_share), 4),
                    index=round(float(index.index), 4),
                )
        await asyncio.sleep(every_s)
