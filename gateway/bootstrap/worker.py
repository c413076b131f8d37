"""A worker: serves the public socket, and has the writer write what it meters."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from gateway.bootstrap.admin import rates_of
from gateway.bootstrap.beside import begin, reload_on_hangup, watching
from gateway.bootstrap.collecting import seldom_collected
from gateway.bootstrap.control import ParentWire
from gateway.bootstrap.family import Family
from gateway.bootstrap.front import front_of, run
from gateway.bootstrap.house import House, opened
from gateway.bootstrap.lanes import lanes_of
from gateway.bootstrap.plant import Plant, plant_of, server_of
from gateway.bootstrap.serving import NOTICE_S, new_boot_id
from gateway.proxy.doors import Door
from gateway.proxy.listener import PublicServer
from gateway.settings import Settings
from gateway.storage.remote_writer import RemoteWriter
from gateway.telemetry.merging import snapshot

FIGURES_EVERY_S = 1
COUNTED_BY_THE_WRITER = frozenset(("copyfair_policy_reloads",))


def work(
    settings: Settings,
    family: Family,
    *,
    node: str,
    public: socket.socket,
    wire: ParentWire,
) -> None:
    """Serve until SIGTERM; a second one ends what is still under way.

    Raises:
        Misconfigured: policies, store or keys are not usable.
        Unavailable: the store cannot be opened.
    """
    with opened(settings) as house:
        run(settings, _work(house, family, node=node, public=public, wire=wire))


async def _work(
    house: House,
    family: Family,
    *,
    node: str,
    public: socket.socket,
    wire: ParentWire,
) -> None:
    stopping, hurry = _signalled()
    remote = RemoteWriter(new_boot_id(), os.getpid())
    links: set[asyncio.Future[None]] = set()

    def linked(end: socket.socket) -> None:
        task = asyncio.ensure_future(remote.connect(end))
        links.add(task)
        task.add_done_callback(links.discard)

    async with AsyncExitStack() as stack:
        plant = await stack.enter_async_context(
            plant_of(house, family, node=node, boot_id=remote.boot_id, remote=remote)
        )
        front = front_of(house.settings, plant.log)
        reload_on_hangup(plant, front)
        beside = *watching(house, plant), front.follow(), _say_figures(remote)
        begin(stack, plant, *beside)
        server = server_of(house, plant)
        remote.figured = lambda: _figures(house, plant, server)
        wire.listen(linked=linked, complete=lambda: None)
        door = await front.opened(server, public)
        stack.enter_context(seldom_collected())
        wire.say_ready()
        plant.log.say(
            "worker.started",
            boot_id=plant.boot_id,
            process_id=remote.process_id,
            policy_version=plant.book.current().version[:16],
        )
        await stopping.wait()
        plant.log.say("worker.stopping", boot_id=plant.boot_id)
        await _drained(door, server, hurry, drain_s=house.settings.drain_s)


def _signalled() -> tuple[asyncio.Event, asyncio.Event]:
    """Set by the first SIGTERM, and by the second."""
    stopping, hurry = asyncio.Event(), asyncio.Event()

    def asked() -> None:
        (hurry if stopping.is_set() else stopping).set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, asked)
    # Ctrl-C reaches the whole group; the parent says when to stop.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    return stopping, hurry


async def _drained(
    door: Door,
    server: PublicServer,
    hurry: asyncio.Event,
    *,
    drain_s: int,
) -> None:
    """Let go: no connection more, each answer the last of its connection, the end."""
    await door.close()
    server.notice()
    await _unless(hurry, asyncio.sleep(NOTICE_S))
    await _unless(hurry, server.drain(drain_s))
    if hurry.is_set():
        await server.drain(0)


async def _unless(hurry: asyncio.Event, waiting: Any) -> None:
    """Wait for something, but not once it has to be quick."""
    tasks = {asyncio.ensure_future(waiting), asyncio.ensure_future(hurry.wait())}
    _, late = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in late:
        task.cancel()
    await asyncio.wait(tasks)


async def _say_figures(remote: RemoteWriter) -> None:
    while True:
        remote.say_figures()
        await asyncio.sleep(FIGURES_EVERY_S)


def _figures(house: House, plant: Plant, server: PublicServer) -> Mapping[str, Any]:
    return {
        "process_id": os.getpid(),
        "boot_id": plant.boot_id,
        "policy_version": plant.book.current().version,
        "is_draining": server.is_draining,
        "top": rates_of(house, plant),
        "lanes": lanes_of(plant.relief),
        "metrics": snapshot(plant.metrics.registry, without=COUNTED_BY_THE_WRITER),
    }
