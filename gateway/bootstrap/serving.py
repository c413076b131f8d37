"""A running gateway: two listeners, one writer, and what goes on beside them."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web

from gateway.api.app import make_admin_app
from gateway.bootstrap.admin import admin_of
from gateway.bootstrap.door import tokens_of
from gateway.bootstrap.following import followed
from gateway.bootstrap.fronts import front_of
from gateway.bootstrap.house import House, opened, policies_of
from gateway.bootstrap.node import node_of
from gateway.bootstrap.plant import Plant, plant_of, server_of
from gateway.kernel.errors import GatewayError, Misconfigured, Unavailable
from gateway.services.authentication import POLL_MS
from gateway.services.heartbeat import keep_beating
from gateway.settings import Address, Settings
from gateway.storage.stores.heartbeat_store import SqlHeartbeatStore

GRACE_S = 10
ACCEPT_QUEUE = 1_024
START_AGAIN_S = 5


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        Misconfigured: policies, store or keys are not usable.
        Unavailable: the store cannot be opened, or a port is taken.
    """
    policies_of(settings)
    with opened(settings) as house:
        asyncio.run(_serve(house))


async def _serve(house: House) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with _running(house) as plant:
        loop.add_signal_handler(signal.SIGHUP, lambda: _reload_soon(plant))
        plant.log.say(
            "gateway.started",
            listen=str(house.settings.listen),
            admin_listen=str(house.settings.admin_listen),
            policy_version=plant.book.current().version[:16],
            boot_id=plant.boot_id,
        )
        await stopping.wait()
        plant.log.say("gateway.stopping", boot_id=plant.boot_id)


@asynccontextmanager
async def _running(house: House) -> AsyncIterator[Plant]:
    """Everything up, in the order it is needed; down in the other order."""
    settings = house.settings
    async with AsyncExitStack() as stack:
        public = stack.enter_context(_bound(settings.listen))
        private = stack.enter_context(_bound(settings.admin_listen))
        node = stack.enter_context(node_of(settings.folder))
        plant = await stack.enter_async_context(
            plant_of(house, node=node, boot_id=_boot_id())
        )
        front = front_of(house, plant)
        for work in (*_beside(house, plant), *front.beside):
            task = asyncio.create_task(work)
            task.add_done_callback(lambda task: _if_it_died(task, plant))
            stack.push_async_callback(_ended, task)
        runner = web.AppRunner(
            make_admin_app(admin_of(house, plant), more=front.routes),
            access_log=None,
            handle_signals=False,
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, private).start()
        loop = asyncio.get_running_loop()
        server = server_of(house, plant)
        listening = await loop.create_server(server, sock=public, backlog=ACCEPT_QUEUE)
        stack.push_async_callback(server.drain, GRACE_S)
        stack.callback(listening.close)
        yield plant


def _beside(house: House, plant: Plant) -> tuple[Coroutine[None, None, None], ...]:
    """What goes on while requests are answered."""
    return (
        _poll_epoch(plant),
        _poll_off_switch(plant, house.settings.off_switch),
        _watch_policies(plant, house.settings.policies),
        _watch_keys(house, plant),
        _start_node(house, plant),
    )


async def _start_node(house: House, plant: Plant) -> None:
    """Register this run; a store that cannot be written is tried again."""
    is_registered = False
    while not is_registered:
        is_registered = await asyncio.to_thread(
            _registered, plant, house.clock.now_us()
        )
        await asyncio.sleep(0 if is_registered else START_AGAIN_S)
    beats = SqlHeartbeatStore(house.store)
    await keep_beating(beats, plant.node, house.clock, missed=plant.missed_beat)


def _registered(plant: Plant, now_us: int) -> bool:
    try:
        orphans = plant.usage.start_node(plant.node, plant.boot_id, at_us=now_us)
    except GatewayError as fault:
        plant.log.say("node.not-registered", reason=fault.detail)
        return False
    plant.telemetry.orphans_found(orphans)
    return True


async def _poll_epoch(plant: Plant) -> None:
    while True:
        with suppress(GatewayError):
            await plant.authentication.refresh_epoch()
        await asyncio.sleep(POLL_MS / 1_000)


async def _poll_off_switch(plant: Plant, switch: Path) -> None:
    while True:
        is_off = await asyncio.to_thread(switch.exists)
        if is_off != plant.off.is_on:
            plant.off.is_on = is_off
            plant.log.say("gateway.off" if is_off else "gateway.on")
        await asyncio.sleep(POLL_MS / 1_000)


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


def _reload_soon(plant: Plant) -> None:
    """SIGHUP: read the policies again, off the loop."""
    task = asyncio.ensure_future(asyncio.to_thread(plant.book.reload))
    plant.reloads.add(task)
    task.add_done_callback(plant.reloads.discard)


def _if_it_died(task: asyncio.Task[None], plant: Plant) -> None:
    """What goes on beside requests never ends by itself; if so, it is a bug."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        plant.log.say("bug.escaped", error=type(error).__name__, detail=str(error))


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _bound(address: Address) -> socket.socket:
    """A socket bound to an address, before anything else is started.

    Raises:
        Unavailable: somebody else has it.
        Misconfigured: this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address.host, address.port))
    except OSError as error:
        bound.close()
        is_taken = error.errno == 98 or "in use" in str(error)
        if is_taken:
            detail = (
                f"{address} is taken; stop what listens there, or choose another "
                "address with --listen or --admin-listen"
            )
            raise Unavailable(detail) from None
        detail = f"cannot listen on {address}: {error.strerror}"
        raise Misconfigured(detail) from None
    return bound


def _boot_id() -> str:
    return secrets.token_hex(8)
