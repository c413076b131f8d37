"""What a metered request asks of the recorder, the caps and the writer behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gateway.metering.admit import CapReached
from gateway.metering.cap import Hold
from gateway.metering.intent import Intent
from gateway.metering.ports import Settled
from gateway.metering.quantity import Quantity
from gateway.metering.room import Granted
from gateway.metering.usage_event import UsageEvent


class UsageRecorder(Protocol):
    """What whoever carries bytes calls around a metered response."""

    async def open(self, intent: Intent) -> None:
        """Write the intent down; durable on return. Before the first body byte.

        Raises:
            Unavailable: it cannot be stored; answer 503, send nothing.
        """

    def begin(self, intent: Intent, heard: Callable[[Exception | None], None]) -> None:
        """As `open`, for whoever is called back.

        Args:
            intent: What is about to begin.
            heard: Called on the event loop: it is durable, or why it is not.

        Raises:
            Unavailable: it cannot be stored; its hold is given back.
        """

    def settle(self, event: UsageEvent) -> None:
        """Hand in what passed, in a `finally`. Nobody waits for the disk: until it is
        stored the intent stands for it, and so does its hold.

        Raises:
            Unavailable: the gateway is stopping or far behind; the intent stays open.
        """


class CapLedger(Protocol):
    """What an agreement may still take."""

    async def reserve(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | CapReached:
        """Set aside what may pass once the upstream's head is there.

        Returns:
            What was set aside, or why there is no room.

        Raises:
            NotFound: no such agreement.
            Unavailable: the store cannot be asked.
        """

    def reserve_at_once(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | None:
        """As `reserve`, where there is room and nobody has to be asked for that.

        Returns:
            What was set aside; None where nothing was, and `reserve` knows more.
        """

    async def extend(self, request_id: str, more: Quantity) -> int | CapReached:
        """Set more aside for a stream of unknown length; refused ⇒ close it."""

    def settle(self, event: UsageEvent, settled: Settled) -> None:
        """Turn the hold into what passed; does nothing without a hold."""

    def release(self, request_id: str) -> None:
        """Give the hold back; does nothing without one."""


class EventWriter(Protocol):
    """The one writer of intents and events; batches by itself."""

    async def open_intent(self, intent: Intent) -> None:
        """As `UsageRecorder.open`."""

    def write_intent(
        self, intent: Intent, heard: Callable[[Exception | None], None]
    ) -> None:
        """As `open_intent`, for whoever is called back.

        Args:
            intent: What is about to begin.
            heard: Called once on the event loop: it is durable, or why it is not.

        Raises:
            Unavailable: too many wait, or the gateway has stopped.
        """

    def record(
        self, event: UsageEvent, heard: Callable[[Settled | Exception | None], None]
    ) -> None:
        """Hand an event in, to be stored with the next commit.

        Args:
            event: What passed.
            heard: Called on the event loop: with what the store made of it, once; with
                the `Conflict` why it never will; with None each time that it is kept
                for later.

        Raises:
            Unavailable: far too many wait already, or the gateway has stopped.
        """
