"""Caps of agreements: a prepaid balance, a monthly limit, exact within one node.

The state lives in memory and is rebuilt from the store: charged so far is the
tariff over what was recorded, from the position in the brackets that the
beneficial owner has reached. Requests on their way hold their worst price. A no is
never answered from memory alone: before refusing, the store is asked once more, so
a top-up counts at the very next request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.kernel.clock import NS_PER_S, US_PER_S, Clock
from gateway.metering.admit import CapReached
from gateway.metering.cap import Cap, CapLimits, Hold
from gateway.metering.charged import charge_of, settled_position, span_of
from gateway.metering.ports import (
    Allowance,
    Allowances,
    MeteringStore,
    MoneyLimit,
    Settled,
    UsageSums,
)
from gateway.metering.quantity import Quantity
from gateway.metering.usage_event import UsageEvent

FRESH_S = 1
STALE_S = 300


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
    """

    caps: tuple[tuple[MoneyLimit, Cap], ...]
    as_of_seq: int
    until_us: int
    loaded_ns: int
    is_rebuilding: bool = False
    later: list[tuple[UsageEvent, Settled]] = field(default_factory=list)

    def reserve(self, request_id: str, hold: Hold) -> int | MoneyLimit:
        """Hold in every cap or in none; micros, or the limit that has no room."""
        micros = 0
        for number, (limit, cap) in enumerate(self.caps):
            held = cap.reserve(request_id, hold)
            if held is None:
                for _, earlier in self.caps[:number]:
                    earlier.release(request_id)
                return limit
            micros = max(micros, held)
        return micros

    def extend(self, request_id: str, more: Quantity) -> int | MoneyLimit:
        """Hold more in every cap; where one refuses, the stream ends anyway."""
        micros = 0
        for limit, cap in self.caps:
            if not cap.holds(request_id):
                continue
            held = cap.extend(request_id, more)
            if held is None:
                return limit
            micros = max(micros, held)
        return micros

    def adopt(self, request_id: str, hold: Hold) -> None:
        """Hold in every cap what was held before."""
        for _, cap in self.caps:
            cap.adopt(request_id, hold)

    def release(self, request_id: str) -> None:
        """Give back what a request holds."""
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
            if event.occurred_us in limit.period:
                floor = event.floor_bracket
                cap.count(quantity, is_priced=is_priced, floor_bracket=floor)
        if self.is_rebuilding:
            self.later.append((event, settled))


class Caps:
    """Implements `metering.ports.CapLedger`."""

    def __init__(
        self,
        allowances: Allowances,
        store: MeteringStore,
        *,
        sums: UsageSums,
        clock: Clock,
        node: str,
    ) -> None:
        self._allowances = allowances
        self._store = store
        self._sums = sums
        self._clock = clock
        self._node = node
        self._accounts: dict[str, Account] = {}
        self._agreements: dict[str, str] = {}
        self._rebuilding: dict[str, asyncio.Lock] = {}
        self._inherited: dict[str, dict[str, Hold]] = {}

    async def reserve(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> int | CapReached:
        """Set money aside; see `metering.ports.CapLedger.reserve`."""
        answer = await self._asked(
            agreement_id, lambda account: account.reserve(request_id, hold)
        )
        if isinstance(answer, int):
            self._agreements[request_id] = agreement_id
        return answer

    def reserve_at_once(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> int | None:
        """As `reserve`, where nothing has to be read for a yes."""
        account = self._accounts.get(agreement_id)
        if account is None or not self._is_fresh(account, STALE_S):
            return None
        answer = account.reserve(request_id, hold)
        if not isinstance(answer, int):
            return None
        self._agreements[request_id] = agreement_id
        return answer

    async def extend(self, request_id: str, more: Quantity) -> int | CapReached:
        """Set more aside for a stream of unknown length."""
        agreement_id = self._agreements.get(request_id, "")
        if not agreement_id:
            return 0
        return await self._asked(
            agreement_id, lambda account: account.extend(request_id, more)
        )

    def adopt(self, request_id: str, agreement_id: str, hold: Hold) -> None:
        """Take over a hold that an earlier writer granted, whether or not it fits.

        Must be called before anything else is asked about the agreement.
        """
        self._agreements[request_id] = agreement_id
        self._inherited.setdefault(agreement_id, {})[request_id] = hold
        self._accounts.setdefault(agreement_id, _unread())

    def settle(self, event: UsageEvent, settled: Settled) -> None:
        """Turn the hold into what passed."""
        self.release(event.id)
        account = self._accounts.get(event.agreement_id)
        if account:
            account.count(event, settled)

    def release(self, request_id: str) -> None:
        """Give the hold back."""
        agreement_id = self._agreements.pop(request_id, "")
        self._inherited.get(agreement_id, {}).pop(request_id, None)
        account = self._accounts.get(agreement_id)
        if account:
            account.release(request_id)

    async def _asked(
        self, agreement_id: str, ask: Callable[[Account], int | MoneyLimit]
    ) -> int | CapReached:
        account = await self._account(agreement_id, younger_than_s=STALE_S)
        answer = ask(account)
        if isinstance(answer, MoneyLimit):
            account = await self._account(agreement_id, younger_than_s=FRESH_S)
            answer = ask(account)
        if isinstance(answer, MoneyLimit):
            return _reached(answer, now_us=self._clock.now_us())
        return answer

    async def _account(self, agreement_id: str, *, younger_than_s: int) -> Account:
        account = self._accounts.get(agreement_id)
        if account and self._is_fresh(account, younger_than_s):
            return account
        async with self._rebuilding.setdefault(agreement_id, asyncio.Lock()):
            account = self._accounts.get(agreement_id)
            if account and self._is_fresh(account, younger_than_s):
                return account
            if account:
                account.is_rebuilding = True
                account.later.clear()
            try:
                rebuilt = await asyncio.to_thread(self._rebuilt, agreement_id)
            finally:
                if account:
                    account.is_rebuilding = False
            if account:
                _carry_over(account, rebuilt)
            for request_id, hold in self._inherited.pop(agreement_id, {}).items():
                rebuilt.adopt(request_id, hold)
            self._accounts[agreement_id] = rebuilt
            return rebuilt

    def _is_fresh(self, account: Account, younger_than_s: int) -> bool:
        age_ns = self._clock.ticks_ns() - account.loaded_ns
        is_young = age_ns < younger_than_s * NS_PER_S
        return is_young and self._clock.now_us() < account.until_us

    def _rebuilt(self, agreement_id: str) -> Account:
        """What the store says; runs in a thread."""
        loaded_ns, now_us = self._clock.ticks_ns(), self._clock.now_us()
        allowance = self._allowances.allowance(agreement_id, at_us=now_us)
        seq = self._store.last_seq()
        foreign = self._store.held_micros(agreement_id, except_node=self._node)
        caps = tuple(
            (limit, self._cap(agreement_id, allowance, limit, seq=seq))
            for limit in allowance.limits
        )
        for _, cap in caps:
            cap.foreign_micros = foreign
        ends = [limit.period.end_us for limit in allowance.limits]
        ends.append(span_of(allowance.tariff, now_us).end_us)
        return Account(caps, seq, min(ends), loaded_ns)

    def _cap(
        self, agreement_id: str, allowance: Allowance, limit: MoneyLimit, *, seq: int
    ) -> Cap:
        position = settled_position(
            self._sums,
            allowance,
            agreement_id=agreement_id,
            period=limit.period,
            now_us=self._clock.now_us(),
            up_to_seq=seq,
        )
        charge = charge_of(allowance.tariff, has_free=allowance.has_free)
        return Cap(CapLimits(micros=limit.micros), charge=charge, position=position)


def _unread() -> Account:
    """An account that knows nothing of the store yet; it is rebuilt when asked."""
    return Account((), as_of_seq=0, until_us=0, loaded_ns=0)


def _carry_over(old: Account, new: Account) -> None:
    """Open holds stay; events settled while the store was asked count on top."""
    caps = {limit.name: cap for limit, cap in old.caps}
    for limit, cap in new.caps:
        if limit.name in caps:
            cap.take_over(caps[limit.name])
    for event, settled in old.later:
        new.count(event, settled)


def _reached(limit: MoneyLimit, *, now_us: int) -> CapReached:
    left_s = max(1, -(-(limit.period.end_us - now_us) // US_PER_S))
    if limit.name == "prepaid":
        detail = (
            "What is left of the prepaid balance does not cover this answer; money "
            "for 8 MiB is set aside where its length is unknown. Top it up to go on."
        )
        return CapReached(limit.name, 0, detail)
    detail = "The agreement's spending limit for this period is reached."
    return CapReached(limit.name, left_s, detail)
