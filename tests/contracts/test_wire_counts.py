"""What the transport counted stays beside the events, whatever is tried again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.ports import WireGap
from gateway.kernel.errors import Conflict
from gateway.metering.intent import Intent
from gateway.metering.usage_event import UsageEvent
from gateway.metering.usage_statement import HOUR_US
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.ledger import IN_NOVEMBER, NOVEMBER, an_event, put_events


@pytest.fixture
def db() -> Iterator[SqliteDatabase]:
    db = open_sqlite(":memory:")
    yield db
    db.close()


def passed(db: SqliteDatabase, *events: UsageEvent) -> SqlUsageStore:
    usage = SqlUsageStore(db)
    usage.open_intents(
        [Intent(one.id, one.agreement_id, 0, 1, "node-1", "boot-1") for one in events]
    )
    usage.settle_events(events, recorded_us=1)
    return usage


def counted(db: SqliteDatabase) -> list[tuple[object, ...]]:
    rows = db.rows("SELECT * FROM wire_count ORDER BY agreement_id, hour_us")
    return [tuple(row.values()) for row in rows]


def test_an_agreement_has_a_count_for_each_hour(db: SqliteDatabase) -> None:
    later_us = IN_NOVEMBER + HOUR_US

    passed(
        db,
        *(an_event(1, size=5), an_event(2, size=7), an_event(3, size=9, party=2)),
        an_event(4, size=11, occurred_us=later_us),
    )

    hour_us = NOVEMBER.start_us
    assert counted(db) == [
        ("agr_1", hour_us, 2, 12),
        ("agr_1", hour_us + HOUR_US, 1, 11),
        ("agr_2", hour_us, 1, 9),
    ]
    assert StoredBooks(db).usage.wire_gaps() == ()


def test_what_is_handed_in_again_is_not_counted_again(db: SqliteDatabase) -> None:
    usage = passed(db, an_event(1, size=5))

    usage.settle_events([an_event(1, size=5)], recorded_us=2)

    assert [row[2:] for row in counted(db)] == [(1, 5)]


def test_what_the_store_refuses_is_not_counted(db: SqliteDatabase) -> None:
    usage = passed(db, an_event(1, size=5))

    with pytest.raises(Conflict):
        usage.settle_events([an_event(1, size=6)], recorded_us=2)

    assert [row[2:] for row in counted(db)] == [(1, 5)]
    assert StoredBooks(db).usage.wire_gaps() == ()


def test_an_import_never_passed_here(db: SqliteDatabase) -> None:
    put_events(db, an_event(1, size=5))

    assert counted(db) == []
    assert StoredBooks(db).usage.wire_gaps() == ()


def test_a_gap_says_where_it_is_and_how_wide(db: SqliteDatabase) -> None:
    passed(db, an_event(1, size=5))
    with db.transaction() as tx:
        tx.run("UPDATE wire_count SET body_bytes = 6, responses = 2")

    (gap,) = StoredBooks(db).usage.wire_gaps()

    assert gap == WireGap("agr_1", NOVEMBER.start_us, 2, 6, 1, 5)


batches = st.lists(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3)), max_size=5), max_size=5
)


@settings(max_examples=30, deadline=None)
@given(batches=batches)
def test_wire_and_ledger_agree_in_whatever_batches_and_tries(
    batches: list[list[tuple[int, int]]],
) -> None:
    db = open_sqlite(":memory:")
    known: set[str] = set()
    for batch in batches:
        events = {
            number: an_event(number, size=number * 10, party=1 + number % 3)
            for number, _ in batch
        }
        fresh = [one for one in events.values() if one.id not in known]
        usage = passed(db, *fresh)
        usage.settle_events([*events.values()], recorded_us=3)
        known |= {one.id for one in fresh}

    assert StoredBooks(db).usage.wire_gaps() == ()
    rows = counted(db)
    assert sum(int(str(row[2])) for row in rows) == len(known)
    db.close()
