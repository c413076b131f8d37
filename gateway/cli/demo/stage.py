"""The stage: a set-up for the sample archive, and a gateway that serves it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.bootstrap import House
from gateway.cli.demo.archive import wait_until_ready
from gateway.cli.init import write_set_up
from gateway.identity.party import Party
from gateway.reciprocity.contribution import Kind
from gateway.reciprocity.review import Verdict

STEWARD = "Places Commons"

SELLER = """\
  seller: self
  name: Places Commons
  country: FR
  vat_id: FR40303265045
  address: 1 rue des Lieux
  postcode: "75003"
  city: Paris
  iban: FR7630006000011234567890189
  vat: 20 %
  currency: EUR
"""

COLLECTION = """\
collection: places
title: {en: Places of the world, fr: Lieux du monde}
steward: Places Commons
contact: licences@places.example
upstream: archive
match: {paths: ["/**"]}
licence: CC-BY-4.0
rights: mandated
basis: service                  # machine access as a service; the data stay CC BY
sensitivity: open
extends: copyfair
tariff: places-demo
costs: {"/-/static/**": 0, "/geonames/*.csv": 20}
budgets:
  anonymous: {cost: 600, per: 1h, burst: 300, only_under: pressure}
"""

TARIFF = """\
# A demo's price list: small numbers, so that one download reaches every bracket.
tariff: places-demo
version: 1
currency: EUR
per: 1 MiB
brackets_over: year
brackets:
  - {up_to: 100 KiB, price: 0.00}
  - {up_to: 1 MiB,   price: 2.00}
  - {price: 4.00}
derivation: {cost: measured, reserve: 0.30, solidarity: 0.60}
settlement: {contribution: up to 50 %, openness: {weights+data: 70 % rebate on proof}}
guaranteed_offer: 32 days
"""

ATLASBOT = """\
# A company of the story; a host adds whoever introduces themselves.
# https://atlas.example/bot, seen on 2026-11-23
agent: atlasbot
operator: atlas
kind: ai-crawler
tokens: [AtlasBot]
uses: [train]
source: https://atlas.example/bot
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everybody listens, on loopback."""

    archive: int
    public: int
    admin: int

    @property
    def public_url(self) -> str:
        """The archive as its readers type it."""
        return f"http://127.0.0.1:{self.public}"


def set_up(folder: Path, ports: Ports) -> None:
    """Write the demo's set-up: everything on, invoicing in its own name."""
    told = {
        "upstream": f"http://127.0.0.1:{ports.archive}",
        "public_url": ports.public_url,
        "protect": "on",
        "licence_mode": "invoice",
        "steward": STEWARD,
        "contact": "licences@places.example",
        "spdx": "CC-BY-4.0",
    }
    write_set_up(folder, told)
    config = folder / "gateway.yaml"
    text = config.read_text(encoding="utf-8").replace("  seller: none\n", SELLER)
    text = text.replace("127.0.0.1:8700", f"127.0.0.1:{ports.public}")
    text = text.replace("127.0.0.1:8701", f"127.0.0.1:{ports.admin}")
    config.write_text(text, encoding="utf-8")
    policies = folder / "policies"
    (policies / "collections" / "whole-site.yaml").unlink()
    (policies / "tariffs" / "ai-2026.yaml").unlink()
    for name, text in (
        ("collections/places.yaml", COLLECTION),
        ("tariffs/places-demo.yaml", TARIFF),
        ("agents/atlasbot.yaml", ATLASBOT),
    ):
        (policies / name).parent.mkdir(exist_ok=True)
        (policies / name).write_text(text, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom the steward knows before the story begins, and their keys."""

    cooperative_key: str
    company: Party
    company_key: str


def introduce(house: House) -> Parties:
    """Enter the cooperative, the company, and two people who gave their work."""
    attributes = {"entity": "coop-worker", "surplus": "to-workers", "country": "FR"}
    cooperative = house.parties.add(
        "Translation Coop", attributes=attributes, source="steward", by=STEWARD
    )
    attributes = {"entity": "company", "country": "FR", "staff": "250"}
    company = house.parties.add(
        "Mapworks SARL", attributes=attributes, source="steward", by=STEWARD
    )
    house.accept_offer(company.id, house.offer_for("places"))
    _contributions(house)
    return Parties(
        cooperative_key=house.keys.issue(cooperative.id).secret.reveal(),
        company=company,
        company_key=house.keys.issue(company.id).secret.reveal(),
    )


def _contributions(house: House) -> None:
    reviewer = house.parties.add(
        "Ines (maintainer)", attributes={"entity": "person"}, source="steward"
    )
    work = (
        ("Amina", Kind.RECORDS, "Corrected 120 place names", 12_00),
        ("Jonas", Kind.CARE, "Looked after newcomers for a month", 6_00),
    )
    for name, kind, title, hundredths in work:
        person = house.parties.add(
            name, attributes={"entity": "person"}, source="steward"
        )
        claim = house.contributions.claim(
            person.id,
            kind,
            title=title,
            evidence=f"https://places.example/log/{name.lower()}",
            weight_hundredths=hundredths,
        )
        house.contributions.review(claim.id, Verdict.ACCEPT, reviewer_id=reviewer.id)


@contextmanager
def serving(folder: Path, ports: Ports) -> Iterator[subprocess.Popen[bytes]]:
    """Run `copyfair serve` on the set-up, as a host would; ends it afterwards."""
    command = Path(sys.executable).with_name("copyfair")
    with (folder / "gateway.log").open("ab") as log:
        process = subprocess.Popen(
            [str(command), "serve", "--config", str(folder / "gateway.yaml")],
            stdout=log,
            stderr=log,
            # Ctrl-C reaches a whole group; ours is ended by us, in order.
            start_new_session=True,
        )
    try:
        wait_until_ready(ports.admin, "/readyz", process)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)
