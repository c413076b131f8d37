"""Statements of usage: what their store promises, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from gateway.kernel.errors import Conflict
from gateway.metering.intent import Intent
from gateway.metering.usage_event import UsageEvent
from gateway.metering.usage_statement import (
    HOUR_US,
    Ended,
    TakenObject,
    UsageStatement,
    Window,
)
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite
from gateway.storage.stores.heartbeat_store import SqlHeartbeatStore
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import DECEMBER, IN_NOVEMBER, NOVEMBER, an_event, put_events
from tests.fakes.statement_desk import an_object

EVENTS = (
    an_object(1, 7, size=100),
    an_object(2, 7, size=100, is_repeat=True),
    an_object(3, 5, size=30, collection="maps"),
    an_event(4, size=0),
    an_event(5, size=900, party=2),
    an_event(6, size=800, occurred_us=DECEMBER.start_us),
    an_event(7, size=70, is_test=True),
    an_event(8, size=60, priced_at_zero=True),
)
WHOLE = Window("agr_1", NOVEMBER, 0, len(EVENTS))
STATEMENT = UsageStatement(
    "stm_1", WHOLE, 1, 6, 360, NOVEMBER.end_us, "a.b.c", "a" * 64
)

Books = MemoryBooks | StoredBooks
Make = Callable[..., Books]


@pytest.fixture(params=["memory", "sqlite"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    opened: list[SqliteDatabase] = []

    def made(*events: UsageEvent) -> Books:
        if request.param == "memory":
            memory = MemoryBooks()
            memory.add_events(*events)
            return memory
        opened.append(open_sqlite(":memory:"))
        put_events(opened[-1], *events)
        return StoredBooks(opened[-1])

    yield made
    for db in opened:
        db.close()


def test_portions_add_up_what_was_taken_on_the_same_terms(make: Make) -> None:
    maps, registers = make(*EVENTS).statements.portions(WHOLE)

    assert (maps.collection, maps.events, maps.body_bytes) == ("maps", 1, 30)
    assert (registers.events, registers.body_bytes) == (5, 330)
    assert (registers.counted_requests, registers.counted_bytes) == (1, 100)
    assert (registers.repeats, registers.repeat_bytes) == (1, 100)
    assert (registers.objects, registers.use) == (1, "train")
    assert registers.first_us == registers.last_us == IN_NOVEMBER


def test_a_window_begins_and_ends_where_it_says(make: Make) -> None:
    statements = make(*EVENTS).statements
    early, late = replace(WHOLE, upto_seq=2), replace(WHOLE, after_seq=2)

    assert statements.events_in(WHOLE) == 6
    assert (statements.events_in(early), statements.events_in(late)) == (2, 4)
    assert sum(each.events for each in statements.portions(early)) == 2
    assert statements.portions(replace(WHOLE, agreement_id="agr_9")) == ()


def test_objects_come_by_digest_each_once(make: Make) -> None:
    found = list(make(*EVENTS).statements.objects(WHOLE))

    assert found == [TakenObject("5" * 64, 1, 30), TakenObject("7" * 64, 2, 200)]


def test_agreements_under_which_something_was_taken(make: Make) -> None:
    statements = make(*EVENTS).statements

    assert statements.agreements_in(NOVEMBER) == ("agr_1", "agr_2")
    assert statements.agreements_in(DECEMBER) == ("agr_1",)
    assert make().statements.agreements_in(NOVEMBER) == ()


def test_a_statement_is_kept_and_found(make: Make) -> None:
    statements = make(*EVENTS).statements

    statements.add(STATEMENT)

    assert statements.find("stm_1") == STATEMENT
    assert statements.find("stm_2") is None
    assert statements.of_month("agr_1", NOVEMBER) == (STATEMENT,)
    assert statements.of_month("agr_1", DECEMBER) == ()
    assert statements.all() == statements.all(agreement_id="agr_1") == (STATEMENT,)
    assert statements.all(agreement_id="agr_2") == ()


def test_a_supplement_begins_where_the_last_one_ended(make: Make) -> None:
    statements = make(*EVENTS).statements
    first = replace(STATEMENT, window=replace(WHOLE, upto_seq=3))
    statements.add(first)
    later = replace(first, id="stm_2", number=2, window=replace(WHOLE, after_seq=3))

    for wrong in (
        replace(first, id="stm_2"),
        replace(later, number=3),
        replace(later, window=replace(WHOLE, after_seq=2)),
        replace(later, window=replace(WHOLE, after_seq=4)),
    ):
        with pytest.raises(Conflict):
            statements.add(wrong)
    statements.add(later)

    assert statements.of_month("agr_1", NOVEMBER) == (first, later)


def test_nobody_was_heard_or_orphaned_in_empty_books(make: Make) -> None:
    statements = make().statements

    assert statements.heard(NOVEMBER) == ()
    assert statements.ended("agr_1", NOVEMBER) == Ended()


def test_hours_are_heard_and_requests_that_nobody_saw_end_are_counted() -> None:
    db = open_sqlite(":memory:")
    beats, usage = SqlHeartbeatStore(db), SqlUsageStore(db)
    for at_us in (NOVEMBER.start_us, NOVEMBER.start_us + 1, IN_NOVEMBER + HOUR_US):
        beats.beat("node-1", at_us=at_us)
    beats.beat("node-1", at_us=DECEMBER.start_us)
    lost, none = (
        Intent(f"req_{n}", "agr_1", 0, IN_NOVEMBER, "node-1", f"boot-{n}") for n in "12"
    )
    usage.open_intents([lost, none])
    usage.release_intent("req_2", at_us=IN_NOVEMBER)
    usage.start_node("node-1", "boot-3", at_us=IN_NOVEMBER)
    statements = StoredBooks(db).statements

    assert statements.heard(NOVEMBER) == (
        ("node-1", NOVEMBER.start_us),
        ("node-1", NOVEMBER.start_us + HOUR_US),
    )
    assert statements.ended("agr_1", NOVEMBER) == Ended(orphaned=1, released=1)
    assert statements.ended("agr_1", DECEMBER) == Ended()
    assert statements.ended("agr_2", NOVEMBER) == Ended()
    db.close()
