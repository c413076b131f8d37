"""An agreement's account: every limit that holds there, and what is set aside."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gateway.kernel.clock import US_PER_S
from gateway.metering.cap import Cap, Hold
from gateway.metering.limit import Limit
from gateway.metering.ports import Settled
from gateway.metering.quantity import Quantity
from gateway.metering.room import Room, room_of, tightest
from gateway.metering.usage_event import UsageEvent


@dataclass(slots=True)
class Account:
    """An agreement's caps, one per limit, and how far they know the store.

    Attributes:
        caps: Each limit with its cap.
        as_of_seq: Events up to here are in the caps' positions.
        until_us: When a period ends and everything is rebuilt.
        loaded_ns: When it was rebuilt, ticks.
        is_rebuilding: The store is being asked for a successor.
        later: Events settled meanwhile; the successor may not know them.
        holds: Every open hold, so that a cap set now knows them too.
        priced_requests, priced_bytes: What is held of it at a price.
    """

    caps: tuple[tuple[Limit, Cap], ...]
    as_of_seq: int
    until_us: int
    loaded_ns: int
    is_rebuilding: bool = False
    later: list[tuple[UsageEvent, Settled]] = field(default_factory=list)
    holds: dict[str, Hold] = field(default_factory=dict)
    priced_requests: int = 0
    priced_bytes: int = 0

    @property
    def priced(self) -> Quantity:
        """What is held at a price."""
        return Quantity(self.priced_requests, self.priced_bytes)

    def reserve(self, request_id: str, hold: Hold) -> int | Limit:
        """Hold in every cap or in none; micros, or the limit that has no room."""
        micros = 0
        held_in: list[Cap] = []
        for limit, cap in self.caps:
            if not _concerns(limit, hold.key_id):
                continue
            if limit.key_id and limit.limits.micros is not None:
                cap.beside = self.priced - cap.priced
            held = cap.reserve(request_id, hold)
            if held is None:
                for earlier in held_in:
                    earlier.release(request_id)
                return limit
            held_in.append(cap)
            micros = max(micros, held)
        self._keep(request_id, hold)
        return micros

    def extend(self, request_id: str, more: Quantity) -> int | Limit:
        """Hold more in every cap; where one refuses, the stream ends anyway."""
        micros = 0
        for limit, cap in self.caps:
            if not cap.holds(request_id):
                continue
            if limit.key_id and limit.limits.micros is not None:
                cap.beside = self.priced - cap.priced
            held = cap.extend(request_id, more)
            if held is None:
                return limit
            micros = max(micros, held)
        held_now = self.holds.get(request_id)
        if held_now is not None:
            self._forget(request_id)
            whole = replace(held_now, quantity=held_now.quantity + more)
            self._keep(request_id, whole)
        return micros

    def adopt(self, request_id: str, hold: Hold) -> None:
        """Hold in every cap what was held before."""
        for limit, cap in self.caps:
            if _concerns(limit, hold.key_id):
                cap.adopt(request_id, hold)
        self._keep(request_id, hold)

    def release(self, request_id: str) -> None:
        """Give back what a request holds."""
        self._forget(request_id)
        for _, cap in self.caps:
            if cap.holds(request_id):
                cap.release(request_id)

    def count(self, event: UsageEvent, settled: Settled) -> None:
        """Add an event that the store recorded after the caps were rebuilt."""
        if settled.seq <= self.as_of_seq:
            return
        quantity = Quantity(event.billable_requests, event.billable_bytes)
        is_priced = event.is_priced and not settled.is_repeat
        for limit, cap in self.caps:
            if event.occurred_us not in limit.period:
                continue
            if _concerns(limit, event.key_id):
                floor = event.floor_bracket
                cap.count(quantity, is_priced=is_priced, floor_bracket=floor)
            elif is_priced:
                cap.pass_by(quantity)
        if self.is_rebuilding:
            self.later.append((event, settled))

    def carry_over(self, old: Account) -> None:
        """Open holds stay; events settled while the store was asked count on top."""
        self.holds = old.holds
        self.priced_requests, self.priced_bytes = old.priced_requests, old.priced_bytes
        caps = {(limit.name, limit.key_id): cap for limit, cap in old.caps}
        for limit, cap in self.caps:
            older = caps.get((limit.name, limit.key_id))
            if older is not None:
                cap.take_over(older)
                continue
            for request_id, hold in self.holds.items():
                if _concerns(limit, hold.key_id):
                    cap.adopt(request_id, hold)
        for event, settled in old.later:
            self.count(event, settled)

    def room(self, key_id: str, *, now_us: int) -> Room | None:
        """What is left of the tightest cap; None where nothing is limited."""
        rooms = [
            room_of(limit, cap, now_us=now_us)
            for limit, cap in self.caps
            if _concerns(limit, key_id)
        ]
        return tightest(rooms)

    def _keep(self, request_id: str, hold: Hold) -> None:
        self.holds[request_id] = hold
        if hold.is_priced:
            self.priced_requests += hold.quantity.requests
            self.priced_bytes += hold.quantity.body_bytes

    def _forget(self, request_id: str) -> None:
        hold = self.holds.pop(request_id, None)
        if hold is not None and hold.is_priced:
            self.priced_requests -= hold.quantity.requests
            self.priced_bytes -= hold.quantity.body_bytes


def unread() -> Account:
    """An account that knows nothing of the store yet; it is rebuilt when asked."""
    return Account((), as_of_seq=0, until_us=0, loaded_ns=0)


def seconds_left(limit: Limit, *, now_us: int) -> int:
    """Whole seconds until a limit's period is over, at least 1."""
    return max(1, -(-(limit.period.end_us - now_us) // US_PER_S))


def _concerns(limit: Limit, key_id: str) -> bool:
    return not limit.key_id or limit.key_id == key_id
