"""Proofs are looked at again once a day, beside requests."""

from __future__ import annotations

import asyncio
from functools import partial

from gateway.bootstrap.beside import Work
from gateway.bootstrap.house import House
from gateway.bootstrap.lasting import lasting
from gateway.bootstrap.plant import Plant
from gateway.bootstrap.proof_checks import rechecks_of
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import GatewayError
from gateway.services.caps import Caps
from gateway.services.rechecks import Round

LOOK_EVERY_S = 600.0


def rechecking(house: House, plant: Plant) -> tuple[Work, ...]:
    """What goes on beside requests, in the one process that keeps the caps."""
    if not isinstance(plant.metering.caps, Caps):
        return ()
    return (lasting(partial(_once_a_day, house, plant), plant.escaped),)


async def _once_a_day(house: House, plant: Plant) -> None:
    looked_on = -1
    while True:
        today = house.clock.now_us() // US_PER_DAY
        if today != looked_on:
            try:
                # Stores block: a thread with a loop of its own asks and keeps.
                done = await asyncio.to_thread(asyncio.run, _round(house))
            except GatewayError as fault:
                plant.log.say("proofs.not-looked-at", reason=fault.detail)
            else:
                looked_on = today
                for one in done.lapsed:
                    plant.log.say(
                        "proof.lapsed", party=one.party_id, attribute=one.attribute
                    )
        await asyncio.sleep(LOOK_EVERY_S)


async def _round(house: House) -> Round:
    return await rechecks_of(house).go_round()
