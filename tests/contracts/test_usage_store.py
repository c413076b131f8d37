"""What every store of intents and usage events promises, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import pytest

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import Conflict
from gateway.kernel.period import Period
from gateway.metering.ports import (
    IntentCounts,
    MeteringStore,
    RunStore,
    Settled,
    UsageSums,
)
from gateway.metering.quantity import Quantity
from gateway.metering.usage_event import Ending, UsageEvent
from gateway.services.capacities import Counted
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from gateway.storage.stores.usage_sums import SqlUsageSums
from tests.fakes.usage import SOME_TIME_US, FakeUsageStore, a_usage_event, an_intent

LATER_US = SOME_TIME_US + 1
ALL_TIME = Period(0, 2 * SOME_TIME_US)


class Store(MeteringStore, RunStore, UsageSums, Counted, Protocol):
    """All of them."""


class SqlStore(SqlUsageStore, SqlUsageSums):
    """All of them, over one database."""


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield FakeUsageStore()
        return
    db = open_sqlite(":memory:")
    yield SqlStore(db)
    db.close()


def settled(store: Store, *events: UsageEvent) -> Sequence[Settled]:
    store.open_intents([replace(an_intent(), request_id=event.id) for event in events])
    return store.settle_events(events, recorded_us=LATER_US)


def test_an_event_is_kept_as_it_was_said(store: Store) -> None:
    event = a_usage_event(ending=Ending.ABORTED, is_test=True, floor_bracket=2)

    settled(store, event)

    assert store.event(event.id) == event
    assert list(store.events()) == [event]


def test_settling_closes_the_intent(store: Store) -> None:
    store.open_intents([an_intent(1), an_intent(2)])

    store.settle_events([a_usage_event(1)], recorded_us=LATER_US)

    assert store.intent_counts() == IntentCounts(open=1, settled=1)


def test_the_same_event_again_is_settled_as_it_was(store: Store) -> None:
    event = a_usage_event()
    (first,) = settled(store, event)

    (again,) = store.settle_events([event], recorded_us=LATER_US + 9)

    assert again == first
    assert store.last_seq() == 1


def test_the_same_event_twice_in_one_go_is_one_event(store: Store) -> None:
    store.open_intents([an_intent(1)])

    both = store.settle_events([a_usage_event(1)] * 2, recorded_us=LATER_US)

    assert both[0] == both[1]
    assert store.last_seq() == 1


def test_the_same_id_with_another_payload_is_a_conflict(store: Store) -> None:
    settled(store, a_usage_event(1, body_bytes=10))

    with pytest.raises(Conflict):
        store.settle_events([a_usage_event(1, body_bytes=11)], recorded_us=LATER_US)

    assert [event.body_bytes for event in store.events()] == [10]


def test_an_event_without_an_intent_is_not_settled(store: Store) -> None:
    with pytest.raises(Conflict):
        store.settle_events([a_usage_event()], recorded_us=LATER_US)

    assert store.last_seq() == 0


def test_settling_several_is_all_or_none(store: Store) -> None:
    store.open_intents([an_intent(1)])

    with pytest.raises(Conflict):
        store.settle_events([a_usage_event(1), a_usage_event(2)], recorded_us=LATER_US)

    assert store.last_seq() == 0
    assert store.intent_counts() == IntentCounts(open=1)


def test_an_import_needs_no_intent_and_is_idempotent(store: Store) -> None:
    first = store.record_event(a_usage_event(), recorded_us=LATER_US)

    again = store.record_event(a_usage_event(), recorded_us=LATER_US + 5)

    assert again == first == Settled(1, is_repeat=False)


def test_an_import_with_another_payload_is_a_conflict(store: Store) -> None:
    store.record_event(a_usage_event(), recorded_us=LATER_US)

    with pytest.raises(Conflict):
        store.record_event(a_usage_event(body_bytes=1), recorded_us=LATER_US)


def test_a_request_opens_one_intent(store: Store) -> None:
    store.open_intents([an_intent(1)])

    with pytest.raises(Conflict):
        store.open_intents([an_intent(2), an_intent(1)])

    assert store.intent_counts() == IntentCounts(open=1)


def test_a_released_intent_is_not_settled(store: Store) -> None:
    store.open_intents([an_intent(1)])
    store.release_intent("req_1", at_us=LATER_US)

    with pytest.raises(Conflict):
        store.settle_events([a_usage_event(1)], recorded_us=LATER_US)
    with pytest.raises(Conflict):
        store.release_intent("req_1", at_us=LATER_US)

    assert store.intent_counts() == IntentCounts(released=1)


def test_what_a_dead_run_left_open_is_orphaned_and_counted(store: Store) -> None:
    store.open_intents([an_intent(1, boot_id="dead"), an_intent(2, boot_id="dead")])
    store.open_intents([an_intent(3, boot_id="dead", node="node-2")])
    store.settle_events([a_usage_event(2)], recorded_us=LATER_US)

    orphaned = store.start_node("node-1", "boot-2", at_us=LATER_US)

    assert orphaned == 1
    assert store.intent_counts() == IntentCounts(open=1, settled=1, orphaned=1)
    assert store.last_seq() == 1


def test_what_passed_of_one_collection_is_added_up_over_all_agreements(
    store: Store,
) -> None:
    store.open_intents([an_intent(number) for number in (1, 2, 3)])
    events = [a_usage_event(number, body_bytes=10 * number) for number in (1, 2, 3)]
    events[1] = replace(events[1], collection="scans")
    for event in events:
        store.settle_events([event], recorded_us=LATER_US)
    name, counted = events[0].collection, store.collection_counted

    assert counted(name, period=ALL_TIME, up_to_seq=3) == Quantity(2, 40)
    assert counted(name, period=ALL_TIME, up_to_seq=2) == Quantity(1, 10)
    assert counted("scans", period=ALL_TIME, up_to_seq=3) == Quantity(1, 20)
    assert counted(name, period=Period(0, 1), up_to_seq=3) == Quantity()


def test_an_orphan_is_never_settled(store: Store) -> None:
    store.open_intents([an_intent(1, boot_id="dead")])
    store.start_node("node-1", "boot-2", at_us=LATER_US)

    with pytest.raises(Conflict):
        store.settle_events([a_usage_event(1)], recorded_us=LATER_US)

    assert store.last_seq() == 0


def test_runs_beside_each_other_are_orphaned_one_by_one(store: Store) -> None:
    store.start_boot("node-1", "dead", at_us=LATER_US)
    store.start_boot("node-1", "alive", at_us=LATER_US)
    store.start_boot("node-1", "alive", at_us=LATER_US)
    store.open_intents([an_intent(1, boot_id="dead"), an_intent(2, boot_id="dead")])
    store.open_intents([an_intent(3, boot_id="alive")])
    store.open_intents([an_intent(4, boot_id="dead", node="node-2")])
    store.settle_events([a_usage_event(2)], recorded_us=LATER_US)

    assert store.boots_with_open_intents("node-1") == ("alive", "dead")
    assert store.open_request_ids("alive") == {"req_3"}
    assert store.orphan_boot("node-1", "dead", at_us=LATER_US) == 1
    assert store.orphan_boot("node-1", "dead", at_us=LATER_US) == 0
    assert store.intent_counts() == IntentCounts(open=2, settled=1, orphaned=1)


def test_money_held_by_other_nodes_is_known(store: Store) -> None:
    store.open_intents([an_intent(1, node="mine", hold_micros=1)])
    store.open_intents([an_intent(2, node="theirs", hold_micros=20)])

    assert store.held_micros("agr_1", except_node="mine") == 20
    assert store.held_micros("agr_2", except_node="mine") == 0


@pytest.mark.parametrize(
    ("days", "is_repeat"), [(0, True), (29, True), (30, False), (31, False)]
)
def test_the_same_object_is_priced_once_in_30_days(
    store: Store, days: int, *, is_repeat: bool
) -> None:
    settled(store, a_usage_event(1, object_sha256="abc"))
    later = SOME_TIME_US + days * US_PER_DAY

    (again,) = settled(store, a_usage_event(2, object_sha256="abc", occurred_us=later))

    assert again.is_repeat is is_repeat


def test_only_a_delivery_that_was_priced_makes_the_next_one_a_repeat(
    store: Store,
) -> None:
    free = replace(a_usage_event(1, object_sha256="o"), priced_at_zero=True)
    settled(store, free)
    settled(store, a_usage_event(2, object_sha256="o", is_test=True))

    (paid,) = settled(store, a_usage_event(3, object_sha256="o"))
    (again,) = settled(store, a_usage_event(4, object_sha256="o"))

    assert (paid.is_repeat, again.is_repeat) == (False, True)


def test_a_repeat_does_not_prolong_itself(store: Store) -> None:
    far = SOME_TIME_US + 20 * US_PER_DAY
    farther = SOME_TIME_US + 40 * US_PER_DAY
    settled(store, a_usage_event(1, object_sha256="abc"))
    settled(store, a_usage_event(2, object_sha256="abc", occurred_us=far))

    (third,) = settled(
        store, a_usage_event(3, object_sha256="abc", occurred_us=farther)
    )

    assert not third.is_repeat


@pytest.mark.parametrize(
    "first",
    [
        a_usage_event(1),
        a_usage_event(1, object_sha256="other"),
        a_usage_event(1, object_sha256="abc", agreement_id="agr_2"),
        a_usage_event(1, object_sha256="abc", status=206),
        a_usage_event(1, object_sha256="abc", ending=Ending.ABORTED),
        replace(
            a_usage_event(1, object_sha256="abc"),
            billable_requests=0,
            billable_bytes=0,
        ),
    ],
    ids=["no etag", "other object", "other agreement", "a range", "aborted", "free"],
)
def test_only_a_whole_delivery_makes_the_next_one_a_repeat(
    store: Store, first: UsageEvent
) -> None:
    settled(store, first)

    digest = "abc" if first.object_sha256 else ""
    (second,) = settled(store, a_usage_event(2, object_sha256=digest))

    assert not second.is_repeat


def test_repeats_are_found_inside_one_go_too(store: Store) -> None:
    twins = [a_usage_event(number, object_sha256="abc") for number in (1, 2)]

    outcomes = settled(store, *twins)

    assert [each.is_repeat for each in outcomes] == [False, True]


def test_events_are_chosen_by_period_and_agreement(store: Store) -> None:
    settled(store, a_usage_event(1), a_usage_event(2, agreement_id="agr_2"))
    settled(store, a_usage_event(3, occurred_us=SOME_TIME_US + 10))
    period = Period(SOME_TIME_US, SOME_TIME_US + 10)

    chosen = store.events(period=period, agreement_id="agr_1")

    assert [event.id for event in chosen] == ["req_1"]


def test_sums_add_up_by_group(store: Store) -> None:
    settled(store, a_usage_event(1, body_bytes=5), a_usage_event(2, body_bytes=7))
    settled(store, a_usage_event(3, body_bytes=100, party_id="pty_2"))

    first, second = store.usage_sums(["party_id", "status"])

    assert dict(first.group) == {"party_id": "pty_1", "status": 200}
    assert (first.events, first.body_bytes, second.body_bytes) == (2, 12, 100)


def test_sums_by_nothing_are_one_total_or_none(store: Store) -> None:
    assert store.usage_sums([]) == ()

    settled(store, a_usage_event(1), a_usage_event(2))

    assert [each.events for each in store.usage_sums([])] == [2]


def test_only_what_is_priced_moves_the_position(store: Store) -> None:
    settled(store, a_usage_event(1, body_bytes=5, object_sha256="abc"))
    settled(store, a_usage_event(2, body_bytes=5, object_sha256="abc"))
    settled(store, a_usage_event(3, body_bytes=7, is_test=True))
    settled(store, a_usage_event(4, body_bytes=11, tariff_version=2))

    usage = store.priced_usage(
        tariff="ai-2026", party_ids=["pty_1", "pty_2"], period=ALL_TIME
    )

    assert [(each.tariff_version, each.quantity) for each in usage] == [
        (1, Quantity(1, 5)),
        (2, Quantity(1, 11)),
    ]


def test_what_was_metered_as_a_statement_can_be_left_out(store: Store) -> None:
    settled(store, a_usage_event(1, body_bytes=5, is_statement=True))
    settled(store, a_usage_event(2, body_bytes=7))

    def taken(*, with_statements: bool) -> set[int]:
        mine = store.agreement_usage(
            "agr_1", period=ALL_TIME, with_statements=with_statements
        )
        owners = store.priced_usage(
            tariff="ai-2026",
            party_ids=["pty_1"],
            period=ALL_TIME,
            with_statements=with_statements,
        )
        return {each.quantity.body_bytes for each in (*mine, *owners)}

    assert taken(with_statements=True) == {12}
    assert taken(with_statements=False) == {7}
    first = store.event("req_1")
    assert first
    assert first.is_statement


def test_usage_is_summed_up_to_a_place_in_the_order_of_recording(store: Store) -> None:
    settled(store, a_usage_event(1, body_bytes=5))
    seq = store.last_seq()
    settled(store, a_usage_event(2, body_bytes=7))

    (usage,) = store.agreement_usage("agr_1", period=ALL_TIME, up_to_seq=seq)

    assert usage.quantity == Quantity(1, 5)
