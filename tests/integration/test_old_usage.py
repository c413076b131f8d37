"""A store whose usage was written in wide rows is brought over, and says the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from sqlite_utils import Database as Tables

from gateway.billing.ports import Run, RunKind, UpTo
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import Conflict
from gateway.kernel.period import Period
from gateway.metering.ports import IntentCounts
from gateway.metering.usage_event import Ending
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.connection import connect
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite
from gateway.storage.sqlite.migrations import ALL
from gateway.storage.stores.usage_rows import EVENT_COLUMNS
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.usage import SOME_TIME_US, a_usage_event, an_intent

FIRST_NARROW = "m004_usage_made_narrow"
OLD = (
    a_usage_event(1, object_sha256="abc"),
    a_usage_event(2, object_sha256="abc", agreement_id="agr_2", party_id="pty_2"),
    a_usage_event(3, object_sha256="abc", ending=Ending.ABORTED),
    replace(a_usage_event(4, object_sha256="abc"), is_repeat=True),
    a_usage_event(5, is_test=True, is_statement=True, path="/ä/b'c"),
)
RUN = Run("run_1", Period(0, 9), 1, 9, RunKind.INVOICE, 2, "0" * 64)


def make_old(path: Path) -> None:
    """As the version before left it: five events, and an intent of each state."""
    with closing(connect(path)) as connection:
        tables = Tables(connection, execute_plugins=False)
        for each in ALL:
            if each.name == "evidence":  # looks at narrow rows
                continue
            stop = FIRST_NARROW if each.name == "metering" else None
            each.apply(tables, stop_before=stop)
        names = ", ".join((*EVENT_COLUMNS, "recorded_us"))
        places = ", ".join("?" * (len(EVENT_COLUMNS) + 1))
        connection.executemany(
            f"INSERT INTO usage_event ({names}) VALUES ({places})",  # noqa: S608 - column names of ours
            [(*astuple(event), 7) for event in OLD],
        )
        connection.executemany(
            "INSERT INTO intent (request_id, agreement_id, hold_micros, opened_us,"
            " node, boot_id) VALUES (?, ?, ?, ?, ?, ?)",
            [astuple(an_intent(number, hold_micros=5)) for number in (1, 2, 8, 9)],
        )
        connection.execute(
            "UPDATE intent SET closed_us = 3,"
            " state = CASE request_id WHEN 'req_8' THEN 'orphaned' ELSE 'settled' END"
            " WHERE request_id <> 'req_9'"
        )
        connection.execute("BEGIN")
        connection.execute(
            "INSERT INTO rated_event VALUES ('req_1', 'run_1', 1000, NULL),"
            " ('req_4', 'run_1', 0, 'repeat')"
        )
        connection.execute(
            "INSERT INTO billing_run VALUES (?, 0, 9, 1, 9, 'invoice', 2, ?)",
            ("run_1", "0" * 64),
        )
        connection.execute("COMMIT")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SqliteDatabase]:
    make_old(tmp_path / "store.db")
    with closing(open_sqlite(tmp_path / "store.db")) as db:
        yield db


def test_every_event_reads_as_it_was_written(db: SqliteDatabase) -> None:
    store = SqlUsageStore(db)

    assert tuple(store.events()) == OLD
    assert store.last_seq() == len(OLD)


def test_every_intent_is_what_it_was(db: SqliteDatabase) -> None:
    store = SqlUsageStore(db)

    assert store.intent_counts() == IntentCounts(open=1, settled=2, orphaned=1)
    assert store.open_request_ids("boot-1") == {"req_9"}
    assert store.held_micros("agr_1", except_node="other") == 5
    assert StoredBooks(db).usage.unmatched().intents == ()


def test_an_intent_that_was_open_is_settled_after_all(db: SqliteDatabase) -> None:
    store = SqlUsageStore(db)

    (settled,) = store.settle_events([a_usage_event(9)], recorded_us=8)

    assert settled.seq == len(OLD) + 1
    assert store.intent_counts() == IntentCounts(settled=3, orphaned=1)


def test_what_was_over_stays_over(db: SqliteDatabase) -> None:
    store = SqlUsageStore(db)

    for number in (1, 8):
        with pytest.raises(Conflict):
            store.open_intents([an_intent(number)])
    with pytest.raises(Conflict):
        store.settle_events([a_usage_event(8)], recorded_us=8)


def test_what_was_priced_makes_the_next_one_a_repeat(db: SqliteDatabase) -> None:
    store = SqlUsageStore(db)
    later_us = SOME_TIME_US + US_PER_DAY
    again = a_usage_event(11, object_sha256="abc", occurred_us=later_us)

    elsewhere = replace(again, id="req_12", agreement_id="agr_3")

    assert store.record_event(again, recorded_us=8).is_repeat
    assert not store.record_event(elsewhere, recorded_us=8).is_repeat


def test_what_was_rated_stays_rated(db: SqliteDatabase) -> None:
    books = StoredBooks(db)

    assert books.ratings.runs() == (RUN,)
    assert [each[0] for each in books.usage.taken_by("run_1")] == ["req_1", "req_4"]
    waiting = books.usage.waiting(UpTo(9, 2 * SOME_TIME_US))
    assert [each[0] for each in waiting] == ["req_2", "req_3", "req_5"]
    counts = books.ratings.usage()
    assert (counts.rated, counts.excluded, counts.unrated) == (1, {"repeat": 1}, 3)


def test_the_guards_stand_again(db: SqliteDatabase) -> None:
    for statement in (
        "DELETE FROM rated_event",
        "UPDATE usage_event SET body_bytes = 0",
        "INSERT INTO rated_event VALUES ('req_99', 'run_1', 1, NULL)",
    ):
        with pytest.raises(Conflict), db.transaction() as transaction:
            transaction.run(statement)
