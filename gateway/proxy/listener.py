"""The public listener: makes a connection for each client, and watches over all.

One sweep a second enforces everything that has to do with time, so a request costs
no timer. Whoever stops it says `Connection: close` first and waits for the busy.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from gateway.kernel.site import site_of
from gateway.proxy.client_address import Network, is_trusted, read_address
from gateway.proxy.connection import Connection
from gateway.proxy.entrance import Entrance
from gateway.proxy.head import require_strict_parser
from gateway.proxy.http1 import Dates, whole_bytes
from gateway.proxy.limits import ConnectionLimits

SWEEP_S = 1
# Of a drain, so much is for clients that are about to ask on a connection they kept.
IDLE_SHARE, IDLE_GRACE_S = 4, 2
NEWS_MS = 250
SETTLE_S = 5

__all__ = ["ConnectionLimits", "PublicServer", "make_public_server"]


class PublicServer:
    """Makes a `Connection` for each client; give it to `loop.create_server`.

    Attributes:
        entrance: Answers requests.
        limits: What a client is given.
        now_s: Seconds of the loop's clock at the last sweep.
        is_draining: It is about to stop.
        refused: How many connections found no room.
        tasks: Those that answer requests.
    """

    def __init__(self, entrance: Entrance) -> None:
        self.entrance = entrance
        self.limits = entrance.limits
        self.begin, self.answer = entrance.begin, entrance.answer
        self.escaped = entrance.faults
        self.is_draining = False
        self.refused = 0
        self._loop = asyncio.get_running_loop()
        self.now_s = int(self._loop.time())
        self.tasks: set[asyncio.Task[None]] = set()
        self._connections: set[Connection] = set()
        self._per_address: Counter[str] = Counter()
        self._greeted: Counter[str] = Counter()
        self._trusted: Sequence[Network] = entrance.uncounted
        self._dates = Dates()
        self._sweeper = self._loop.call_later(SWEEP_S, self._sweep_and_again)

    def __call__(self) -> Connection:
        """A connection for the next client."""
        return Connection(self)

    def on_behalf_of(self, peer: str) -> Connection:
        """A connection for a client that a trusted peer announced."""
        return Connection(self, peer)

    # ── what doors call ─────────────────────────────────────────────────────

    def greets(self, peer: str) -> bool:
        """Somebody is at the threshold; False where there is no room for them.

        As many may stand there as inside, until `has_greeted`: whoever is refused
        after the handshake can be told why, and one that never ends is not free.
        """
        site, greeted, limits = self._site_of(peer), self._greeted, self.limits
        is_full = greeted.total() >= limits.connections_max
        if is_full or (site and greeted[site] >= limits.connections_per_address):
            self.refused += 1
            return False
        greeted[site] += 1
        return True

    def has_greeted(self, peer: str) -> None:
        """They are in, or gone."""
        site = self._site_of(peer)
        self._greeted[site] -= 1
        if not self._greeted[site]:
            del self._greeted[site]

    # ── what connections call ───────────────────────────────────────────────

    def joined(self, connection: Connection) -> bool:
        """A client connected; False where there is no room for it."""
        site = self._site_of(connection.peer or "")
        is_full = len(self._connections) >= self.limits.connections_max
        if is_full or (
            site and self._per_address[site] >= self.limits.connections_per_address
        ):
            self.refused += 1
            connection.refuse(self._no_room(connection.peer or ""))
            return False
        self._connections.add(connection)
        if site:
            self._per_address[site] += 1
        return True

    def left(self, connection: Connection) -> None:
        """A connection is gone."""
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        site = self._site_of(connection.peer or "")
        if site:
            self._per_address[site] -= 1
            if not self._per_address[site]:
                del self._per_address[site]

    # ── what whoever runs it calls ──────────────────────────────────────────

    @property
    def open_connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    @property
    def busy_connections(self) -> int:
        """How many of them would lose something if this process ended now."""
        return sum(not connection.is_idle for connection in self._connections)

    def sweep(self, now_s: int) -> None:
        """Enforce limits of time.

        Args:
            now_s: Seconds of the loop's clock, or of a test's.
        """
        elapsed_s, self.now_s = now_s - self.now_s, now_s
        for connection in tuple(self._connections):
            connection.check(elapsed_s)

    def notice(self) -> None:
        """Each answer from now on is the last of its connection."""
        self.is_draining = self.entrance.is_draining = True

    async def drain(self, grace_s: float) -> None:
        """Let requests finish: say `Connection: close`, wait, then end the rest.

        Call it after nothing more is accepted. Connections that wait for a request
        stay a moment longer, because one may be on its way.

        Args:
            grace_s: How long busy connections are waited for.
        """
        self.notice()
        began_s = self._loop.time()
        idle_until_s = began_s + min(IDLE_GRACE_S, grace_s / IDLE_SHARE)
        until_s = began_s + grace_s
        while self._connections and self._loop.time() < until_s:
            if self._loop.time() >= idle_until_s:
                for connection in tuple(self._connections):
                    connection.close_idle()
            await asyncio.sleep(min(NEWS_MS / 1_000, grace_s / (4 * IDLE_SHARE)))
        for connection in tuple(self._connections):
            connection.by_task()
            connection.transport.abort()
        if self.tasks:
            # Each hears of its end, and counts what it delivered.
            _, stuck = await asyncio.wait(self.tasks, timeout=SETTLE_S)
            for task in stuck:
                task.cancel()
        self._sweeper.cancel()

    # ── inside ──────────────────────────────────────────────────────────────

    def _sweep_and_again(self) -> None:
        self._sweeper = self._loop.call_later(SWEEP_S, self._sweep_and_again)
        try:
            self.sweep(int(self._loop.time()))
        except Exception as fault:  # noqa: BLE001 the next sweep must come
            self.entrance.faults(fault)

    def _site_of(self, peer: str) -> str:
        """Who shares a number of connections; empty for whoever is not counted."""
        if not peer or (":" not in peer and not self._trusted):
            return peer
        address = read_address(peer)
        if address is None or is_trusted(address, self._trusted):
            return ""
        return site_of(str(address))

    def _no_room(self, peer: str) -> bytes:
        detail = "too many connections; try again in a moment"
        answer = self.entrance.malformed("unavailable", detail, peer)
        date = self._dates.at(self.entrance.clock.now_us())
        closes = b"Connection: close\r\n"
        return whole_bytes(answer, is_head=False, connection=closes, date=date)


def make_public_server(entrance: Entrance) -> PublicServer:
    """The server of the public listener; called inside the event loop.

    Args:
        entrance: Answers requests.

    Raises:
        Misconfigured: the strict parser is not there.
    """
    require_strict_parser()
    return PublicServer(entrance)
