"""What the handler sees of a conversation: asked, respond, start, tunnel.

No HTTP library is named here, so any server and any lane can carry it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.kernel.request import Request
from gateway.proxy.ports import UpstreamAnswer
from gateway.upstream.response import ResponseHead
from gateway.web.answer import Answer, HeaderPairs

__all__ = [
    "Answer",
    "BodySink",
    "Delivered",
    "Exchange",
    "HeaderPairs",
    "ResponseHead",
]


@dataclass(slots=True)
class Delivered:
    """How many body bytes left us, kept while streaming and final at close.

    Attributes:
        handed_over: Body bytes given to the transport.
        unsent: Of these, still in our buffer or the kernel's send queue when the
            connection died; 0 after a complete response.
        is_complete: The client got the whole body.
    """

    handed_over: int = 0
    unsent: int = 0
    is_complete: bool = False

    @property
    def body_bytes(self) -> int:
        """Bytes that left us; never more than what was handed over."""
        return max(0, self.handed_over - self.unsent)


class BodySink(Protocol):
    """Where a streamed body goes."""

    delivered: Delivered

    def flush(self) -> None:
        """Send the head now, where it was held back to join the first piece."""

    async def write(self, chunk: bytes, *, waits: Callable[[], None]) -> None:
        """Pass a chunk on; waits while the client is slow.

        Args:
            chunk: The next bytes of the body.
            waits: Called where it has to wait, before it does.

        Raises:
            ConnectionError: the client is gone.
        """

    async def finish(self, *, is_confirmed: bool = False) -> None:
        """The body is complete.

        Args:
            is_confirmed: Return only when everything handed over has left this
                machine; what is metered asks for it.

        Raises:
            ConnectionError: the client is gone, and did not get the whole.
        """

    async def abort(self) -> None:
        """The body cannot be completed: close so that the client sees it is cut."""


class Exchange(Protocol):
    """One request and the way back to whoever sent it."""

    asked: Request
    wants_upgrade: bool
    has_body: bool
    body_bytes: int | None
    """The request body's length if it was announced, else None."""

    def body(self) -> AsyncIterator[bytes]:
        """The request body, streamed; empty where there is none.

        Raises:
            ConnectionError: the client is gone.
            TimeoutError: it has sent nothing for too long.
        """

    async def respond(self, answer: Answer) -> None:
        """Send a whole answer."""

    async def start(self, head: ResponseHead) -> BodySink:
        """Send the head of a streamed answer and give back its body's sink.

        Raises:
            ConnectionError: the client is gone.
        """

    async def tunnel(self, head: ResponseHead, upstream: UpstreamAnswer) -> Delivered:
        """Send the upstream's 101, then bytes both ways until either side closes.

        Returns:
            Bytes that went to the client.
        """

    def abandon(self) -> None:
        """End the client's connection at once: too slow, or its key is revoked."""
