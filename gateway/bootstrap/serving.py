"""A running gateway: two listeners, one writer, and what goes on beside them."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from gateway.api.app import make_admin_app
from gateway.bootstrap.admin import admin_of
from gateway.bootstrap.beside import begin, reload_on_hangup, watching
from gateway.bootstrap.capturing import capture_watched
from gateway.bootstrap.collecting import seldom_collected
from gateway.bootstrap.front import Front, front_of, run
from gateway.bootstrap.front_servers import front_servers_of
from gateway.bootstrap.house import House, opened
from gateway.bootstrap.measuring import measured
from gateway.bootstrap.monthly import monthly
from gateway.bootstrap.node import node_of
from gateway.bootstrap.notifying import notifying
from gateway.bootstrap.parent import serve_by_workers
from gateway.bootstrap.plant import Plant, plant_of, server_of
from gateway.bootstrap.rechecking import rechecking
from gateway.bootstrap.shipped import policies_of
from gateway.bootstrap.sockets import Listeners, listeners_of
from gateway.kernel.errors import GatewayError
from gateway.proxy.listener import PublicServer
from gateway.services.heartbeat import keep_beating
from gateway.settings import Settings
from gateway.storage.stores.heartbeat_store import SqlHeartbeatStore

GRACE_S = 10
NOTICE_S = 1
START_AGAIN_S = 5
BOOT_ID_BYTES = 8


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        Misconfigured: policies, store or keys are not usable.
        Unavailable: the store cannot be opened, or a port is taken.
    """
    policies_of(settings)
    if settings.workers > 1:
        serve_by_workers(settings)
        return
    with opened(settings) as house:
        run(settings, _serve(house))


async def _serve(house: House) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with _running(house) as plant:
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
        listeners = stack.enter_context(listeners_of(settings))
        node = stack.enter_context(node_of(settings.folder))
        plant = await stack.enter_async_context(
            plant_of(house, node=node.name, boot_id=new_boot_id())
        )
        front, behind = front_of(settings, plant.log), front_servers_of(house, plant)
        reload_on_hangup(plant, front)
        beside = *watching(house, plant), front.follow(), _start_node(house, plant)
        beside += (measured(house, plant), *notifying(house, plant))
        beside += (capture_watched(house, plant),)
        beside += monthly(house, plant) + rechecking(house, plant)
        begin(stack, plant, *beside, *behind.beside)
        runner = web.AppRunner(
            make_admin_app(admin_of(house, plant), more=behind.routes),
            access_log=None,
            handle_signals=False,
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await behind.let_in(stack, listeners.decide)
        await _listen(stack, front, listeners, server=server_of(house, plant))
        stack.enter_context(seldom_collected())
        # Last, so that whoever hears that we are ready finds the door open.
        await web.SockSite(runner, listeners.admin).start()
        yield plant


async def _listen(
    stack: AsyncExitStack, front: Front, listeners: Listeners, *, server: PublicServer
) -> None:
    door = await front.opened(server, listeners.public)

    async def stop() -> None:
        await door.close()
        if listeners.is_adopted:
            server.notice()
            await asyncio.sleep(NOTICE_S)
        await server.drain(GRACE_S)

    stack.push_async_callback(stop)


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


def new_boot_id() -> str:
    """The name of one run."""
    return secrets.token_hex(BOOT_ID_BYTES)
