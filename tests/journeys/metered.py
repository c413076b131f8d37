"""A gateway that meters, real: an agreement, a key, a small price list, the ledger."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.bootstrap import House, opened
from gateway.kernel.money import Money
from gateway.metering.usage_event import UsageEvent
from gateway.settings import read_settings
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.journeys.running import Gateway, copyfair, free_port

SELLER = """\
  seller: self
  name: Register Commons
  country: FR
  vat_id: FR40303265045
  vat: 0 %
  currency: EUR
"""
TARIFF = """\
tariff: ai-2026
version: 1
currency: EUR
per: 1 MiB
brackets_over: year
brackets:
  - {price: 1.00}
derivation: {cost: measured, reserve: 0.30, solidarity: 0.60}
settlement: {contribution: up to 50 %, openness: {weights+data: 70 % rebate on proof}}
guaranteed_offer: 32 days
"""


def set_up(folder: Path, archive: str) -> Gateway:
    """A set-up that invoices one euro per mebibyte; not started."""
    port, admin_port = free_port(), free_port()
    gateway = Gateway(folder / "gateway", port, admin_port)
    status, _, err = copyfair(
        *("init", str(gateway.folder), "--upstream", archive),
        *("--public-url", f"http://127.0.0.1:{port}", "--licence", "invoice"),
    )
    assert status == 0, err
    config = Path(gateway.config)
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("  seller: none\n", SELLER), encoding="utf-8")
    tariff = gateway.folder / "policies" / "tariffs" / "ai-2026.yaml"
    tariff.write_text(TARIFF, encoding="utf-8")
    return gateway


@contextmanager
def metering_before(archive: str, folder: Path) -> Generator[Gateway]:
    """Such a set-up, running; stopped at the end."""
    gateway = set_up(folder, archive)
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()


@contextmanager
def house_of(gateway: Gateway) -> Generator[House]:
    """The services of a set-up, as its commands see them."""
    with opened(read_settings(Path(gateway.config))) as house:
        yield house


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody with a key, and perhaps an agreement."""

    party_id: str
    agreement_id: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"License {self.key}"}


def invoiced_company(house: House, name: str = "Mapworks SARL") -> Taker:
    """A company a steward vouches for: metered, invoiced at the month's end."""
    said = {"entity": "company", "country": "FR", "staff": "250"}
    party = house.parties.add(name, attributes=said, source="steward", by="tests")
    agreement = house.accept_offer(party.id, house.offer_for())
    key = house.keys.issue(party.id).secret.reveal()
    return Taker(party.id, agreement.id, key)


def prepaid_company(house: House, paid: Money, name: str = "Atlas") -> Taker:
    """A company nobody knows: it pays first."""
    said = {"entity": "company", "country": "FR"}
    party = house.parties.add(name, attributes=said)
    agreement = house.accept_offer(party.id, house.offer_for())
    house.agreements.top_up(agreement.id, paid, reference=f"paid by {name}")
    key = house.keys.issue(party.id).secret.reveal()
    return Taker(party.id, agreement.id, key)


def cooperative(house: House, name: str = "Translation Coop") -> Taker:
    """A commoner: known by its key, and never metered."""
    said = {"entity": "coop-worker", "surplus": "to-workers", "country": "FR"}
    party = house.parties.add(name, attributes=said, source="steward", by="tests")
    key = house.keys.issue(party.id).secret.reveal()
    return Taker(party.id, "", key)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the store holds of metering."""

    events: tuple[UsageEvent, ...]
    intents: dict[str, str]
    """Request id to state."""

    def of(self, request_id: str) -> UsageEvent:
        """The one event of a request."""
        (event,) = [each for each in self.events if each.id == request_id]
        return event

    def without(self, before: Ledger) -> Ledger:
        """What has come since *before*."""
        known = {each.id for each in before.events}
        return Ledger(
            tuple(each for each in self.events if each.id not in known),
            {k: state for k, state in self.intents.items() if k not in before.intents},
        )

    def count(self, state: str) -> int:
        return Counter(self.intents.values())[state]


INTENTS = """
SELECT request_id, state FROM intent
UNION ALL SELECT request_id, 'open' FROM open_intent
UNION ALL SELECT id, 'settled' FROM usage_event WHERE had_intent = 1
"""


def ledger_of(gateway: Gateway, store: Path | None = None) -> Ledger:
    """Read the ledger beside a running gateway."""
    path = store or gateway.folder / "copyfair.db"
    with closing(open_sqlite(path, migrate=False)) as db:
        rows = db.rows(INTENTS)
        intents = {row["request_id"]: row["state"] for row in rows}
        return Ledger(tuple(SqlUsageStore(db).events()), intents)


def billed(gateway: Gateway) -> dict[str, Any]:
    """Run this year's invoices."""
    year = str(datetime.now(UTC).year)
    document: dict[str, Any] = gateway.copyfair("invoice", "run", "--period", year)
    return document


def wait_until(is_so: Callable[[], bool], *, what: str, within_s: float = 30) -> None:
    """Wait for what another process is about to do."""
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"it did not happen: {what}"
        time.sleep(0.02)


def settled(gateway: Gateway, store: Path | None = None) -> Ledger:
    """The ledger once nothing is on its way any more."""
    wait_until(
        lambda: not ledger_of(gateway, store).count("open"), what="no open intent"
    )
    return ledger_of(gateway, store)
