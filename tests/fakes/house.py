"""The real house on a store of a test: its services, its settings, its policies."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

from gateway.bootstrap.house import House
from gateway.bootstrap.store_threads import StoreThreads
from gateway.kernel.clock import Clock
from gateway.kernel.ids import IdSource
from gateway.licensing.policy import PolicySet
from gateway.policy_files.loader import load
from gateway.services.parties import Parties
from gateway.settings import Settings, read_settings
from gateway.storage.database import Database
from tests.fakes.ledger import PlainPress

GATEWAY = """\
public_url: https://archive.example
upstreams: {archive: "http://127.0.0.1:9"}
policies: policies
store: "sqlite:///copyfair.db"
licence_mode: invoice
invoicing:
  seller: self
  name: Registers Commons
  country: DE
  vat_id: DE136695976
  vat: 19 %
  iban: DE75512108001245126199
"""
COLLECTION = """\
collection: registers
title: {en: Registers}
steward: Registers Commons
contact: licences@archive.example
upstream: archive
match: {paths: ["/**"]}
licence: CC-BY-NC-SA-4.0
rights: own
basis: service
sensitivity: open
extends: copyfair
tariff: ai-2026
"""
TARIFF = """\
tariff: ai-2026
version: 1
currency: EUR
per: 1 KiB
brackets_over: year
brackets:
  - {up_to: 1 KiB, price: 0.00}
  - {up_to: 10 KiB, price: 2.00}
  - {price: 4.00}
guaranteed_offer: 32 days
"""


def a_set_up(folder: Path, shipped: Path) -> tuple[Settings, PolicySet]:
    """A set-up in a folder, and the policies that lie there."""
    files = {
        "gateway.yaml": GATEWAY,
        "policies/collections/registers.yaml": COLLECTION,
        "policies/tariffs/ai-2026.yaml": TARIFF,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    copytree(shipped / "packs", folder / "policies" / "packs")
    settings = read_settings(folder / "gateway.yaml")
    return settings, load(
        settings.policies, shipped=shipped, upstreams=settings.upstreams
    )


def a_house(
    set_up: tuple[Settings, PolicySet], db: Database, *, clock: Clock, ids: IdSource
) -> House:
    """The house a process would open on that store; it writes plain papers."""
    settings, policies = set_up
    house = House(settings, db, StoreThreads(), clock=clock, ids=ids)
    house.policies = policies
    house.press = PlainPress()
    house.parties = Parties(
        house.identities,
        house.identities,
        clock=clock,
        ids=ids,
        chance=lambda _: 7,  # the same also when it is asked again
    )
    return house
