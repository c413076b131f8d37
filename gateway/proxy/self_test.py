"""Twenty attacks, replayed on our own protocol before anybody is let in.

A parser that was replaced, patched or built with other options is found out here
and not by a stranger. Everything happens in memory: no socket, no upstream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.kernel.errors import InvalidValue, Misconfigured
from gateway.licensing.policy import PolicySet
from gateway.proxy.accept import Doorway
from gateway.proxy.entrance import Entrance
from gateway.proxy.exchange import Answer, Exchange
from gateway.proxy.limits import ConnectionLimits
from gateway.proxy.listener import make_public_server
from gateway.web.problems import Problems

WITHIN_S = 2
HOST = b"Host: archive.example\r\n"
NEXT = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
GET, POST = b"GET / HTTP/1.1\r\n" + HOST, b"POST / HTTP/1.1\r\n" + HOST

ATTACKS: Mapping[str, bytes] = {
    "length and chunked": POST
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 50\r\n\r\n",
    "a list of lengths": POST + b"Content-Length: 0, 50\r\n\r\n",
    "a signed length": POST + b"Content-Length: +0\r\n\r\n",
    "a hexadecimal length": POST + b"Content-Length: 0x0\r\n\r\n",
    "another coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n",
    "two codings": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "an empty coding": POST + b"Transfer-Encoding:\r\n\r\n",
    "a blank before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded field": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a bare line feed": GET + b"X: y\nContent-Length: 50\r\n\r\n",
    "a bare return": GET + b"X: y\rContent-Length: 50\r\n\r\n",
    "a null byte": GET + b"X: \x00\r\n\r\n",
    "two hosts": GET + b"Host: other.example\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "chunked in HTTP/1.0": b"POST / HTTP/1.0\r\n"
    + HOST
    + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another version": b"GET / HTTP/2.0\r\n" + HOST + b"\r\n",
    "another place": b"GET http://other.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a chunk size of minus one": POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a chunk that ends in a line feed": POST
    + b"Transfer-Encoding: chunked\r\n\r\n0\n\n",
}
"""Each is followed by a request that must never be seen."""


@dataclass(slots=True)
class Wire:
    """A transport that writes into memory."""

    written: bytes = b""
    is_over: bool = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """No socket, no address, no certificate."""
        return default

    def set_write_buffer_limits(self, high: int | None = None) -> None:
        """Memory is never full."""

    def get_write_buffer_size(self) -> int:
        """Everything has left."""
        return 0

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.written += data

    def can_write_eof(self) -> bool:
        """An end can be written."""
        return True

    def write_eof(self) -> None:
        """The last answer was given."""
        self.is_over = True

    def close(self) -> None:
        """It is over."""
        self.is_over = True

    def abort(self) -> None:
        """It is over."""
        self.is_over = True

    def is_closing(self) -> bool:
        """Is it over?"""
        return self.is_over

    def pause_reading(self) -> None:
        """Nothing more will come anyway."""

    def resume_reading(self) -> None:
        """Nothing more will come anyway."""


class _Time:
    def now_us(self) -> int:
        return 0

    def ticks_ns(self) -> int:
        return 0


class _Ids:
    def new(self, kind: str) -> str:
        return f"{kind}_self_test"


async def holes(limits: ConnectionLimits) -> list[str]:
    """Which attacks get through.

    Returns:
        Their names; the plain request that must be answered is one of them.
    """
    found = [name for name, sent in ATTACKS.items() if not await _holds(sent, limits)]
    if await _seen(GET + b"Connection: close\r\n\r\n", limits) != (200, ["/"]):
        found.append("a plain request is not answered")
    return found


async def require_no_hole(limits: ConnectionLimits) -> None:
    """Refuse to serve where an attack gets through.

    Raises:
        Misconfigured: one does, or the strict parser is not there.
    """
    found = await holes(limits)
    if found:
        detail = (
            f"the HTTP parser lets through: {', '.join(found)}; reinstall httptools "
            "from its binary wheel"
        )
        raise Misconfigured(detail)


async def _holds(sent: bytes, limits: ConnectionLimits) -> bool:
    """Nothing was taken for a request that was not one, and the end was said."""
    status, targets = await _seen(sent + NEXT, limits)
    return 400 <= status < 600 and "/smuggled" not in targets


async def _seen(sent: bytes, limits: ConnectionLimits) -> tuple[int, list[str]]:
    """The first status that came back, and the targets that were answered."""
    targets: list[str] = []

    async def handler(exchange: Exchange) -> None:
        targets.append(exchange.asked.target)
        try:
            async for _ in exchange.body():
                pass
        except InvalidValue:
            await exchange.respond(Answer(400))
        else:
            await exchange.respond(Answer(200))

    problems = Problems(lambda: PolicySet("", (), {}, {}), lambda _: "")
    entrance = Entrance(
        handler, problems, Doorway(), limits, _Ids(), _Time(), lambda _: None
    )
    server = make_public_server(entrance)
    wire: Any = Wire()
    connection = server()
    connection.connection_made(wire)
    connection.data_received(sent)
    if server.tasks:
        await asyncio.wait(server.tasks, timeout=WITHIN_S)
    connection.connection_lost(None)
    await server.drain(0)
    status = wire.written[9:12]
    return int(status) if status.isdigit() else 0, targets
