"""What standing paid for and what was taken, in memory, of events that are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.period import Period
from gateway.metering.taken import Taken
from gateway.metering.usage_event import UsageEvent
from gateway.reciprocity.giving_ports import SpentSince
from gateway.reciprocity.spending import Spent, party_of


class FakeStandingUse:
    """Events in the order in which they were recorded."""

    def __init__(self, events: Mapping[str, UsageEvent]) -> None:
        self._events = events

    def since(self, seq: int) -> SpentSince:
        requests, sizes = Counter[tuple[str, str, int]](), Counter[object]()
        for event in [*self._events.values()][seq:]:
            party_id = party_of(event.agreement_id)
            if party_id and event.billable_requests and not event.is_repeat:
                key = (party_id, event.tariff, event.occurred_us // US_PER_DAY)
                requests[key] += event.billable_requests
                sizes[key] += event.billable_bytes
        spent = tuple(
            (key[0], Spent(key[2], key[1], requests[key], sizes[key]))
            for key in sorted(requests)
        )
        return SpentSince(len(self._events), spent)

    def takings(self, period: Period) -> tuple[Taken, ...]:
        sizes = Counter[str]()
        for event in self._events.values():
            if event.occurred_us in period and event.billable_bytes and event.party_id:
                sizes[event.party_id] += event.billable_bytes
        return tuple(Taken(each, sizes[each]) for each in sorted(sizes))
