"""Runs in any order take up each event once, though no row of an event says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.billing.ports import UpTo
from gateway.kernel.period import month
from gateway.licensing.agreement import Settling
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite
from tests.fakes.ledger import (
    DECEMBER,
    IN_NOVEMBER,
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
    put_events,
)

OCTOBER = month(2026, 10)
JANUARY = month(2027, 1)


@pytest.fixture
def db() -> Iterator[SqliteDatabase]:
    with closing(open_sqlite(":memory:")) as db:
        yield db


def taken(office: Office) -> list[list[str]]:
    """Ids by run, in the order in which the runs were made."""
    books = office.books
    runs = sorted(books.ratings.runs(), key=lambda run: (run.cut_us, run.id))
    return [[each[0][-2:] for each in books.usage.taken_by(run.id)] for run in runs]


def test_each_event_is_taken_up_by_one_run_and_only_once(db: SqliteDatabase) -> None:
    office = Office(StoredBooks(db), a_party(), now_us=IN_NOVEMBER + 5)
    office.agree()
    december_us = DECEMBER.start_us

    put_events(db, an_event(1), an_event(2, occurred_us=december_us))
    office.billing.run(NOVEMBER)
    put_events(db, an_event(3, size=7), an_event(4, occurred_us=december_us + 1))
    office.billing.run(NOVEMBER)
    office.at(DECEMBER)
    put_events(db, an_event(5, occurred_us=OCTOBER.start_us), an_event(6))
    office.billing.run(DECEMBER)
    office.clock.forward(s=1)
    put_events(db, an_event(7), an_event(8, occurred_us=december_us + 2))
    office.billing.run(NOVEMBER)
    office.at(JANUARY)
    office.billing.run(JANUARY)

    assert taken(office) == [["01"], ["03"], ["02", "04", "05", "06"], ["07"], ["08"]]
    assert office.audit.run().ok


def test_what_nobody_could_rate_waits_for_a_later_run(db: SqliteDatabase) -> None:
    office = Office(StoredBooks(db), a_party(), now_us=DECEMBER.end_us + 1)
    office.agree()
    put_events(db, an_event(1), an_event(2, agreement=5))

    assert office.billing.run(NOVEMBER).unratable == {"agreement-unknown": 1}
    missing = an_agreement(5, party=1, settling=Settling.INVOICED)
    office.books.agreements.add(missing)
    office.billing.run(DECEMBER)

    assert taken(office)[-1] == ["02"]
    assert not list(office.books.usage.waiting(UpTo(9, JANUARY.end_us)))
    assert office.audit.run().ok
