"""Usage statements in memory, made of events in a dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.kernel.errors import Conflict
from gateway.kernel.period import Period
from gateway.metering.usage_event import UsageEvent
from gateway.metering.usage_statement import (
    Ended,
    Portion,
    TakenObject,
    UsageStatement,
    Window,
)

Terms = tuple[str, str, int, str, str]


class FakeStatements:
    """`StatementStore` over usage events in the order in which they were added."""

    def __init__(self, events: Mapping[str, UsageEvent]) -> None:
        self.events = events
        self.rows: dict[str, UsageStatement] = {}
        self.beats: set[tuple[str, int]] = set()
        self.endings: dict[str, Ended] = {}

    def add(self, statement: UsageStatement) -> None:
        window = statement.window
        before = self.of_month(window.agreement_id, window.period)
        after_seq = before[-1].window.upto_seq if before else 0
        if (statement.number, window.after_seq) != (len(before) + 1, after_seq):
            raise Conflict("a statement begins where the last one ended")
        self.rows = {**self.rows, statement.id: statement}

    def find(self, statement_id: str) -> UsageStatement | None:
        return self.rows.get(statement_id)

    def of_month(self, agreement_id: str, period: Period) -> tuple[UsageStatement, ...]:
        return tuple(
            each
            for each in self.all(agreement_id=agreement_id)
            if each.window.period.start_us == period.start_us
        )

    def all(self, *, agreement_id: str = "") -> tuple[UsageStatement, ...]:
        def order(each: UsageStatement) -> tuple[int, str, int]:
            window = each.window
            return window.period.start_us, window.agreement_id, each.number

        found = sorted(self.rows.values(), key=order)
        return tuple(
            each for each in found if agreement_id in {"", each.window.agreement_id}
        )

    def agreements_in(self, period: Period) -> tuple[str, ...]:
        return tuple(
            sorted(
                {
                    event.agreement_id
                    for event in self.events.values()
                    if event.occurred_us in period
                }
            )
        )

    def portions(self, window: Window) -> tuple[Portion, ...]:
        groups: dict[Terms, list[UsageEvent]] = {}
        for event in self._within(window):
            key = (
                *(event.collection, event.tariff, event.tariff_version),
                *(event.use, event.policy_version),
            )
            groups.setdefault(key, []).append(event)
        return tuple(_portion(key, groups[key]) for key in sorted(groups))

    def objects(self, window: Window) -> Iterator[TakenObject]:
        sums: dict[str, tuple[int, int]] = {}
        for event in self._within(window):
            if event.object_sha256:
                deliveries, size = sums.get(event.object_sha256, (0, 0))
                sums[event.object_sha256] = (deliveries + 1, size + event.body_bytes)
        return (TakenObject(name, *sums[name]) for name in sorted(sums))

    def events_in(self, window: Window) -> int:
        return len(self._within(window))

    def ended(self, agreement_id: str, period: Period) -> Ended:
        return self.endings.get(agreement_id, Ended())

    def heard(self, period: Period) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(beat for beat in self.beats if beat[1] in period))

    def _within(self, window: Window) -> list[UsageEvent]:
        return [
            event
            for seq, event in enumerate(self.events.values(), start=1)
            if window.after_seq < seq <= window.upto_seq
            and event.agreement_id == window.agreement_id
            and event.occurred_us in window.period
        ]


def _portion(key: Terms, events: list[UsageEvent]) -> Portion:
    counted = [
        each
        for each in events
        if not (each.is_repeat or each.priced_at_zero or each.is_test)
    ]
    again = [each for each in events if each.is_repeat]
    return Portion(
        *key,
        events=len(events),
        body_bytes=sum(each.body_bytes for each in events),
        counted_requests=sum(each.billable_requests for each in counted),
        counted_bytes=sum(each.billable_bytes for each in counted),
        repeats=len(again),
        repeat_bytes=sum(each.body_bytes for each in again),
        objects=len({each.object_sha256 for each in events} - {""}),
        first_us=min(each.occurred_us for each in events),
        last_us=max(each.occurred_us for each in events),
    )
