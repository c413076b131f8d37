"""What the store of effort promises: it adds up by hour, and never shrinks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import Conflict
from gateway.kernel.period import Period
from gateway.metering.effort import Effort, Measured
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite
from gateway.storage.stores.effort_store import US_PER_HOUR, StoredEffort

START = 500_000 * US_PER_HOUR
DAY = Period(START, START + 24 * US_PER_HOUR)


@pytest.fixture
def db() -> Iterator[SqliteDatabase]:
    db = open_sqlite(":memory:")
    yield db
    db.close()


def test_effort_adds_up_over_nodes_and_hours(db: SqliteDatabase) -> None:
    store = StoredEffort(db)
    store.add("one", Effort(5, 10, 1), at_us=START)
    store.add("one", Effort(7, 20, 2), at_us=START + US_PER_HOUR - 1)
    store.add("two", Effort(1, 1, 1), at_us=START + US_PER_HOUR)
    store.add("two", Effort(100, 100, 100), at_us=DAY.end_us)

    assert store.measured(DAY) == Measured(Effort(13, 31, 4), 2)


def test_what_was_served_adds_up_by_class(db: SqliteDatabase) -> None:
    store = StoredEffort(db)
    store.add("one", Effort(5, 10, 1), at_us=START)
    for node in ("one", "one", "two"):
        served = {"person": Effort(0, 10, 1), "search": Effort(0, 3, 2)}
        store.add(node, Effort(1, 13, 3), at_us=START, by_class=served)
    other_day = {"person": Effort(0, 1, 1)}
    store.add("one", Effort(), at_us=DAY.end_us, by_class=other_day)

    assert store.by_class(DAY) == {
        "person": Effort(0, 30, 3),
        "search": Effort(0, 9, 6),
    }
    assert store.measured(DAY).effort.requests == 10
    for sql in (
        "UPDATE effort_class SET requests = requests - 1",
        "DELETE FROM effort_class",
    ):
        with pytest.raises(Conflict), db.transaction() as tx:
            tx.run(sql)


def test_nothing_was_measured_where_nobody_served(db: SqliteDatabase) -> None:
    assert StoredEffort(db).measured(DAY) == Measured(Effort(), 0)


@pytest.mark.parametrize(
    "sql", ["UPDATE effort SET cpu_us = cpu_us - 1", "DELETE FROM effort"]
)
def test_effort_never_shrinks(db: SqliteDatabase, sql: str) -> None:
    StoredEffort(db).add("one", Effort(5, 10, 1), at_us=START)

    with pytest.raises(Conflict), db.transaction() as tx:
        tx.run(sql)


counts = st.builds(Effort, st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))


@given(counts, counts)
def test_what_came_on_top_is_never_below_nothing(before: Effort, now: Effort) -> None:
    taken = now.since(before)

    assert all(each >= 0 for each in taken)
    is_going_on = all(a >= b for a, b in zip(now, before, strict=True))
    whole = tuple(a + b for a, b in zip(before, taken, strict=True))
    assert (whole if is_going_on else taken) == now
