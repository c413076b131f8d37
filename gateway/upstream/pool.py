"""The connections to all upstreams: bounded, the last one used first.

Whoever finds no room waits in line, for a time. A place is handed over, not thrown
open, so nobody is overtaken. One timer ticks for all connections, once a second.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from gateway.upstream.connection import Connection
from gateway.upstream.failures import too_late, unreachable
from gateway.upstream.limits import Limits
from gateway.upstream.origin import Origin

TICK_S = 1.0
TLS_GOODBYE_S = 1.0


@dataclass(slots=True, eq=False)
class Waiting:
    """Somebody in line.

    Attributes:
        origin: For a connection to whom.
        may_be_kept: One that has been used before will do.
        place: Gets a kept connection, or None for the right to open one.
    """

    origin: Origin
    may_be_kept: bool
    place: asyncio.Future[Connection | None]


class Pool:
    """Connections to upstreams; a `Keeper` of `connection`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._idle: dict[Origin, list[Connection]] = {}
        self._counts: dict[Origin, int] = {}
        self._count = 0
        self._connections: set[Connection] = set()
        self._line: deque[Waiting] = deque()
        self._ticking: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Event | None = None

    def kept(self, origin: Origin) -> Connection | None:
        """The connection that was used last, if one is idle."""
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            if not (connection.is_lost or connection.transport.is_closing()):
                return connection
        return None

    async def any(self, origin: Origin) -> Connection:
        """A connection, kept or new.

        Raises:
            UpstreamFailed: none in time, or the upstream does not accept it.
        """
        return self.kept(origin) or await self._placed(origin, may_be_kept=True)

    async def fresh(self, origin: Origin) -> Connection:
        """A new connection.

        Raises:
            UpstreamFailed: none in time, or the upstream does not accept it.
        """
        return await self._placed(origin, may_be_kept=False)

    def give(self, connection: Connection) -> None:
        """Keep a connection that may carry another request."""
        if not self._line:
            idle = self._idle.get(connection.origin)
            if idle is None:
                idle = self._idle[connection.origin] = []
            idle.append(connection)
            return
        first = next(
            (
                waiting
                for waiting in self._line
                if waiting.origin is connection.origin and not waiting.place.done()
            ),
            None,
        )
        if first is not None and first.may_be_kept:
            self._line.remove(first)
            first.place.set_result(connection)
            return
        self._idle.setdefault(connection.origin, []).append(connection)
        self._serve_line()

    def gone(self, connection: Connection) -> None:
        """Forget a connection, and let the next one in line open another."""
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        if self._emptied is not None and not self._connections:
            self._emptied.set()
        idle = self._idle.get(connection.origin)
        if idle and connection in idle:
            idle.remove(connection)
        self._free(connection.origin)

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

    async def _placed(self, origin: Origin, *, may_be_kept: bool) -> Connection:
        if not self._has_room(origin):
            connection = await self._in_line(origin, may_be_kept=may_be_kept)
            if connection is not None:
                return connection
        else:
            self._occupy(origin)
        return await self._open(origin)

    def _has_room(self, origin: Origin) -> bool:
        """Is there a place? An idle connection gives way."""
        limits = self._limits
        is_full = self._counts.get(origin, 0) >= limits.origin_connections_max
        if is_full and self._idle.get(origin):
            self._idle[origin].pop(0).abort()
        elif not is_full and self._count >= limits.connections_max:
            oldest = next((idle for idle in self._idle.values() if idle), None)
            if oldest is not None:
                oldest.pop(0).abort()
        return (
            self._counts.get(origin, 0) < limits.origin_connections_max
            and self._count < limits.connections_max
        )

    def _occupy(self, origin: Origin) -> None:
        self._count += 1
        self._counts[origin] = self._counts.get(origin, 0) + 1

    def _free(self, origin: Origin) -> None:
        self._count -= 1
        self._counts[origin] -= 1
        if self._line:
            self._serve_line()

    def _serve_line(self) -> None:
        for waiting in tuple(self._line):
            if not waiting.place.done() and self._has_room(waiting.origin):
                self._line.remove(waiting)
                self._occupy(waiting.origin)
                waiting.place.set_result(None)

    async def _in_line(self, origin: Origin, *, may_be_kept: bool) -> Connection | None:
        place: asyncio.Future[Connection | None]
        place = asyncio.get_running_loop().create_future()
        waiting = Waiting(origin, may_be_kept, place)
        self._line.append(waiting)
        try:
            async with asyncio.timeout(self._limits.connect_s):
                connection = await place
        except BaseException as error:
            if not place.done() or place.cancelled():
                if waiting in self._line:
                    self._line.remove(waiting)
            elif (given := place.result()) is None:
                self._free(origin)
            else:
                self.give(given)
            if isinstance(error, TimeoutError):
                raise too_late() from None
            raise
        return connection

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
            self._ticking = loop.call_later(TICK_S, self._tick)
        return connection

    def _tick(self) -> None:
        limits = self._limits
        for connection in tuple(self._connections):
            connection.tick(silence_s=limits.silence_s, idle_s=limits.idle_s)
        self._ticking = None
        if self._connections:
            loop = asyncio.get_running_loop()
            self._ticking = loop.call_later(TICK_S, self._tick)
