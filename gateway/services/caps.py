"""Caps of agreements and keys, and prepaid balances: exact within one node.

The state lives in memory and is rebuilt from the store: charged so far is the
tariff over what was recorded, from the position in the brackets that the
beneficial owner has reached. Requests on their way hold their worst price. A no is
never answered from memory alone: before refusing, the store is asked once more, so
a top-up counts at the very next request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from gateway.kernel.clock import NS_PER_S, Clock
from gateway.metering.admit import CapReached
from gateway.metering.cap import Cap, Hold, Position
from gateway.metering.cap_terms import MONTHLY_CAP
from gateway.metering.charged import charge_of, settled_position, span_of
from gateway.metering.limit import PREPAID, Limit
from gateway.metering.ports import (
    Allowance,
    Allowances,
    MeteringStore,
    Settled,
    UsageSums,
)
from gateway.metering.quantity import Quantity
from gateway.metering.room import Granted, room_of
from gateway.metering.usage_event import UsageEvent
from gateway.services.cap_account import Account, seconds_left, unread

FRESH_S = 1
STALE_S = 300


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
        self._refused: set[tuple[str, str, str]] = set()
        self._changed: set[str] = set()

    async def reserve(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | CapReached:
        """Set aside what may pass; see `metering.ports.CapLedger.reserve`."""
        answer = await self._asked(
            agreement_id, lambda account: account.reserve(request_id, hold)
        )
        if isinstance(answer, CapReached):
            return answer
        return self._granted(request_id, agreement_id, hold, micros=answer)

    def _granted(
        self, request_id: str, agreement_id: str, hold: Hold, *, micros: int
    ) -> Granted:
        self._agreements[request_id] = agreement_id
        account = self._accounts[agreement_id]
        if not account.caps:
            return Granted(micros)
        room = account.room(hold.key_id, now_us=self._clock.now_us())
        return Granted(micros, room)

    def forget(self, agreement_ids: Iterable[str]) -> None:
        """Caps of these were changed: the store is asked before the next answer."""
        for agreement_id in agreement_ids:
            reading = self._rebuilding.get(agreement_id)
            if reading and reading.locked():
                # What is read just now may be what held before the change.
                self._changed.add(agreement_id)
            account = self._accounts.get(agreement_id)
            if account:
                account.loaded_ns -= STALE_S * NS_PER_S

    def refusals(self) -> frozenset[tuple[str, str, str]]:
        """Which caps refused since this was asked last: agreement, key and name."""
        found, self._refused = frozenset(self._refused), set()
        return found

    def reserve_at_once(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | None:
        """As `reserve`, where nothing has to be read for a yes."""
        account = self._accounts.get(agreement_id)
        if account is None or not self._is_fresh(account, STALE_S):
            return None
        answer = account.reserve(request_id, hold)
        if not isinstance(answer, int):
            return None
        return self._granted(request_id, agreement_id, hold, micros=answer)

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
        self._accounts.setdefault(agreement_id, unread())

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
        self, agreement_id: str, ask: Callable[[Account], int | Limit]
    ) -> int | CapReached:
        account = await self._account(agreement_id, younger_than_s=STALE_S)
        answer = ask(account)
        if isinstance(answer, Limit):
            account = await self._account(agreement_id, younger_than_s=FRESH_S)
            answer = ask(account)
        if isinstance(answer, Limit):
            self._refused.add((agreement_id, answer.key_id, answer.name))
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
            self._changed.discard(agreement_id)
            try:
                rebuilt = await asyncio.to_thread(self._rebuilt, agreement_id)
            finally:
                if account:
                    account.is_rebuilding = False
            if account:
                rebuilt.carry_over(account)
            for request_id, hold in self._inherited.pop(agreement_id, {}).items():
                rebuilt.adopt(request_id, hold)
            if agreement_id in self._changed:
                rebuilt.loaded_ns -= STALE_S * NS_PER_S
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
        self, agreement_id: str, allowance: Allowance, limit: Limit, *, seq: int
    ) -> Cap:
        position = Position(
            used=self._sums.agreement_counted(
                agreement_id, period=limit.period, key_id=limit.key_id, up_to_seq=seq
            )
        )
        if limit.limits.micros is None:
            return Cap(limit.limits, position=position)
        settled = settled_position(
            self._sums,
            allowance,
            agreement_id=agreement_id,
            period=limit.period,
            now_us=self._clock.now_us(),
            up_to_seq=seq,
            key_id=limit.key_id,
        )
        charge = charge_of(allowance.tariff, is_proven=allowance.is_proven)
        return Cap(limit.limits, charge=charge, position=settled)


def _reached(limit: Limit, *, now_us: int) -> CapReached:
    left_s = seconds_left(limit, now_us=now_us)
    if limit.name == PREPAID:
        detail = (
            "What is left of the prepaid balance does not cover this answer; money "
            "for 8 MiB is set aside where its length is unknown. Top it up to go on."
        )
        return CapReached(limit.name, 0, detail)
    room = room_of(limit, Cap(limit.limits), now_us=now_us)
    is_money = limit.limits.micros is not None
    if limit.name == MONTHLY_CAP:
        detail = "The agreement's spending limit for this period is reached."
    else:
        whose = "this key" if limit.key_id else "the agreement"
        detail = (
            f"The cap of {whose} ({limit.name}) is reached; whoever set it can raise "
            "it, and it takes hold within a second."
        )
    return CapReached(
        limit.name,
        left_s if room.window_s else 0,
        detail,
        limit=0 if is_money else room.limit,
        window_s=0 if is_money else room.window_s,
        counted=room.counted,
    )
