"""What an agreement holds while a front server delivers, and its log says nothing yet.

Inline, a hold grows with the stream; here nobody sees the stream. One step is held
from the decision to the log line, and given back when no line comes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from gateway.kernel.clock import NS_PER_S, Clock
from gateway.licensing.decision import Meter, Throttle
from gateway.metering.admit import CapReached, throttled_by_cap
from gateway.metering.cap import Hold
from gateway.metering.meter import first_hold
from gateway.metering.ports import Settled
from gateway.metering.quantity import NOTHING
from gateway.metering.recording_ports import CapLedger
from gateway.metering.room import Room
from gateway.metering.usage_event import UsageEvent

LINE_WITHIN_S = 3_600


@dataclass(slots=True)
class Holds:
    """Holds that wait for a log line.

    Attributes:
        caps: Says what an agreement may still take; None for no caps.
        clock: How long a hold waits.
    """

    caps: CapLedger | None
    clock: Clock
    _since_ns: OrderedDict[str, int] = field(default_factory=OrderedDict)

    async def take(
        self,
        request_id: str,
        method: str,
        meter: Meter,
        *,
        is_test: bool,
        key_id: str = "",
        collection: str = "",
        cheaper_door: str = "",
    ) -> Throttle | Room | None:
        """Hold one step.

        Returns:
            What is left of the tightest cap; why nothing may pass; None where
            nothing is limited.

        Raises:
            Unavailable: the caps cannot be asked.
        """
        self.give_back_late()
        quantity = first_hold(method=method, status=200, content_bytes=None)
        if self.caps is None or quantity == NOTHING:
            return None
        hold = Hold(
            quantity,
            is_priced=not (meter.priced_at_zero or is_test),
            floor_bracket=meter.floor_bracket,
            key_id=key_id,
            collection=collection,
        )
        held = await self.caps.reserve(request_id, meter.agreement_id, hold)
        if isinstance(held, CapReached):
            return throttled_by_cap(meter, held, cheaper_door=cheaper_door)
        self._since_ns[request_id] = self.clock.ticks_ns()
        return held.room

    def settle(self, event: UsageEvent, settled: Settled) -> None:
        """The log told what passed."""
        self._since_ns.pop(event.id, None)
        if self.caps is not None:
            self.caps.settle(event, settled)

    def give_back_late(self) -> None:
        """Release what no line has confirmed for an hour."""
        late_ns = self.clock.ticks_ns() - LINE_WITHIN_S * NS_PER_S
        while self._since_ns:
            request_id, since_ns = next(iter(self._since_ns.items()))
            if since_ns > late_ns:
                return
            del self._since_ns[request_id]
            if self.caps is not None:
                self.caps.release(request_id)
