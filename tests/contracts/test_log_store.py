"""What the store of the open books promises, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.kernel.errors import Conflict
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.log_store import StoredLog, StoredUsageBatches
from gateway.transparency.booked import policy_row, usage_row
from gateway.transparency.ports import LogStore, UsageBatch
from tests.fakes.ledger import DECEMBER, an_event, put_events
from tests.fakes.log import MemoryLog

FIRST, SECOND = policy_row("aa", at_us=1), policy_row("bb", at_us=2)
BATCH = UsageBatch("agr_1", 20_000, 2, 10, 9, 2, "a" * 64)


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest) -> Iterator[LogStore]:
    if request.param == "memory":
        yield MemoryLog()
        return
    db = open_sqlite(":memory:")
    yield StoredLog(db)
    db.close()


def test_a_log_begins_empty(log: LogStore) -> None:
    assert (log.size(), [*log.lines()], log.last_head()) == (0, [], None)
    assert log.usage_up_to() == 0


def test_rows_stand_in_the_order_they_came(log: LogStore) -> None:
    log.append([SECOND], after=0)
    log.append([FIRST], after=1)
    assert [*log.lines()] == [SECOND.line, FIRST.line]
    assert [*log.keys("policy")] == ["bb", "aa"]
    assert log.line("policy", "aa") == FIRST.line
    assert log.line("policy", "cc") is None
    assert log.size() == 2


def test_a_log_grows_from_where_it_stands(log: LogStore) -> None:
    log.append([FIRST], after=0)
    for rows, after in (([SECOND], 0), ([SECOND], 2), ([FIRST], 1)):
        with pytest.raises(Conflict):
            log.append(rows, after=after)
    assert [*log.lines()] == [FIRST.line]


def test_it_knows_up_to_where_usage_is_in_it(log: LogStore) -> None:
    log.append([usage_row(BATCH, after=0, up_to=7, at_us=1)], after=0)
    log.append([FIRST], after=1)
    assert log.usage_up_to() == 7


def test_a_party_is_called_one_thing_and_no_other_is(log: LogStore) -> None:
    log.call("pty_1", "sha256:1")
    assert (log.called("pty_1"), log.called("pty_2")) == ("sha256:1", None)
    for party_id, name in (("pty_1", "sha256:2"), ("pty_2", "sha256:1")):
        with pytest.raises(Conflict):
            log.call(party_id, name)


def test_a_checkpoint_is_of_a_longer_log_than_the_last(log: LogStore) -> None:
    log.add_head(0, "a note")
    log.add_head(5, "another")
    assert log.last_head() == (5, "another")
    for size in (4, 5):
        with pytest.raises(Conflict):
            log.add_head(size, "a fork")


def test_usage_is_summed_by_agreement_and_day_as_it_was_recorded() -> None:
    db = open_sqlite(":memory:")
    late = an_event(4, size=1_000, occurred_us=DECEMBER.start_us)
    put_events(db, an_event(1, size=5), an_event(2, size=6), late, an_event(3, size=9))
    stored = StoredUsageBatches(db)
    first = [*stored.batches(after=0, up_to=3)]
    assert stored.last_seq() == 4
    assert [(one.events, one.body_bytes) for one in first] == [(2, 11), (1, 1_000)]
    assert [one.day for one in first] == sorted({one.day for one in first})
    again = [*stored.batches(after=0, up_to=4)]
    assert again[0].body_bytes == 20
    assert again[0].sha256 != first[0].sha256
    assert again[1] == first[1]
    assert [one.events for one in stored.batches(after=3, up_to=4)] == [1]
    db.close()
