"""What every store of logged usage promises, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from gateway.kernel.errors import InvalidValue
from gateway.metering.ports import Checkpoint, LoggedUsageStore, UsageStore
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.logged_usage_store import SqlLoggedUsageStore
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.usage import FakeLoggedUsageStore, FakeUsageStore, a_usage_event

LOG = "/var/log/nginx/copyfair.usage.log"
HERE = Checkpoint(7, 100, "f00d")
THERE = Checkpoint(7, 200, "beef")


@dataclass(frozen=True, slots=True)
class Stores:
    logged: LoggedUsageStore
    usage: UsageStore


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        usage = FakeUsageStore()
        yield Stores(FakeLoggedUsageStore(usage), usage)
        return
    db = open_sqlite(":memory:")
    yield Stores(SqlLoggedUsageStore(db), SqlUsageStore(db))
    db.close()


def test_a_log_that_was_never_read_has_no_checkpoint(stores: Stores) -> None:
    stores.logged.record_logged("another", (), HERE, recorded_us=1)

    assert stores.logged.checkpoint(LOG) is None


def test_events_and_place_are_kept_together(stores: Stores) -> None:
    event = a_usage_event()

    (settled,) = stores.logged.record_logged(LOG, (event,), HERE, recorded_us=1)

    assert settled is not None
    assert settled.seq == 1
    assert stores.logged.checkpoint(LOG) == HERE
    assert list(stores.usage.events()) == [event]


def test_the_place_moves_on(stores: Stores) -> None:
    stores.logged.record_logged(LOG, (), HERE, recorded_us=1)
    stores.logged.record_logged(LOG, (), THERE, recorded_us=2)

    assert stores.logged.checkpoint(LOG) == THERE


def test_what_is_read_twice_is_recorded_once(stores: Stores) -> None:
    event = a_usage_event()
    first = stores.logged.record_logged(LOG, (event,), HERE, recorded_us=1)
    again = stores.logged.record_logged(LOG, (event, event), HERE, recorded_us=2)

    assert again == (*first, *first)
    assert list(stores.usage.events()) == [event]


def test_another_payload_is_refused_alone(stores: Stores) -> None:
    event, other = a_usage_event(1), a_usage_event(2)
    stores.logged.record_logged(LOG, (event,), HERE, recorded_us=1)
    changed = a_usage_event(1, body_bytes=5)

    settled = stores.logged.record_logged(LOG, (changed, other), THERE, recorded_us=2)

    assert settled[0] is None
    assert settled[1] is not None
    assert list(stores.usage.events()) == [event, other]
    assert stores.logged.checkpoint(LOG) == THERE


def test_a_transaction_that_fails_moves_nothing() -> None:
    db = open_sqlite(":memory:")
    store = SqlLoggedUsageStore(db)
    store.record_logged(LOG, (), HERE, recorded_us=1)

    def recorded_and_dead() -> None:
        with db.transaction():
            store.record_logged(LOG, (a_usage_event(),), THERE, recorded_us=2)
            raise InvalidValue("the machine dies here")

    with pytest.raises(InvalidValue):
        recorded_and_dead()

    assert store.checkpoint(LOG) == HERE
    assert list(SqlUsageStore(db).events()) == []
    db.close()
