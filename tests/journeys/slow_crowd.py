"""A crowd of slow clients: slow heads, slow bodies, slow reading.

They come from many loopback addresses, so that no limit per address spares the
gateway the rest. Each sends or reads a little at a time and never ends by itself.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

PER_ADDRESS = 50
TCP_ESTABLISHED = 1  # linux/tcp_states.h
RECEIVE_BYTES = 4 * 1024
HEAD = b"GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Lynx/2.9\r\n"
# Kind to what is sent at first; what follows comes byte by byte.
KINDS: Mapping[str, bytes] = MappingProxyType(
    {
        "slow head": HEAD + b"X-Slow: ",
        "slow body": HEAD.replace(b"GET", b"POST") + b"Content-Length: 99999\r\n\r\n",
        "slow reading": HEAD.replace(b"/page", b"/large") + b"\r\n",
    }
)
READS = "slow reading"


def address(number: int) -> str:
    """A loopback address, the same for every fifty clients."""
    block = number // PER_ADDRESS
    return f"127.1.{block // 250}.{block % 250 + 1}"


@dataclass
class SlowCrowd:
    """So many slow clients on one port.

    Attributes:
        ended: How many connections the gateway has ended, by kind.
        open_now: How many are open.
    """

    port: int
    drip_s: float
    does_return: bool = False
    ended: Counter[str] = field(default_factory=Counter)
    open_now: int = 0
    connected: int = 0

    async def dawdle(self, number: int, kind: str) -> None:
        """One slow client; with `does_return` it comes back when it was ended."""
        while True:
            with socket.socket() as wire:
                wire.setblocking(False)
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
                wire.bind((address(number), 0))
                loop = asyncio.get_running_loop()
                await loop.sock_connect(wire, ("127.0.0.1", self.port))
                self.connected += 1
                self.open_now += 1
                try:
                    await self._drip(wire, kind)
                except OSError:
                    self.ended[kind] += 1
                finally:
                    self.open_now -= 1
            if not self.does_return:
                return

    async def _drip(self, wire: socket.socket, kind: str) -> None:
        """Send or read one byte at a time.

        Raises:
            OSError: the gateway has ended the connection.
        """
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(wire, KINDS[kind])
        while True:
            await asyncio.sleep(self.drip_s)
            if kind != READS:
                await loop.sock_sendall(wire, b"x")
            self._look(wire, kind)

    def _look(self, wire: socket.socket, kind: str) -> None:
        """Read one byte if one is there; nothing at all is an end."""
        # Whoever reads slowly has bytes left to read long after a reset.
        state = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        if state != TCP_ESTABLISHED:
            raise ConnectionResetError
        try:
            received = wire.recv(1 if kind == READS else 65_536)
        except BlockingIOError:
            return
        if kind != READS or not received:
            # What slow senders get is only ever a refusal: they never finish.
            raise ConnectionResetError


@asynccontextmanager
async def slow_crowd(
    port: int, number: int, *, drip_s: float, does_return: bool = False
) -> AsyncIterator[SlowCrowd]:
    """So many slow clients, a third of each kind, until the block ends."""
    crowd = SlowCrowd(port, drip_s, does_return)
    kinds = list(KINDS)
    tasks = []
    try:
        for place in range(number):
            kind = kinds[place % len(kinds)]
            tasks.append(asyncio.create_task(crowd.dawdle(place, kind)))
            if place % PER_ADDRESS == 0:
                await asyncio.sleep(0)
        yield crowd
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
