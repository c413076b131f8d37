"""Recording usage: an intent before the first byte, one event at the end.

Whoever carries the bytes calls `open` and, in a `finally`, `settle`. Only the intent
is waited for. The hold on the agreement's cap goes the same way: it turns into what
passed once the event is stored, and stays until then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.kernel.clock import Clock
from gateway.kernel.errors import GatewayError
from gateway.kernel.hooks import unheard
from gateway.metering.intent import Intent
from gateway.metering.ports import Settled
from gateway.metering.recording_ports import CapLedger, EventWriter
from gateway.metering.usage_event import UsageEvent


@dataclass(frozen=True, slots=True)
class RecorderHooks:
    """What the recorder tells whoever counts and logs.

    Attributes:
        opened: How long an intent took to be durable, nanoseconds.
        refused: The code of the error why an intent could not be stored.
        settled: An event, and what the store made of it.
        kept: An event that waits for the store.
        failed: An event that the store refused for good, and the error's code.
    """

    opened: Callable[[int], None] = unheard
    refused: Callable[[str], None] = unheard
    settled: Callable[[UsageEvent, Settled], None] = unheard
    kept: Callable[[UsageEvent], None] = unheard
    failed: Callable[[UsageEvent, str], None] = unheard


class UsageRecorder:
    """Implements `metering.ports.UsageRecorder` over the one writer."""

    def __init__(
        self,
        writer: EventWriter,
        *,
        clock: Clock,
        caps: CapLedger | None = None,
        hooks: RecorderHooks | None = None,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._caps = caps
        self._hooks = hooks or RecorderHooks()

    async def open(self, intent: Intent) -> None:
        """Write the intent down; durable on return.

        Raises:
            Conflict: the request has an intent already.
            Unavailable: it cannot be stored; its hold is given back.
        """
        began_ns = self._clock.ticks_ns()
        try:
            await self._writer.open_intent(intent)
        except BaseException as fault:
            self._not_opened(intent, fault)  # also where who asked was cancelled
            raise
        self._hooks.opened(self._clock.ticks_ns() - began_ns)

    def begin(self, intent: Intent, heard: Callable[[Exception | None], None]) -> None:
        """As `open`; see `metering.ports.UsageRecorder.begin`.

        Raises:
            Unavailable: it cannot be stored; its hold is given back.
        """
        began_ns = self._clock.ticks_ns()

        def written(fault: Exception | None) -> None:
            if fault is None:
                self._hooks.opened(self._clock.ticks_ns() - began_ns)
            else:
                self._not_opened(intent, fault)
            heard(fault)

        try:
            self._writer.write_intent(intent, written)
        except GatewayError as fault:
            self._not_opened(intent, fault)
            raise

    def settle(self, event: UsageEvent) -> None:
        """Hand in what passed; it is stored with the next commit, or kept till later.

        Raises:
            Unavailable: the gateway is stopping or far behind; the intent stays
                open and is orphaned at the next start.
        """
        is_kept = False

        def heard(outcome: Settled | Exception | None) -> None:
            nonlocal is_kept
            if isinstance(outcome, Settled):
                if self._caps:
                    self._caps.settle(event, outcome)
                self._hooks.settled(event, outcome)
            elif isinstance(outcome, GatewayError):
                self._refused(event, outcome)
            elif outcome is not None:
                raise outcome
            elif not is_kept:
                is_kept = True
                self._hooks.kept(event)

        try:
            self._writer.record(event, heard)
        except GatewayError as fault:
            self._refused(event, fault)
            raise

    def _not_opened(self, intent: Intent, fault: BaseException) -> None:
        """Nothing passes under this hold."""
        if self._caps:
            self._caps.release(intent.request_id)
        if isinstance(fault, GatewayError):
            self._hooks.refused(fault.code)

    def _refused(self, event: UsageEvent, fault: GatewayError) -> None:
        if self._caps:
            self._caps.release(event.id)
        self._hooks.failed(event, fault.code)
