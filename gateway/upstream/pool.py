"""The connections to all upstreams: bounded, the last one used first.

Whoever finds no room waits in line, for a time. A place is handed over, not thrown
open, so nobody is overtaken. Clients that let the upstream wait have at most half of
the places while others stand in line. One timer ticks for all, once a second.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from gateway.kernel.site import site_of
from gateway.upstream.connection import Connection
from gateway.upstream.dawdlers import Dawdlers
from gateway.upstream.failures import too_late, unreachable
from gateway.upstream.limits import DAWDLERS_SHARE, Limits
from gateway.upstream.line import Line, Waiting
from gateway.upstream.origin import Origin

TICK_S = 1.0
LOOK_S = 0.25
TLS_GOODBYE_S = 1.0


class Pool:
    """Connections to upstreams; a `Keeper` of `connection`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._idle: dict[Origin, list[Connection]] = {}
        self._counts: dict[Origin, int] = {}
        self._count = 0
        self._connections: set[Connection] = set()
        self._dawdlers = Dawdlers()
        self._lines: dict[Origin, Line] = {}
        self._waiting = 0
        self._looked_s = self._ticked_s = 0.0
        self._ticking: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Event | None = None

    def kept(self, origin: Origin, client: str) -> Connection | None:
        """The connection that was used last, if one is idle.

        Args:
            origin: To whom.
            client: On whose behalf: an address.
        """
        if self._waiting or (self._dawdlers.count and self._comes_last(origin, client)):
            return None
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            if not (connection.is_lost or connection.transport.is_closing()):
                connection.client = client
                return connection
        return None

    async def any(self, origin: Origin, client: str) -> Connection:
        """A connection, kept or new.

        Raises:
            UpstreamFailed: none in time, or the upstream does not accept it.
        """
        kept = self.kept(origin, client)
        return kept or await self._placed(origin, client, may_be_kept=True)

    async def fresh(self, origin: Origin, client: str) -> Connection:
        """A new connection.

        Raises:
            UpstreamFailed: none in time, or the upstream does not accept it.
        """
        return await self._placed(origin, client, may_be_kept=False)

    def give(self, connection: Connection) -> None:
        """Keep a connection that may carry another request."""
        idle = self._idle.get(connection.origin)
        if idle is None:
            idle = self._idle[connection.origin] = []
        idle.append(connection)
        if self._waiting:
            self._serve_lines()

    def gone(self, connection: Connection) -> None:
        """Forget a connection, and let the next one in line open another."""
        if connection in self._connections:
            self._forget(connection)
            if self._waiting:
                self._serve_lines()

    async def close(self) -> None:
        """Close every connection."""
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
        for connection in tuple(self._connections):
            connection.transport.abort()
        # The event loop tells them in its next turns.
        if self._connections:
            self._emptied = asyncio.Event()
            with suppress(TimeoutError):
                async with asyncio.timeout(TLS_GOODBYE_S):
                    await self._emptied.wait()

    # ── room ────────────────────────────────────────────────────────────────

    async def _placed(
        self, origin: Origin, client: str, *, may_be_kept: bool
    ) -> Connection:
        kept = None
        is_behind = self._waiting or self._comes_last(origin, client)
        if is_behind or not self._make_room(origin):
            kept = await self._in_line(origin, client, may_be_kept=may_be_kept)
        else:
            self._occupy(origin)
        connection = kept or await self._open(origin)
        connection.client = client
        return connection

    def _idle_one(self, origin: Origin) -> Connection | None:
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            if not (connection.is_lost or connection.transport.is_closing()):
                return connection
        return None

    def _crowded(self, origin: Origin) -> tuple[Origin | None, int] | None:
        """Which limit is reached: of one upstream, or of all (None), and how many."""
        limits = self._limits
        if self._counts.get(origin, 0) >= limits.origin_connections_max:
            return origin, limits.origin_connections_max
        if self._count >= limits.connections_max:
            return None, limits.connections_max
        return None

    def _make_room(self, origin: Origin) -> bool:
        """Is there a place, or one that is better given to somebody else?"""
        crowded = self._crowded(origin)
        if crowded is None:
            return True
        where, places = crowded
        idle = self._oldest_idle(where)
        if idle is not None:
            self._forget(idle)
            idle.abort()
            return True
        if self._dawdlers.places(where) <= places // DAWDLERS_SHARE:
            return False
        worst = self._dawdlers.worst(where)
        if worst is not None:
            self._forget(worst)
            worst.give_way()
        return worst is not None

    def _comes_last(self, origin: Origin, client: str) -> bool:
        """Does it dawdle already, where no more of that has room?"""
        crowded = self._crowded(origin)
        if crowded is None:
            return False
        where, places = crowded
        is_strained = self._dawdlers.places(where) >= max(1, places // DAWDLERS_SHARE)
        return is_strained and self._dawdlers.has(site_of(client))

    def _oldest_idle(self, origin: Origin | None) -> Connection | None:
        if origin is not None:
            idle = self._idle.get(origin)
        else:
            idle = next((each for each in self._idle.values() if each), None)
        return idle[0] if idle else None

    def _occupy(self, origin: Origin) -> None:
        self._count += 1
        self._counts[origin] = self._counts.get(origin, 0) + 1

    def _forget(self, connection: Connection) -> None:
        origin = connection.origin
        self._connections.discard(connection)
        if self._emptied is not None and not self._connections:
            self._emptied.set()
        idle = self._idle.get(origin)
        if idle and connection in idle:
            idle.remove(connection)
        self._count -= 1
        self._counts[origin] -= 1

    def _free(self, origin: Origin) -> None:
        self._count -= 1
        self._counts[origin] -= 1
        if self._waiting:
            self._serve_lines()

    def _serve_lines(self) -> None:
        for origin, line in self._lines.items():
            while (first := line.first()) is not None:
                if self._comes_last(origin, first.site):
                    break
                kept = self._idle_one(origin) if first.may_be_kept else None
                if kept is None:
                    if not self._make_room(origin):
                        break
                    self._occupy(origin)
                self._waiting -= 1
                line.serve(kept)

    async def _in_line(
        self, origin: Origin, client: str, *, may_be_kept: bool
    ) -> Connection | None:
        place: asyncio.Future[Connection | None]
        place = asyncio.get_running_loop().create_future()
        line = self._lines.setdefault(origin, Line(self._dawdlers.has))
        line.join(Waiting(site_of(client), may_be_kept, place))
        self._waiting += 1
        self._serve_lines()
        try:
            async with asyncio.timeout(self._limits.connect_s):
                return await place
        except BaseException as error:
            if place.cancelled() or not place.done():
                place.cancel()
                self._waiting -= 1
            elif (given := place.result()) is None:
                self._free(origin)
            else:
                self.give(given)
            if isinstance(error, TimeoutError):
                raise too_late() from None
            raise

    # ── opening ─────────────────────────────────────────────────────────────

    async def _open(self, origin: Origin) -> Connection:
        """Open a connection in a place that is ours already."""
        loop = asyncio.get_running_loop()
        is_tls = origin.tls is not None
        connection = Connection(self, origin)
        try:
            async with asyncio.timeout(self._limits.connect_s):
                await loop.create_connection(
                    lambda: connection,
                    origin.host,
                    origin.port,
                    ssl=origin.tls,
                    server_hostname=origin.host if is_tls else None,
                    ssl_handshake_timeout=self._limits.connect_s if is_tls else None,
                    ssl_shutdown_timeout=TLS_GOODBYE_S if is_tls else None,
                )
        except BaseException as error:
            if connection in self._connections:
                connection.transport.abort()
            else:
                self._free(origin)
            if isinstance(error, TimeoutError):
                raise too_late() from None
            if isinstance(error, OSError):
                raise unreachable() from None
            raise
        self._connections.add(connection)
        if connection.is_lost:
            self.gone(connection)
        if self._ticking is None:
            self._looked_s = self._ticked_s = loop.time()
            self._ticking = loop.call_later(LOOK_S, self._tick)
        return connection

    def _tick(self) -> None:
        loop, limits = asyncio.get_running_loop(), self._limits
        now_s = loop.time()
        is_second = now_s - self._ticked_s >= TICK_S
        if is_second:
            self._ticked_s += TICK_S
            for connection in tuple(self._connections):
                connection.tick(silence_s=limits.silence_s, idle_s=limits.idle_s)
        if is_second or self._waiting:
            self._look(now_s, now_s - self._looked_s)
        self._ticking = None
        if self._connections:
            self._ticking = loop.call_later(LOOK_S, self._tick)

    def _look(self, now_s: float, elapsed_s: float) -> None:
        """Find out who dawdles, and serve those who need not wait for that."""
        self._looked_s = now_s
        for connection in self._connections:
            connection.look(now_s, elapsed_s)
        self._dawdlers.look(self._connections, now_s)
        if self._waiting:
            self._serve_lines()
