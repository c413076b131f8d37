"""Behind a front server that delivers itself: `/decide`, and metering from its log."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import web

from gateway.access_logs.formats import FORMATS
from gateway.access_logs.log_file import LogFile
from gateway.bootstrap.house import House
from gateway.bootstrap.keys import peppers_of
from gateway.bootstrap.log_metering import LogMetering, LogReading
from gateway.bootstrap.plant import Plant, credential_fields_of
from gateway.bootstrap.while_on import OffSwitch
from gateway.kernel.request import Request
from gateway.metering.usage_reference import Seal
from gateway.proxy.accept import Doorway
from gateway.proxy.doors import Door, Threshold
from gateway.proxy.forward_auth.deciding import ForwardAuth
from gateway.proxy.forward_auth.holds import Holds
from gateway.proxy.forward_auth.routes import Desk
from gateway.proxy.forward_auth.wicket import Wicket, wicket_of
from gateway.proxy.listener import make_public_server
from gateway.settings import Settings
from gateway.storage.stores.logged_usage_store import SqlLoggedUsageStore
from gateway.terms.own_paths import is_ours
from gateway.terms.site import Site
from gateway.web.answer import Answer
from gateway.web.problems import Problems

UNIX_PEER = "127.0.0.1"
GRACE_S = 4


@dataclass(frozen=True, slots=True)
class FrontServers:
    """What front servers need of us.

    Attributes:
        routes: For the admin listener; none while nobody is named.
        wicket: For their own door; None while nobody is named.
        beside: What goes on while requests are answered.
    """

    routes: tuple[web.RouteDef, ...]
    beside: tuple[Coroutine[None, None, None], ...]
    wicket: Wicket | None = None

    async def let_in(self, stack: AsyncExitStack, at: socket.socket | None) -> None:
        """Open their own door, where there is one, until the stack unwinds."""
        if at is None or self.wicket is None:
            return
        server = make_public_server(self.wicket)
        door = Door(server, at, Threshold(peer=UNIX_PEER))
        await door.open()

        async def stop() -> None:
            await door.close()
            await server.drain(GRACE_S)

        stack.push_async_callback(stop)


@dataclass(frozen=True, slots=True)
class OwnPlaces:
    """Which addresses the gateway answers itself; the front server brings them here."""

    off: OffSwitch

    def is_ours(self, path: str) -> bool:
        """May this address be answered here?"""
        return not self.off.is_on and is_ours(path)

    async def __call__(self, asked: Request, body: bytes) -> Answer | None:
        """Never here: this door answers front servers, not readers."""
        return None


def seal_of(settings: Settings) -> Seal:
    """Seals usage references with what the set-up's pepper gives."""
    peppers = peppers_of(settings)
    return Seal(
        [each.secret.reveal().encode() for each in (peppers.current, *peppers.older)]
    )


def front_servers_of(house: House, plant: Plant) -> FrontServers:
    """As gateway.yaml says."""
    settings = house.settings
    seal, holds = seal_of(settings), Holds(plant.metering.caps, house.clock)
    routes: tuple[web.RouteDef, ...] = ()
    wicket: Wicket | None = None
    if settings.decide_for:
        auth = forward_auth_of(house, plant, holds, seal=seal)
        routes = Desk(auth, house.ids, house.clock).routes()
        wicket = wicket_of(
            auth,
            limits=settings.limits,
            ids=house.ids,
            clock=house.clock,
            faults=plant.escaped,
        )
    beside: tuple[Coroutine[None, None, None], ...] = ()
    if settings.access_log is not None:
        told_by = settings.access_log
        reading = LogReading(
            FORMATS[told_by.format], seal, plant.node, told_by.unsent_bytes
        )
        metering = LogMetering(
            LogFile(told_by.file),
            reading,
            SqlLoggedUsageStore(house.store),
            holds,
            house.clock,
            plant.log.say,
        )
        beside = (metering.run(asyncio.sleep),)
    return FrontServers(routes, beside, wicket)


def forward_auth_of(
    house: House, plant: Plant, holds: Holds, *, seal: Seal
) -> ForwardAuth:
    """The third door, on the same admission as the others."""
    settings = house.settings
    site = Site(settings.public_url, plant.book.current, lambda: settings.switches)
    scheme = settings.public_url.partition(":")[0]
    return ForwardAuth(
        plant.admission,
        Problems(plant.book.current, site.origin),
        Doorway(scheme, (*settings.decide_for, *settings.trusted_proxies)),
        settings.decide_for,
        credential_fields_of(settings.public_url),
        holds,
        seal,
        house.clock,
        own=OwnPlaces(plant.off),
        observer=plant.observer,
        is_invoiced=plant.metering.is_invoiced,
    )
