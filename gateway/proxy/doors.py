"""Doors: where connections come in, with TLS and the PROXY protocol if asked for.

Stopping never loses a connection that the system has accepted: the loop forgets the
listening socket first, and only then is it closed.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from ssl import SSLContext, SSLError

from gateway.kernel.errors import InvalidValue
from gateway.proxy.client_address import Network, is_trusted, read_address
from gateway.proxy.listener import PublicServer
from gateway.proxy.proxy_protocol import V2_REST_BYTES_MAX, read_announcement

ACCEPT_QUEUE = 1_024
ACCEPTED_AT_ONCE = 1
ANNOUNCEMENT_S = 5
HANDSHAKE_S = 10
SHUTDOWN_S = 1
# Forgotten by the loop, but what it had just accepted is still being introduced.
SETTLE_MS = 50
# Whoever takes longer over a handshake comes in while the others are let go.
GREETED_WITHIN_S = 2
PEEK_BYTES = 16 + V2_REST_BYTES_MAX
OUT_OF_FILES_PAUSE_S = 1


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a connection passes before its first request.

    Attributes:
        tls: Certificate and key; None for plain HTTP.
        is_announced: Trusted peers begin with a PROXY header; others are closed.
        trusted: Those peers.
        peer: Who everybody is at a Unix socket, where nobody has an address; empty
            for whoever it is.
    """

    tls: SSLContext | None = None
    is_announced: bool = False
    trusted: Sequence[Network] = ()
    peer: str = ""


class Door:
    """One listening socket that is served."""

    def __init__(
        self, server: PublicServer, listening: socket.socket, threshold: Threshold
    ) -> None:
        """Stand ready at a socket that is bound, or listens already."""
        self._server = server
        self._listening = listening
        self._threshold = threshold
        self._loop = asyncio.get_running_loop()
        self._accepting: asyncio.Server | None = None
        self._greeting: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Accept from now on."""
        self._listening.setblocking(False)
        tls = self._threshold.tls
        if self._threshold.is_announced or tls is not None:
            # The loop would begin a handshake with anybody, and count nobody.
            self._listening.listen(ACCEPT_QUEUE)
            self._loop.add_reader(self._listening.fileno(), self._accept)
            return
        if self._listening.family is socket.AF_UNIX:
            self._accepting = await self._loop.create_unix_server(
                partial(self._server.on_behalf_of, self._threshold.peer),
                sock=self._listening,
                backlog=ACCEPTED_AT_ONCE,
            )
        else:
            self._accepting = await self._loop.create_server(
                self._server, sock=self._listening, backlog=ACCEPTED_AT_ONCE
            )
        # The loop has set the queue to what it takes at once.
        self._listening.listen(ACCEPT_QUEUE)

    async def close(self) -> None:
        """Accept no more; whoever was accepted is served."""
        with suppress(OSError, ValueError, RuntimeError):
            self._loop.remove_reader(self._listening.fileno())
        await asyncio.sleep(SETTLE_MS / 1_000)
        if self._accepting is not None:
            self._accepting.close()
        else:
            self._listening.close()
        if self._greeting:
            await asyncio.wait(self._greeting, timeout=GREETED_WITHIN_S)

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted, address = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                # Out of files: try again when some were closed.
                self._loop.remove_reader(self._listening.fileno())
                self._loop.call_later(OUT_OF_FILES_PAUSE_S, self._accept_again)
                return
            peer = address[0] if isinstance(address, tuple) else ""
            if not self._server.greets(peer):
                accepted.close()
                continue
            task = self._loop.create_task(self._greet(accepted, peer))
            self._greeting.add(task)
            task.add_done_callback(self._greeting.discard)

    def _accept_again(self) -> None:
        if self._listening.fileno() >= 0 and not self._server.is_draining:
            self._loop.add_reader(self._listening.fileno(), self._accept)

    async def _greet(self, accepted: socket.socket, peer: str) -> None:
        """Read the announcement, if there is to be one, then let the connection in."""
        accepted.setblocking(False)
        try:
            announced = ""
            if self._threshold.is_announced:
                async with asyncio.timeout(ANNOUNCEMENT_S):
                    announced = await self._announced(accepted, peer)
            await self._introduced(accepted, announced or peer)
        except (InvalidValue, OSError, TimeoutError):
            accepted.close()
        finally:
            self._server.has_greeted(peer)

    async def _introduced(self, accepted: socket.socket, peer: str) -> None:
        """Shake hands, where that is asked for, and make a connection of it."""
        tls = self._threshold.tls
        with suppress(OSError, SSLError, TimeoutError):
            await self._loop.connect_accepted_socket(
                lambda: self._server.on_behalf_of(peer),
                accepted,
                ssl=tls,
                ssl_handshake_timeout=HANDSHAKE_S if tls else None,
                ssl_shutdown_timeout=SHUTDOWN_S if tls else None,
            )

    async def _announced(self, accepted: socket.socket, peer: str) -> str:
        """Who is behind a trusted peer; its header is taken off, and no byte more.

        Raises:
            InvalidValue: the peer is not trusted, or the header is malformed.
        """
        if not is_trusted(read_address(peer), self._threshold.trusted):
            raise InvalidValue("only a trusted front server may come in here")
        seen = 0
        while True:
            await self._readable(accepted)
            received = accepted.recv(PEEK_BYTES, socket.MSG_PEEK)
            if not received:
                raise ConnectionResetError("gone before it said anything")
            announced = read_announcement(received)
            if announced is not None:
                accepted.recv(announced.length)
                return announced.peer
            # A peeked socket stays readable: wait for more without spinning.
            await asyncio.sleep(0.01 if len(received) == seen else 0)
            seen = len(received)

    async def _readable(self, accepted: socket.socket) -> None:
        ready = self._loop.create_future()
        self._loop.add_reader(accepted.fileno(), _settle, ready)
        try:
            await ready
        finally:
            self._loop.remove_reader(accepted.fileno())


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
