"""The upstream's end of a WebSocket, message by message.

Frames are made anew on each side, so compression is negotiated with neither;
messages, their kinds, pings and the close code pass as they are.
"""

from __future__ import annotations

from collections.abc import Iterable

import aiohttp

from gateway.kernel.request import Headers
from gateway.upstream.tunnel import Kind, Message

HANDSHAKE = frozenset(
    (
        "sec-websocket-accept",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-protocol",
        "sec-websocket-version",
    )
)
NO_STATUS = 1005
BROKEN = 1006


def subprotocols(headers: Headers) -> tuple[str, ...]:
    """The subprotocols a client offers, in its order."""
    offered = ",".join(headers.all("sec-websocket-protocol")).split(",")
    return tuple(name.strip() for name in offered if name.strip())


def handshake_fields(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """A request's fields without those that the handshake makes itself."""
    return [(name, value) for name, value in fields if name.lower() not in HANDSHAKE]


class UpstreamTunnel:
    """Implements `Tunnel` over the client's WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.subprotocol = socket.protocol or ""

    async def receive(self) -> Message:
        """The next message; a `CLOSE` is the last one."""
        return message_of(await self._socket.receive())

    async def send(self, message: Message) -> None:
        """Send a message."""
        match message.kind:
            case Kind.TEXT:
                await self._socket.send_str(message.payload.decode())
            case Kind.BINARY:
                await self._socket.send_bytes(message.payload)
            case Kind.PING:
                await self._socket.ping(message.payload)
            case Kind.PONG:
                await self._socket.pong(message.payload)
            case Kind.CLOSE:
                code = sendable(message.code)
                await self._socket.close(code=code, message=message.payload)


def message_of(received: aiohttp.WSMessage) -> Message:
    """A message of the library as ours."""
    match received.type:
        case aiohttp.WSMsgType.TEXT:
            return Message(Kind.TEXT, received.data.encode())
        case aiohttp.WSMsgType.BINARY:
            return Message(Kind.BINARY, bytes(received.data))
        case aiohttp.WSMsgType.PING:
            return Message(Kind.PING, bytes(received.data))
        case aiohttp.WSMsgType.PONG:
            return Message(Kind.PONG, bytes(received.data))
        case aiohttp.WSMsgType.CLOSE:
            reason = (received.extra or "").encode()
            return Message(Kind.CLOSE, reason, received.data or NO_STATUS)
        case _:
            return Message(Kind.CLOSE, code=BROKEN)


def sendable(code: int) -> int:
    """A close code that may stand on the wire (RFC 6455 §7.4.1)."""
    if code == NO_STATUS:
        return 1000
    return 1011 if code == BROKEN else code
