"""Intents and usage events in memory; held to the same contract as the real store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.kernel.errors import Conflict
from gateway.kernel.period import Period
from gateway.metering.intent import Intent
from gateway.metering.meter import REPEAT_US
from gateway.metering.ports import Checkpoint, IntentCounts, Settled, Usage
from gateway.metering.quantity import Quantity
from gateway.metering.summary import UsageSum, summary
from gateway.metering.usage_event import Ending, UsageEvent

SOME_TIME_US = 1_793_000_000_000_000


def a_usage_event(
    number: int = 1,
    *,
    body_bytes: int = 1_000,
    agreement_id: str = "agr_1",
    party_id: str = "pty_1",
    key_id: str = "key_1",
    occurred_us: int = SOME_TIME_US,
    object_sha256: str = "",
    status: int = 200,
    ending: Ending = Ending.COMPLETE,
    tariff_version: int = 1,
    floor_bracket: int = 0,
    is_test: bool = False,
    is_statement: bool = False,
    path: str = "/registers/1742",
) -> UsageEvent:
    """A billable event of so many bytes."""
    return UsageEvent(
        id=f"req_{number}",
        agreement_id=agreement_id,
        party_id=party_id,
        key_id=key_id,
        collection="parish-registers",
        tariff="ai-2026",
        tariff_version=tariff_version,
        use="train",
        method="GET",
        path=path,
        object_sha256=object_sha256,
        status=status,
        ending=ending,
        body_bytes=body_bytes,
        billable_bytes=body_bytes,
        billable_requests=1,
        is_repeat=False,
        priced_at_zero=False,
        floor_bracket=floor_bracket,
        is_test=is_test,
        occurred_us=occurred_us,
        policy_version="p1",
        node="node-1",
        is_statement=is_statement,
    )


def an_intent(
    number: int = 1,
    *,
    boot_id: str = "boot-1",
    node: str = "node-1",
    hold_micros: int = 0,
) -> Intent:
    """The intent that belongs to the event of the same number."""
    return Intent(
        request_id=f"req_{number}",
        agreement_id="agr_1",
        hold_micros=hold_micros,
        opened_us=SOME_TIME_US,
        node=node,
        boot_id=boot_id,
    )


@dataclass(slots=True)
class _Kept:
    intent: Intent
    state: str = "open"


class FakeUsageStore:
    """`MeteringStore` and `UsageSums` over a dictionary and a list."""

    def __init__(self) -> None:
        self._intents: dict[str, _Kept] = {}
        self._events: list[UsageEvent] = []
        self._boots: set[tuple[str, str]] = set()

    def open_intents(self, intents: Sequence[Intent]) -> None:
        ids = [intent.request_id for intent in intents]
        if len(set(ids)) < len(ids) or self._intents.keys() & set(ids):
            raise Conflict("a request id is there already")
        self._intents |= {intent.request_id: _Kept(intent) for intent in intents}

    def settle_events(
        self, events: Sequence[UsageEvent], *, recorded_us: int
    ) -> tuple[Settled, ...]:
        before = list(self._events)
        closed: list[_Kept] = []
        try:
            return tuple(self._settled(event, closed) for event in events)
        except Conflict:
            self._events = before
            for kept in closed:
                kept.state = "open"
            raise

    def record_event(self, event: UsageEvent, *, recorded_us: int) -> Settled:
        return self._known(event) or self._appended(event)

    def release_intent(self, request_id: str, *, at_us: int) -> None:
        kept = self._intents.get(request_id)
        if kept is None or kept.state != "open":
            raise Conflict("no open intent to release")
        kept.state = "released"

    def start_node(self, node: str, boot_id: str, *, at_us: int) -> int:
        orphans = [
            kept
            for kept in self._intents.values()
            if kept.state == "open"
            and kept.intent.node == node
            and kept.intent.boot_id != boot_id
        ]
        for kept in orphans:
            kept.state = "orphaned"
        return len(orphans)

    def start_boot(self, node: str, boot_id: str, *, at_us: int) -> None:
        self._boots.add((node, boot_id))

    def boots_with_open_intents(self, node: str) -> tuple[str, ...]:
        mine = [each for each in self._open() if each.intent.node == node]
        return tuple(sorted({each.intent.boot_id for each in mine}))

    def open_request_ids(self, boot_id: str) -> frozenset[str]:
        return frozenset(
            each.intent.request_id
            for each in self._open()
            if each.intent.boot_id == boot_id
        )

    def orphan_boot(self, node: str, boot_id: str, *, at_us: int) -> int:
        run = (node, boot_id)
        orphans = [
            each
            for each in self._open()
            if (each.intent.node, each.intent.boot_id) == run
        ]
        for kept in orphans:
            kept.state = "orphaned"
        return len(orphans)

    def _open(self) -> list[_Kept]:
        return [each for each in self._intents.values() if each.state == "open"]

    def intent_counts(self) -> IntentCounts:
        return IntentCounts(**Counter(kept.state for kept in self._intents.values()))

    def held_micros(self, agreement_id: str, *, except_node: str) -> int:
        return sum(
            kept.intent.hold_micros
            for kept in self._intents.values()
            if kept.state == "open"
            and kept.intent.agreement_id == agreement_id
            and kept.intent.node != except_node
        )

    def event(self, event_id: str) -> UsageEvent | None:
        return next((each for each in self._events if each.id == event_id), None)

    def events(
        self, *, period: Period | None = None, agreement_id: str = ""
    ) -> Iterator[UsageEvent]:
        for event in self._events:
            is_asked = not agreement_id or event.agreement_id == agreement_id
            if is_asked and (period is None or event.occurred_us in period):
                yield event

    def last_seq(self) -> int:
        return len(self._events)

    def usage_sums(
        self, by: Sequence[str], *, period: Period | None = None, agreement_id: str = ""
    ) -> tuple[UsageSum, ...]:
        return summary(self.events(period=period, agreement_id=agreement_id), by)

    def priced_usage(
        self,
        *,
        tariff: str,
        party_ids: Sequence[str],
        period: Period,
        up_to_seq: int | None = None,
        with_statements: bool = True,
    ) -> tuple[Usage, ...]:
        events = [
            event
            for event in self._events[:up_to_seq]
            if event.tariff == tariff
            and event.party_id in party_ids
            and (with_statements or not event.is_statement)
        ]
        return _priced(events, period)

    def agreement_usage(
        self,
        agreement_id: str,
        *,
        period: Period,
        up_to_seq: int | None = None,
        with_statements: bool = True,
        key_id: str = "",
    ) -> tuple[Usage, ...]:
        mine = [
            event
            for event in self._events[:up_to_seq]
            if event.agreement_id == agreement_id
            and (not key_id or event.key_id == key_id)
            and (with_statements or not event.is_statement)
        ]
        return _priced(mine, period)

    def agreement_counted(
        self, agreement_id: str, *, period: Period, key_id: str = "", up_to_seq: int
    ) -> Quantity:
        mine = [
            Quantity(event.billable_requests, event.billable_bytes)
            for event in self._events[:up_to_seq]
            if event.agreement_id == agreement_id
            and (not key_id or event.key_id == key_id)
            and event.occurred_us in period
        ]
        return sum(mine, Quantity())

    def collection_counted(
        self, collection: str, *, period: Period, up_to_seq: int
    ) -> Quantity:
        mine = [
            Quantity(event.billable_requests, event.billable_bytes)
            for event in self._events[:up_to_seq]
            if event.collection == collection and event.occurred_us in period
        ]
        return sum(mine, Quantity())

    def _settled(self, event: UsageEvent, closed: list[_Kept]) -> Settled:
        known = self._known(event)
        if known:
            return known
        kept = self._intents.get(event.id)
        if kept is None or kept.state != "open":
            raise Conflict("nothing can be settled")
        kept.state = "settled"
        closed.append(kept)
        return self._appended(event)

    def _known(self, event: UsageEvent) -> Settled | None:
        for number, known in enumerate(self._events):
            if known.id == event.id:
                if not known.is_same_fact(event):
                    raise Conflict("recorded with another payload")
                return Settled(number + 1, known.is_repeat)
        return None

    def _appended(self, event: UsageEvent) -> Settled:
        is_repeat = bool(event.object_sha256 and event.billable_requests) and any(
            earlier.agreement_id == event.agreement_id
            and earlier.object_sha256 == event.object_sha256
            and earlier.occurred_us > event.occurred_us - REPEAT_US
            and earlier.billable_requests
            and earlier.is_whole
            and not earlier.is_repeat
            and not earlier.priced_at_zero
            and not earlier.is_test
            for earlier in self._events
        )
        self._events.append(replace(event, is_repeat=is_repeat))
        return Settled(len(self._events), is_repeat)


def _priced(events: Sequence[UsageEvent], period: Period) -> tuple[Usage, ...]:
    sums: dict[tuple[int, int], Quantity] = {}
    for event in events:
        if event.is_priced and event.occurred_us in period:
            group = (event.tariff_version, event.floor_bracket)
            quantity = Quantity(event.billable_requests, event.billable_bytes)
            sums[group] = sums.get(group, Quantity()) + quantity
    return tuple(Usage(*group, sums[group]) for group in sorted(sums))


class FakeLoggedUsageStore:
    """`LoggedUsageStore` over a usage store and a dictionary."""

    def __init__(self, usage: FakeUsageStore) -> None:
        self._usage = usage
        self._places: dict[str, Checkpoint] = {}

    def checkpoint(self, log: str) -> Checkpoint | None:
        return self._places.get(log)

    def record_logged(
        self,
        log: str,
        events: Sequence[UsageEvent],
        upto: Checkpoint,
        *,
        recorded_us: int,
    ) -> tuple[Settled | None, ...]:
        self._places[log] = upto
        return tuple(self._recorded(event, recorded_us) for event in events)

    def _recorded(self, event: UsageEvent, recorded_us: int) -> Settled | None:
        try:
            return self._usage.record_event(event, recorded_us=recorded_us)
        except Conflict:
            return None
