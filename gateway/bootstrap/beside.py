"""What goes on beside requests: files, switches and revocations are followed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

from gateway.bootstrap.door import tokens_of
from gateway.bootstrap.following import followed
from gateway.bootstrap.front import Front
from gateway.bootstrap.house import House
from gateway.bootstrap.lasting import lasting
from gateway.bootstrap.plant import Plant
from gateway.kernel.errors import GatewayError
from gateway.services.authentication import POLL_MS

Work = Coroutine[None, None, None]
STOCK_EVERY_S = 1_800


def watching(house: House, plant: Plant) -> tuple[Work, ...]:
    """What every process that decides follows."""
    return tuple(
        lasting(watch, plant.escaped)
        for watch in (
            partial(_poll_epoch, plant),
            partial(_poll_off_switch, plant, house.settings.off_switch),
            partial(_watch_policies, plant, house.settings.policies),
            partial(_watch_policies, plant, house.settings.data_folder),
            partial(_watch_keys, house, plant),
            partial(_take_stock, house),
        )
    )


def begin(stack: AsyncExitStack, plant: Plant, *works: Work) -> None:
    """Start what goes on beside; it is ended with the stack."""
    for work in works:
        task = asyncio.ensure_future(work)
        task.add_done_callback(lambda task: _if_it_died(task, plant))
        stack.push_async_callback(_ended, task)


async def _poll_epoch(plant: Plant) -> None:
    while True:
        with suppress(GatewayError):
            await plant.authentication.refresh_epoch()
            await plant.ongoing.follow(plant.authentication.epoch)
        await asyncio.sleep(POLL_MS / 1_000)


async def _poll_off_switch(plant: Plant, switch: Path) -> None:
    while True:
        is_off = await asyncio.to_thread(switch.exists)
        if is_off != plant.off.is_on:
            plant.off.is_on = is_off
            plant.log.say("gateway.off" if is_off else "gateway.on")
        await asyncio.sleep(POLL_MS / 1_000)


async def _take_stock(house: House) -> None:
    """Add up who took how much, before what is known of it is too old."""
    while True:
        with suppress(GatewayError):
            await asyncio.to_thread(house.giving.take_stock)
        await asyncio.sleep(STOCK_EVERY_S)


async def _watch_policies(plant: Plant, folder: Path) -> None:
    """Read the policies again whenever a file changes."""
    async for _ in followed(folder):
        await asyncio.to_thread(plant.book.reload)


async def _watch_keys(house: House, plant: Plant) -> None:
    """Follow a rotation of the signing keys; a faulty folder changes nothing."""
    async for _ in followed(house.settings.keys_folder):
        try:
            plant.tokens.current = await asyncio.to_thread(tokens_of, house)
        except GatewayError as fault:
            plant.log.say("keys.faulty", reason=fault.detail)
        else:
            plant.authentication.forget_tokens()
            plant.log.say("keys.replaced")


def reload_on_hangup(plant: Plant, front: Front | None = None) -> None:
    """On SIGHUP read the policies again, off the loop, and the certificate."""

    def reload_now() -> None:
        task = asyncio.ensure_future(asyncio.to_thread(plant.book.reload))
        plant.reloads.add(task)
        task.add_done_callback(plant.reloads.discard)
        if front is not None:
            front.renew()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload_now)


def _if_it_died(task: asyncio.Future[None], plant: Plant) -> None:
    """What goes on beside requests never ends by itself; if so, it is a bug."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        plant.escaped(error)


async def _ended(task: asyncio.Future[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
