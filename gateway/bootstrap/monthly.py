"""Statements of usage come by themselves: once a day, what a month still lacks."""

from __future__ import annotations

import asyncio
from functools import partial

from gateway.bootstrap.beside import Work
from gateway.bootstrap.house import House
from gateway.bootstrap.lasting import lasting
from gateway.bootstrap.plant import Plant
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import GatewayError
from gateway.services.caps import Caps
from gateway.services.usage_statements import Due

LOOK_EVERY_S = 600.0
LOOK_BACK_MONTHS = 3
"""Usage that is recorded later than that is for `statement issue --period`."""


def monthly(house: House, plant: Plant) -> tuple[Work, ...]:
    """What goes on beside requests, in the one process that keeps the caps."""
    if not isinstance(plant.metering.caps, Caps):
        return ()
    return (lasting(partial(issue_statements, house, plant), plant.escaped),)


async def issue_statements(house: House, plant: Plant) -> None:
    """Once a day, issue the statements that are due."""
    issued_on = -1
    while True:
        today = house.clock.now_us() // US_PER_DAY
        if today != issued_on:
            try:
                made = await asyncio.to_thread(issued_now, house)
            except GatewayError as fault:
                plant.log.say("statements.not-issued", reason=fault.detail)
            else:
                issued_on = today
                for one in made.failed:
                    named = {"agreement": one.agreement_id, "period": str(one.period)}
                    plant.log.say("statements.not-issued", reason=one.reason, **named)
                if made.issued:
                    plant.log.say("statements.issued", count=len(made.issued))
        await asyncio.sleep(LOOK_EVERY_S)


def issued_now(house: House) -> Due:
    """Issue what is due. Without an agreement nothing is asked."""
    if not house.books.agreements.all():
        return Due(())
    return house.usage_statements.issue_due(months=LOOK_BACK_MONTHS)
