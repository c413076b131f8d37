"""What a connection of a client is doing, and what it hands to whoever answers."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from gateway.proxy.head import Malformed


class Phase(Enum):
    """What a connection is doing."""

    WAITING = "waiting"  # for a head, or the rest of one
    BUSY = "busy"  # with a request
    TUNNEL = "tunnel"  # no HTTP any more
    LINGERING = "lingering"  # answered; what still comes is thrown away
    CLOSED = "closed"


class Taker(Protocol):
    """Takes in what arrives behind a head."""

    def feed(self, received: bytes) -> bytes:
        """Take it; give back what is not its own."""


class Underway(Protocol):
    """A request that was begun without a task; `gateway.proxy.express` fills it."""

    def let_go(self) -> None:
        """Do nothing more until a task goes on with it."""


Asked = bytes | Malformed | Underway
"""The head of a request, or what came instead, or a request that was begun."""
