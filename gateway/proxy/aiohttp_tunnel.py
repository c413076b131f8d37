"""An upgraded connection of aiohttp's server as a raw tunnel."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from gateway.kernel.errors import UpstreamFailed
from gateway.proxy.connection import Connection
from gateway.proxy.exchange import Delivered
from gateway.proxy.ports import UpstreamAnswer


class RawBytes:
    """Stands where the library puts a reader of frames, and keeps the bytes."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Keep some bytes."""
        self.pieces.put_nowait(bytes(data))
        return False, b""

    def feed_eof(self) -> None:
        """The client has said all."""
        self.pieces.put_nowait(b"")


class Bridge:
    """Joins the client's end to the upstream's."""

    def __init__(self, request: web.BaseRequest, connection: Connection) -> None:
        self._request = request
        self._connection = connection
        self._arrived = RawBytes()
        self._delivered = Delivered()

    async def joined_to(self, upstream: UpstreamAnswer) -> Delivered:
        """Pass bytes both ways until either side ends."""
        parser: Any = self._arrived
        self._connection.set_parser(parser)
        ways = {
            asyncio.ensure_future(self._up(upstream)),
            asyncio.ensure_future(self._down(upstream)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        self._delivered.is_complete = True
        return self._delivered

    async def _up(self, upstream: UpstreamAnswer) -> None:
        while data := await self._arrived.pieces.get():
            await upstream.write(data)

    async def _down(self, upstream: UpstreamAnswer) -> None:
        try:
            while data := await upstream.read():
                await self._request.writer.write(data)
                await self._request.writer.drain()
                self._delivered.handed_over += len(data)
        except UpstreamFailed:
            return
