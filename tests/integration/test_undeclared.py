"""A party learns where it fetches its usage that a turnover is still to be declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import House, opened
from gateway.bootstrap.desks import UsageDesk
from gateway.kernel.clock import US_PER_S
from gateway.kernel.money import Money
from gateway.services.declarations import Declared
from gateway.settings import read_settings
from gateway.storage.sqlite.engine import SqliteDatabase
from tests.fakes.ledger import DECEMBER, IN_NOVEMBER, NOVEMBER, an_event, put_events
from tests.fakes.time_and_chance import HandClock
from tests.integration.test_offer_desk import a_set_up

GIB = 2**30
ROYALTIES = """
royalties:
  basis: turnover
  over: month
  brackets: [{rate: 0.5 %}]
"""


@pytest.fixture
def clock() -> HandClock:
    return HandClock(IN_NOVEMBER)


@pytest.fixture
def house(tmp_path: Path, clock: HandClock) -> Iterator[House]:
    config = a_set_up(tmp_path, mode="invoice", is_selling=True)
    (tariff,) = (tmp_path / "policies/tariffs").glob("*.yaml")
    tariff.write_text(tariff.read_text(encoding="utf-8") + ROYALTIES, encoding="utf-8")
    with opened(read_settings(config)) as house:
        house.clock = clock
        yield house


def told(house: House, party_id: str) -> dict[str, Any]:
    desk = UsageDesk(house, house.is_invoiced)
    (listed,) = desk.usage_of(party_id)["agreements"]
    return dict(listed)


def test_what_is_to_be_declared_stands_beside_the_usage(
    house: House, clock: HandClock
) -> None:
    party = house.parties.add(
        "Mapworks", attributes={"entity": "company", "country": "FR"}, source="steward"
    )
    agreement = house.accept_offer(party.id, house.offer_for())
    used = replace(
        an_event(size=3 * GIB, collection=house.offer_for().collection.id),
        agreement_id=agreement.id,
        party_id=party.id,
        tariff=agreement.tariff,
        tariff_version=agreement.tariff_version,
        occurred_us=IN_NOVEMBER + 1,
    )
    assert isinstance(house.store, SqliteDatabase)
    put_events(house.store, used)
    before = told(house, party.id)
    clock.forward(s=(DECEMBER.start_us - IN_NOVEMBER) // US_PER_S + 1)
    house.billing_run.run(NOVEMBER, drafts_only=True)

    after = told(house, party.id)
    turnover = Declared(
        Money(5_000, "EUR"), NOVEMBER, "letter", on=date(2026, 12, 1), by="A."
    )
    house.declarations.declare(agreement.id, turnover)

    assert "undeclared" not in before
    assert after["undeclared"] == [str(NOVEMBER)]
    assert "undeclared" not in told(house, party.id)
