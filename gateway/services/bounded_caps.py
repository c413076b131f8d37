"""Caps within carrying capacity: an agreement takes what both leave it."""

from __future__ import annotations

from gateway.kernel.clock import Clock
from gateway.metering.admit import CapReached
from gateway.metering.cap import Hold
from gateway.metering.ports import Allowances, MeteringStore, Settled, UsageSums
from gateway.metering.quantity import Quantity
from gateway.metering.room import Granted
from gateway.metering.usage_event import UsageEvent
from gateway.services.capacities import Capacities
from gateway.services.caps import Caps


class BoundedCaps(Caps):
    """Asks a collection's capacity first; what it refuses no cap is asked about."""

    def __init__(
        self,
        allowances: Allowances,
        store: MeteringStore,
        *,
        sums: UsageSums,
        capacities: Capacities,
        clock: Clock,
        node: str,
    ) -> None:
        super().__init__(allowances, store, sums=sums, clock=clock, node=node)
        self._capacities = capacities

    async def reserve(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | CapReached:
        """Set aside what may pass; see `metering.ports.CapLedger.reserve`."""
        over = await self._capacities.reserve(request_id, hold)
        if over is not None:
            return over
        answer: Granted | CapReached | None = None
        try:
            answer = await super().reserve(request_id, agreement_id, hold)
        finally:
            if not isinstance(answer, Granted):
                self._capacities.release(request_id)
        return answer

    def reserve_at_once(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | None:
        """As `reserve`, where nothing has to be read for a yes."""
        if not self._capacities.reserve_at_once(request_id, hold):
            return None
        granted = super().reserve_at_once(request_id, agreement_id, hold)
        if granted is None:
            self._capacities.release(request_id)
        return granted

    async def extend(self, request_id: str, more: Quantity) -> int | CapReached:
        """Set more aside for a stream of unknown length."""
        over = await self._capacities.extend(request_id, more)
        return over if over is not None else await super().extend(request_id, more)

    def adopt(self, request_id: str, agreement_id: str, hold: Hold) -> None:
        """Take over a hold that an earlier writer granted."""
        self._capacities.adopt(request_id, hold)
        super().adopt(request_id, agreement_id, hold)

    def settle(self, event: UsageEvent, settled: Settled) -> None:
        """Turn the hold into what passed."""
        self._capacities.settle(event, settled)
        super().settle(event, settled)

    def release(self, request_id: str) -> None:
        """Give the hold back."""
        self._capacities.release(request_id)
        super().release(request_id)
