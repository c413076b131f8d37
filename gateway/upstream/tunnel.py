"""An upgraded connection, as messages: what both of its ends can do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Kind(Enum):
    """What a message is (RFC 6455 §5.6)."""

    TEXT = "text"
    BINARY = "binary"
    PING = "ping"
    PONG = "pong"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        kind: What it is.
        payload: Its bytes; text is UTF-8; for a close, the reason.
        code: Close code; 1000 for a normal end, 1006 where the connection broke.
    """

    kind: Kind
    payload: bytes = b""
    code: int = 1000


class Tunnel(Protocol):
    """One end of an upgraded connection."""

    subprotocol: str
    """The subprotocol that was agreed on; empty for none."""

    async def receive(self) -> Message:
        """The next message; a `CLOSE` is the last one."""

    async def send(self, message: Message) -> None:
        """Send a message; a `CLOSE` is the last one.

        Raises:
            ConnectionError: the other end is gone.
        """
