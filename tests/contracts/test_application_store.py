"""What every `ApplicationStore` promises, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.kernel.errors import Conflict
from gateway.licensing.application import Application, ApplicationStore, Standing
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.application_store import StoredApplications
from tests.fakes.applications import FakeApplications
from tests.unit.services.agreed import A_TARIFF

ASKED = Application(
    "apn_1", "off_1", "registers", "ai-2026", 1, "{}", "Map", "a@b.eu", "less", 5, 9
)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[ApplicationStore]:
    if request.param == "memory":
        yield FakeApplications()
        return
    db = open_sqlite(":memory:")
    StoredBooks(db).tariffs.publish(A_TARIFF, at_us=1)
    yield StoredApplications(db)
    db.close()


def test_an_application_is_kept_as_it_was_made(store: ApplicationStore) -> None:
    later = replace(ASKED, id="apn_0", asked_us=6)
    store.add(later)
    store.add(ASKED)

    assert store.all() == (ASKED, later)
    assert store.find("apn_1") == ASKED
    assert store.find("apn_9") is None
    with pytest.raises(Conflict):
        store.add(ASKED)


def test_it_is_answered_once(store: ApplicationStore) -> None:
    store.add(ASKED)
    store.answer("apn_1", "yes", at_us=7)

    assert store.find("apn_1") == replace(ASKED, answered_us=7, answer="yes")
    with pytest.raises(Conflict):
        store.answer("apn_1", "no", at_us=8)


@pytest.mark.parametrize(
    ("answered_us", "now_us", "stands"),
    [
        (None, 8, Standing.OPEN),
        (None, 9, Standing.GUARANTEED),
        (8, 9, Standing.ANSWERED),
        (9, 10, Standing.GUARANTEED),
    ],
    ids=["in time", "the days are over", "answered in time", "answered too late"],
)
def test_the_clock_runs_for_the_host(
    answered_us: int | None, now_us: int, stands: Standing
) -> None:
    assert replace(ASKED, answered_us=answered_us).standing(now_us=now_us) is stands
