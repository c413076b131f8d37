"""The client's end of a WebSocket, joined to the upstream's.

Messages are passed on as they are, pings and pongs included; nothing is answered on
anybody's behalf, and there is no limit to a message that its sender did not set.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from gateway.proxy.exchange import Delivered
from gateway.upstream.tunnel import Kind, Message, Tunnel
from gateway.upstream.websocket import message_of, sendable

PAYLOADS = frozenset((Kind.TEXT, Kind.BINARY))


@dataclass(slots=True)
class ClientTunnel:
    """Implements `Tunnel` over the server's WebSocket.

    Attributes:
        socket: The accepted upgrade.
        subprotocol: What was agreed on.
        delivered: Payload bytes that went to the client.
    """

    socket: web.WebSocketResponse
    subprotocol: str = ""
    delivered: Delivered = field(default_factory=Delivered)

    async def receive(self) -> Message:
        """The next message of the client."""
        return message_of(await self.socket.receive())

    async def send(self, message: Message) -> None:
        """Send the client a message."""
        match message.kind:
            case Kind.TEXT:
                await self.socket.send_str(message.payload.decode())
            case Kind.BINARY:
                await self.socket.send_bytes(message.payload)
            case Kind.PING:
                await self.socket.ping(message.payload)
            case Kind.PONG:
                await self.socket.pong(message.payload)
            case Kind.CLOSE:
                code = sendable(message.code)
                await self.socket.close(code=code, message=message.payload)
        if message.kind in PAYLOADS:
            self.delivered.handed_over += len(message.payload)


class Upgraded:
    """Accepts an upgrade on a request of aiohttp's server."""

    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request

    async def joined_to(self, upstream: Tunnel) -> Delivered:
        """Pass messages both ways until either side closes or is gone."""
        protocols = (upstream.subprotocol,) if upstream.subprotocol else ()
        socket = web.WebSocketResponse(
            autoclose=False,
            autoping=False,
            compress=False,
            max_msg_size=0,
            protocols=protocols,
        )
        socket.headers["Server"] = "copyfair"
        await socket.prepare(self._request)
        client = ClientTunnel(socket, upstream.subprotocol)
        ways = {
            asyncio.ensure_future(_pass_on(client, upstream)),
            asyncio.ensure_future(_pass_on(upstream, client)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        client.delivered.is_complete = True
        return client.delivered


async def _pass_on(source: Tunnel, sink: Tunnel) -> None:
    """Pass messages one way; a close ends both ways."""
    try:
        while True:
            message = await source.receive()
            await sink.send(message)
            if message.kind is Kind.CLOSE:
                return
    except ConnectionError:
        return
