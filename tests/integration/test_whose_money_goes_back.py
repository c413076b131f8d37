"""Who leaves gets back what no use can draw any more, and not before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.bootstrap.house import House
from gateway.bootstrap.party_desk import leaving_of
from gateway.bootstrap.shipped import shipped_policies
from gateway.kernel.money import Money
from gateway.services.leaving import Left
from gateway.storage.sqlite.engine import open_sqlite
from tests.fakes.house import a_house, a_set_up
from tests.fakes.ledger import IN_NOVEMBER, NOVEMBER, put_events
from tests.fakes.time_and_chance import CountingIds, HandClock
from tests.fakes.usage import a_usage_event

DAY_S = 86_400


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(open_sqlite(":memory:")) as db:
        clock = HandClock(IN_NOVEMBER)
        set_up = a_set_up(tmp_path, shipped_policies())
        yield a_house(set_up, db, clock=clock, ids=CountingIds())


def uses(house: House, agreement_id: str, number: int, kib: int) -> None:
    agreement = house.agreements.show(agreement_id)
    event = a_usage_event(
        number,
        body_bytes=kib * 1_024,
        agreement_id=agreement.id,
        party_id=agreement.party_id,
        occurred_us=IN_NOVEMBER,
    )
    put_events(house.store, replace(event, collection="registers"))


def leave(house: House) -> Left:
    with house.together() as whole:
        return leaving_of(whole).leave("Mapworks")


def test_who_leaves_is_owed_nothing_that_an_earlier_agreement_may_draw(
    house: House,
) -> None:
    company = {"entity": "company"}
    house.parties.add("Mapworks", attributes=company)
    house.accept_offer("Mapworks", house.offer_for())
    (old,) = house.agreements.list()
    house.agreements.top_up(old.id, Money(5_000, "EUR"), reference="B1")
    assert isinstance(house.clock, HandClock)
    house.clock.forward(s=DAY_S)
    house.parties.set_attribute("Mapworks", "entity", "company", source="steward")
    new = house.agreements.renew(old.id)
    uses(house, old.id, 1, 6)  # a download that had begun before

    left = leave(house)

    assert left.returned == ()
    assert {one.ref for one in left.open_items if one.what == "prepaid"} == {new.id}
    house.clock.forward(s=30 * DAY_S)
    (invoice,) = house.billing_run.run(NOVEMBER).invoices
    assert invoice.gross_minor == 2_856
    assert leave(house).returned == ((new.id, Money(2_144, "EUR")),)
