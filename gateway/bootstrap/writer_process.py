"""The writer's process: it owns what metering writes, the caps, and the admin socket.

It is ready before the one it takes over from has stopped; it begins once the parent
has handed it the lines of all workers.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from gateway.api.app import make_admin_app
from gateway.api.ports import Admin
from gateway.bootstrap.admin import admin_of, rates_of
from gateway.bootstrap.beside import begin, reload_on_hangup, watching
from gateway.bootstrap.capturing import capture_watched
from gateway.bootstrap.collecting import seldom_collected
from gateway.bootstrap.control import ParentWire
from gateway.bootstrap.family import Family
from gateway.bootstrap.front import run
from gateway.bootstrap.front_servers import front_servers_of
from gateway.bootstrap.house import House, opened
from gateway.bootstrap.lanes import of_all
from gateway.bootstrap.measuring import measured
from gateway.bootstrap.monthly import monthly
from gateway.bootstrap.notifying import notifying
from gateway.bootstrap.plant import Plant, caps_of, metering_of, plant_of
from gateway.bootstrap.rechecking import rechecking
from gateway.bootstrap.serving import new_boot_id
from gateway.bootstrap.shipped import policies_of
from gateway.bootstrap.taking import top_document
from gateway.kernel.clock import Clock
from gateway.services.caps import Caps
from gateway.services.heartbeat import keep_beating
from gateway.settings import Settings
from gateway.storage.runs import Runs
from gateway.storage.stores.heartbeat_store import SqlHeartbeatStore
from gateway.storage.visitor import DoorHooks, Visitor
from gateway.storage.writer_door import WriterDoor
from gateway.telemetry.merging import MergedMetrics, Snapshot, snapshot

# Workers count these; what waits here waits there as well.
COUNTED_BY_WORKERS = frozenset(
    (
        "copyfair_intents_open",
        "copyfair_event_queue_length",
        "copyfair_lane_places",
        "copyfair_lane_waiting",
    )
)


@dataclass(frozen=True, slots=True)
class Sockets:
    """What the parent holds and the writer serves; no decide door is None."""

    admin: socket.socket
    decide: socket.socket | None = None


def write(
    settings: Settings,
    family: Family,
    *,
    node: str,
    sockets: Sockets,
    wire: ParentWire,
) -> None:
    """Write for all workers until SIGTERM.

    Raises:
        Misconfigured: policies, store or keys are not usable.
        Unavailable: the store cannot be opened.
    """
    policies_of(settings)
    with opened(settings) as house:
        run(settings, _write(house, family, node=node, sockets=sockets, wire=wire))


async def _write(
    house: House,
    family: Family,
    *,
    node: str,
    sockets: Sockets,
    wire: ParentWire,
) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    async with AsyncExitStack() as stack:
        plant = await stack.enter_async_context(
            plant_of(house, family, node=node, boot_id=new_boot_id())
        )
        reload_on_hangup(plant)
        figures = _Figures(house, plant)
        # One book of caps: workers ask it, and so does whoever decides for a front.
        caps = caps_of(house, plant)
        plant.metering = metering_of(house, plant, caps)
        door = _door_of(plant, figures, caps=caps, clock=house.clock)
        behind = front_servers_of(house, plant)
        arrivals = Arrivals(door)
        app = make_admin_app(figures.shown(door), more=behind.routes)
        # All that takes its time comes before: workers wait for what follows.
        stack.enter_context(seldom_collected())
        wire.listen(linked=arrivals.linked, complete=arrivals.complete.set)
        wire.say_ready()
        if not await _first(arrivals.complete, stopping):
            return
        await arrivals.all_in()
        effort = measured(house, plant, figures.snapshots)
        beside = *watching(house, plant), _beat(house, plant), effort, *behind.beside
        beside += (*notifying(house, plant), capture_watched(house, plant))
        beside += notifying(house, plant)
        beside += monthly(house, plant) + rechecking(house, plant)
        begin(stack, plant, *beside)
        await _show(stack, app, sockets.admin)
        await behind.let_in(stack, sockets.decide)
        plant.log.say("writer.started", boot_id=plant.boot_id)
        await stopping.wait()
        plant.log.say("writer.stopping", boot_id=plant.boot_id)
        await _closed(door, plant)
        wire.say_done()


class Arrivals:
    """Lines of workers, as the parent hands them over.

    Those that come before `complete` are of workers that may hold something, so the
    door waits for what they say. Those behind it are of workers that have only just
    been started, and may take long to say anything.
    """

    def __init__(self, door: WriterDoor) -> None:
        self.complete = asyncio.Event()
        self._door = door
        self._admissions: set[asyncio.Future[Any]] = set()

    def linked(self, end: socket.socket) -> None:
        """One came."""
        is_awaited = not self.complete.is_set()
        task = asyncio.ensure_future(self._door.admit(end, is_awaited=is_awaited))
        self._admissions.add(task)
        task.add_done_callback(self._admissions.discard)

    async def all_in(self) -> None:
        """Begin, once those that came before have been admitted."""
        await asyncio.gather(*self._admissions)
        self._door.all_admitted()


async def _first(one: asyncio.Event, other: asyncio.Event) -> bool:
    """Wait for either; was it the first?"""
    tasks = [asyncio.ensure_future(each.wait()) for each in (one, other)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    return one.is_set()


def _door_of(
    plant: Plant, figures: _Figures, *, caps: Caps, clock: Clock
) -> WriterDoor:
    hooks = DoorHooks(
        orphaned=plant.telemetry.orphans_found,
        came=lambda boot_id, process_id: plant.log.say(
            "worker.came", boot_id=boot_id, process_id=process_id
        ),
        left=figures.left,
        stuck=lambda why: plant.log.say("runs.not-registered", reason=why),
    )
    runs = Runs(plant.usage, plant.node, clock, hooks)
    return WriterDoor(plant.writer, caps, runs, hooks=hooks)


async def _closed(door: WriterDoor, plant: Plant) -> None:
    """What was heard is stored and answered; the rest the next writer hears."""
    door.stop_hearing()
    await plant.writer.close()
    await door.close()


async def _beat(house: House, plant: Plant) -> None:
    beats = SqlHeartbeatStore(house.store)
    await keep_beating(beats, plant.node, house.clock, missed=plant.missed_beat)


async def _show(stack: AsyncExitStack, app: web.Application, at: socket.socket) -> None:
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, at).start()


class _Figures:
    """What all processes together have counted, and how they do."""

    def __init__(self, house: House, plant: Plant) -> None:
        self._house = house
        self._plant = plant
        self._door: WriterDoor | None = None
        self._merged = MergedMetrics(self._snapshots)

    def shown(self, door: WriterDoor) -> Admin:
        """What the admin listener shows."""
        self._door = door
        own = admin_of(self._house, self._plant)
        return replace(
            own,
            metrics=self._merged.exposition,
            refresh=door.ask_figures,
            workers=self._workers,
            top=self._top,
            explain=lambda question: of_all(own.explain(question), self._lanes()),
            checks={**own.checks, "workers": self._all_serve},
        )

    def snapshots(self) -> list[Snapshot]:
        """The figures of all processes, those that ended included."""
        return self._merged.snapshots()

    def left(self, visitor: Visitor) -> None:
        """A worker has ended."""
        self._plant.log.say(
            "worker.left", boot_id=visitor.boot_id, process_id=visitor.process_id
        )
        self._merged.ended(visitor.figures.get("metrics", ()))

    def _snapshots(self) -> list[Snapshot]:
        own = snapshot(self._plant.metrics.registry, without=COUNTED_BY_WORKERS)
        present = self._door.present if self._door else ()
        return [own, *(each.figures.get("metrics", ()) for each in present)]

    def _top(self) -> Mapping[str, Any]:
        present = self._door.present if self._door else ()
        said = [each.figures["top"] for each in present if "top" in each.figures]
        # This process decides for front servers, so it may have been asked as well.
        return top_document([rates_of(self._house, self._plant), *said])

    def _lanes(self) -> list[Sequence[Mapping[str, Any]]]:
        present = self._door.present if self._door else ()
        return [each.figures.get("lanes", ()) for each in present]

    def _workers(self) -> tuple[Mapping[str, Any], ...]:
        shown = ("process_id", "boot_id", "policy_version", "is_draining")
        present = self._door.present if self._door else ()
        return tuple(
            {name: each.figures.get(name) for name in shown}
            | {"process_id": each.process_id, "boot_id": each.boot_id}
            for each in present
        )

    async def _all_serve(self) -> str:
        wanted = self._house.settings.workers
        found = sum(not each["is_draining"] for each in self._workers())
        return "" if found >= wanted else f"{found} of {wanted} workers serve"
