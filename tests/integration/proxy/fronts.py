"""The two doors of forward-auth: the admin listener, and one of its own."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.proxy.doors import Door, Threshold
from gateway.proxy.forward_auth.deciding import ForwardAuth
from gateway.proxy.forward_auth.routes import Desk
from gateway.proxy.forward_auth.wicket import wicket_of
from gateway.proxy.limits import ConnectionLimits
from gateway.proxy.listener import make_public_server
from tests.fakes.time_and_chance import CountingIds
from tests.integration.proxy.standing import RealClock

LIMITS = ConnectionLimits()


@asynccontextmanager
async def admin_listener(auth: ForwardAuth) -> AsyncIterator[int]:
    """The port of aiohttp's server."""
    app = web.Application()
    app.add_routes(Desk(auth, CountingIds(), RealClock()).routes())
    async with TestServer(app) as server:
        assert server.port is not None
        yield server.port


@asynccontextmanager
async def own_door(auth: ForwardAuth) -> AsyncIterator[int]:
    """The port of our own connections; nothing may escape there."""
    faults: list[BaseException] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with wicket_at(listening, auth, faults):
            yield listening.getsockname()[1]
    assert faults == []


@asynccontextmanager
async def wicket_at(
    listening: socket.socket,
    auth: ForwardAuth,
    faults: list[BaseException],
    *,
    limits: ConnectionLimits = LIMITS,
) -> AsyncIterator[None]:
    """A wicket at a socket; *faults* hears what escaped."""
    wicket = wicket_of(
        auth,
        limits=limits,
        ids=CountingIds(),
        clock=RealClock(),
        faults=faults.append,
    )
    server = make_public_server(wicket)
    door = Door(server, listening, Threshold(peer="127.0.0.1"))
    await door.open()
    try:
        yield
    finally:
        await door.close()
        await server.drain(1)


DOORS = {"admin": admin_listener, "own": own_door}
