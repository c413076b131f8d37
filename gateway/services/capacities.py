"""Carrying capacities of collections: what no agreement buys, exact within one node.

As caps are (`services/caps`), but of a collection and over all agreements: what is
about to pass is held first and counted when it ended, so a capacity of 100 admits
exactly 100 of 2,000 at once. Only metered use draws on it; readers never do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

from gateway.kernel.clock import NS_PER_S, Clock
from gateway.kernel.period import Period, day_of, month_of
from gateway.licensing.capacity import Capacity, CapacityPer
from gateway.metering.admit import CapReached
from gateway.metering.cap import Cap, CapLimits, Charge, Hold, Position
from gateway.metering.footprint import EnergyModel
from gateway.metering.limit import Limit
from gateway.metering.ports import Settled
from gateway.metering.quantity import NOTHING, Quantity
from gateway.metering.usage_event import UsageEvent
from gateway.services.cap_account import Account, seconds_left

FRESH_S = 1
STALE_S = 300


class Counted(Protocol):
    """Adds up what was metered of a collection."""

    def collection_counted(
        self, collection: str, *, period: Period, up_to_seq: int
    ) -> Quantity:
        """Billable requests and bytes that were recorded up to a place."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What capacities are held against.

    Attributes:
        terms: A collection's capacity, by the policies in force; None for none.
        counted: What was metered.
        last_seq: The place of the last event that was recorded.
        model: How energy is estimated.
        cpu_us_per_request: What serving one request took lately, microseconds.
    """

    terms: Callable[[str], Capacity | None]
    counted: Counted
    last_seq: Callable[[], int]
    model: EnergyModel
    cpu_us_per_request: Callable[[], int]


class Capacities:
    """Holds, counts and refuses, by collection."""

    def __init__(self, carried: Carried, *, clock: Clock) -> None:
        self._carried = carried
        self._clock = clock
        self._accounts: dict[str, tuple[Capacity, Account]] = {}
        self._holding: dict[str, str] = {}
        self._reading: dict[str, asyncio.Lock] = {}

    async def reserve(self, request_id: str, hold: Hold) -> CapReached | None:
        """Set aside what may pass; None where it may.

        Raises:
            Unavailable: the store cannot be asked.
        """
        terms = self._carried.terms(hold.collection)
        if terms is None:
            return None
        answer: int | Limit = 0
        for younger_than_s in (STALE_S, FRESH_S):
            account = await self._account(hold.collection, terms, younger_than_s)
            answer = account.reserve(request_id, _bare(hold))
            if not isinstance(answer, Limit):
                self._holding[request_id] = hold.collection
                return None
        return self._reached(answer, hold.collection)

    def reserve_at_once(self, request_id: str, hold: Hold) -> bool:
        """As `reserve`, where nothing has to be read for a yes."""
        terms = self._carried.terms(hold.collection)
        if terms is None:
            return True
        account = self._current(hold.collection, terms, STALE_S)
        if account is None:
            return False
        if isinstance(account.reserve(request_id, _bare(hold)), Limit):
            return False
        self._holding[request_id] = hold.collection
        return True

    async def extend(self, request_id: str, more: Quantity) -> CapReached | None:
        """Set more aside for a stream of unknown length."""
        collection = self._holding.get(request_id, "")
        known = self._accounts.get(collection)
        if known is None:
            return None
        answer = known[1].extend(request_id, more)
        return self._reached(answer, collection) if isinstance(answer, Limit) else None

    def adopt(self, request_id: str, hold: Hold) -> None:
        """Take over a hold of an earlier writer; the store is asked before more."""
        if not hold.collection or self._carried.terms(hold.collection) is None:
            return
        self._holding[request_id] = hold.collection
        terms = self._carried.terms(hold.collection)
        if terms is not None:
            unread = terms, Account((), as_of_seq=0, until_us=0, loaded_ns=0)
            _, account = self._accounts.setdefault(hold.collection, unread)
            account.adopt(request_id, _bare(hold))

    def settle(self, event: UsageEvent, settled: Settled) -> None:
        """Turn the hold into what passed."""
        self.release(event.id)
        known = self._accounts.get(event.collection)
        if known is not None:
            # Energy is taken whether or not it is priced.
            whole = replace(event, is_test=False, priced_at_zero=False, is_repeat=False)
            known[1].count(whole, Settled(settled.seq, is_repeat=False))

    def release(self, request_id: str) -> None:
        """Give the hold back."""
        known = self._accounts.get(self._holding.pop(request_id, ""))
        if known is not None:
            known[1].release(request_id)

    def _current(
        self, collection: str, terms: Capacity, younger_than_s: int
    ) -> Account | None:
        known = self._accounts.get(collection)
        if known is None or known[0] != terms:
            return None
        age_ns = self._clock.ticks_ns() - known[1].loaded_ns
        is_young = age_ns < younger_than_s * NS_PER_S
        is_now = self._clock.now_us() < known[1].until_us
        return known[1] if is_young and is_now else None

    async def _account(
        self, collection: str, terms: Capacity, younger_than_s: int
    ) -> Account:
        async with self._reading.setdefault(collection, asyncio.Lock()):
            current = self._current(collection, terms, younger_than_s)
            if current is not None:
                return current
            old = self._accounts.get(collection)
            if old is not None:
                old[1].is_rebuilding = True
                old[1].later.clear()
            else:
                unread = Account((), 0, 0, 0, is_rebuilding=True)
                old = self._accounts[collection] = terms, unread
            try:
                rebuilt = await asyncio.to_thread(self._rebuilt, collection, terms)
            finally:
                old[1].is_rebuilding = False
            rebuilt.carry_over(old[1])
            self._accounts[collection] = terms, rebuilt
            return rebuilt

    def _rebuilt(self, collection: str, terms: Capacity) -> Account:
        """What the store says; runs in a thread."""
        loaded_ns, now_us = self._clock.ticks_ns(), self._clock.now_us()
        span = day_of if terms.per is CapacityPer.DAY else month_of
        period = span(now_us)
        seq = self._carried.last_seq()
        used = self._carried.counted.collection_counted(
            collection, period=period, up_to_seq=seq
        )
        caps = []
        for name, limits in _limits(terms):
            charge = self._energy() if limits.micros is not None else None
            position = Position(used=used)
            if charge is not None:
                micros = Fraction(charge(NOTHING, used, 0))
                position = Position(used=used, micros=micros)
            cap = Cap(limits, position=position)
            if charge is not None:
                cap = Cap(limits, charge=charge, position=position)
            caps.append((Limit(name, limits, period), cap))
        return Account(tuple(caps), seq, period.end_us, loaded_ns)

    def _energy(self) -> Charge:
        """Energy of a quantity, exactly, as a cap counts money."""
        model, cpu_us = self._carried.model, self._carried.cpu_us_per_request()

        def energy(_start: Quantity, more: Quantity, _floor: int) -> Fraction:
            return model.exact_mwh(
                cpu_us=cpu_us * more.requests, body_bytes=more.body_bytes
            )

        return energy

    def _reached(self, limit: Limit | int, collection: str) -> CapReached:
        if not isinstance(limit, Limit):
            raise TypeError("only a limit is reached")
        now_us = self._clock.now_us()
        whole = limit.limits.requests or limit.limits.body_bytes or 0
        length_us = limit.period.end_us - limit.period.start_us
        counted = limit.name.removeprefix("capacity-").partition("-")[0]
        detail = (
            f"What {collection} carries of automation is used up for now "
            f"({limit.name}); nothing buys more of it. Readers are not asked."
        )
        return CapReached(
            limit.name,
            seconds_left(limit, now_us=now_us),
            detail,
            limit=whole,
            window_s=length_us // 1_000_000 if whole else 0,
            counted=counted,
        )


def _bare(hold: Hold) -> Hold:
    """The quantity alone: no price and no key changes what is carried."""
    return Hold(hold.quantity)


def _limits(terms: Capacity) -> list[tuple[str, CapLimits]]:
    figures = (
        ("requests", terms.requests, CapLimits(requests=terms.requests)),
        ("bytes", terms.body_bytes, CapLimits(body_bytes=terms.body_bytes)),
        ("energy", terms.energy_mwh, CapLimits(micros=terms.energy_mwh)),
    )
    return [
        (f"capacity-{name}-per-{terms.per.value}", limits)
        for name, figure, limits in figures
        if figure is not None
    ]
