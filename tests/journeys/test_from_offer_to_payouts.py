"""The whole way round: from a 402 to what a stranger computes again.

A company is offered terms, gives what the commons asked for, settles half of its bill
with it and pays the rest. The money runs through waterfall, vote and round to those
who keep the records, and somebody with nothing but the published files gets the same.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from defusedxml import ElementTree

from gateway.payments.pain import NAMESPACE
from tests.fakes.bank import Entry, statement
from tests.journeys.archive import archive_running
from tests.journeys.metered import billed, set_up, settled
from tests.journeys.running import Gateway, copyfair

MIB = 2**20
TAKEN = 10
PAGE = f"/plain/{MIB}/records"
PEOPLE = ("Amina", "Bakari", "Chloé", "Dario", "Esra", "Farid")
POTS = ("equity:reserve", "liability:operator_fee", "asset:bank")
IBAN = "FR7630006000011234567890189"
NEEDS = """\
needs: registers
items:
  - {id: correct-names, title: {en: Names corrected}, unit: correction, wanted: 1000}
"""
TABLE = """\
equivalence: commons
version: 1
hour: {EUR: 20.00}
units: {correction: 0.05}
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    """One euro per mebibyte; a list of needs, and what they are worth."""
    with archive_running() as port:
        folder = tmp_path_factory.mktemp("round")
        gateway = set_up(folder, f"http://127.0.0.1:{port}")
        for name, text in (("needs", NEEDS), ("equivalence", TABLE)):
            place = gateway.folder / "policies" / name
            place.mkdir()
            (place / "registers.yaml").write_text(text, encoding="utf-8")
        config = Path(gateway.config)
        text = config.read_text(encoding="utf-8")
        text = text.replace("  vat: 0 %\n", f"  vat: 0 %\n  iban: {IBAN}\n")
        text += "\nfund:\n  round_from: []\n  payout_from: 0.01 EUR\n"
        config.write_text(text, encoding="utf-8")
        gateway.start()
        try:
            yield gateway
        finally:
            gateway.stop()


def told(gateway: Gateway, *words: str | Path) -> Any:
    """The document of a command that must not fail."""
    spelled = [*map(str, words), "--config", gateway.config, "--json"]
    status, out, err = copyfair(*spelled)
    assert status == 0, err or out
    return json.loads(out)


def accepted_work(gateway: Gateway, party: str, *more: str, by: str) -> str:
    """A claim that a maintainer accepted; its id."""
    claim: str = told(
        gateway,
        *("contribution", "claim", "--party", party, "--kind", "corrections"),
        *("--title", "Names of 1742", "--evidence", "https://archive.example/log"),
        *more,
    )["claim_id"]
    told(gateway, "contribution", "review", claim, "accept", "--by", by)
    return claim


def six_people(gateway: Gateway) -> None:
    """Who keeps the records: their work was accepted, and Amina's nobody paid."""
    told(gateway, "party", "add", "Ines", "--set", "entity=person")
    for name in PEOPLE:
        told(gateway, "party", "add", name, "--set", "entity=person")
        told(gateway, "party", "set", name, f"iban={IBAN}")
        paid = "none" if name == "Amina" else "the town"
        accepted_work(gateway, name, "--hours", "10", "--paid-by", paid, by="Ines")


def the_company(gateway: Gateway) -> dict[str, Any]:
    """It is offered terms; the steward has seen its register entry, and accepts."""
    refused = gateway.ask(PAGE, headers={"User-Agent": "GPTBot/1.2", "Accept": "*/*"})
    assert refused.status == 402
    offered = gateway.ask(
        urlsplit(json.loads(refused.body)["offer"]["href"]).path,
        headers={"Accept": "application/json"},
    )
    assert offered.status == 200
    assert b"1.00" in offered.body
    named = ("--set", "entity=company", "--set", "country=FR")
    told(gateway, "party", "add", "Mapworks SARL", *named)
    made: dict[str, Any] = told(
        gateway, "agreement", "accept", "--party", "Mapworks SARL"
    )
    key = told(gateway, "key", "issue", "--party", "Mapworks SARL")["key"]
    for number in range(TAKEN):
        got = gateway.ask(
            f"{PAGE}?number={number}", headers={"Authorization": f"License {key}"}
        )
        assert (got.status, len(got.body)) == (200, MIB)
    return made


def decided(gateway: Gateway, *words: str, ballot: tuple[str, ...]) -> dict[str, Any]:
    """A vote in which all six say the same."""
    vote = told(gateway, "vote", "open", *words)["vote_id"]
    for name in PEOPLE:
        told(gateway, "vote", "cast", vote, "--party", name, *ballot)
    closed: dict[str, Any] = told(gateway, "vote", "close", vote)
    return closed


def equity(gateway: Gateway) -> dict[str, int]:
    """What each pot holds, minor units."""
    accounts = told(gateway, "fund", "balance")["accounts"]
    return {one["account"]: -one["balance_minor"] for one in accounts}


def test_a_company_gives_pays_and_those_who_keep_the_records_are_paid(
    gateway: Gateway, tmp_path: Path
) -> None:
    six_people(gateway)
    the_company(gateway)
    settled(gateway)

    # What the commons asked for, at what its members said it is worth.
    (table,) = told(gateway, "need", "table")["tables"]
    ratify = ("The table", "--ratify", "equivalence", table["subject"])
    decided(gateway, *ratify, "--digest", table["digest"], ballot=("--answer", "yes"))
    given = ("--need", "correct-names", "--quantity", "10")
    claim = accepted_work(
        gateway, "Mapworks SARL", *given, "--paid-by", "Mapworks SARL", by="Ines"
    )

    # Half of the bill in kind, the rest by transfer.
    run = ("invoice", "run", "--drafts-only", "--period", str(datetime.now(UTC).year))
    (draft,) = told(gateway, *run)["invoices"]
    assert draft["net_minor"] == TAKEN * 100
    half = ("invoice", "in-kind", draft["id"], "--claim", claim, "--by", "Ines")
    told(gateway, *half, "--amount", "5.00 EUR")
    (invoice,) = billed(gateway)["invoices"]
    assert invoice["gross_minor"] == 500
    paid = tmp_path / "november.xml"
    paid.write_bytes(statement(Entry("5.00", text=invoice["number"])))
    told(gateway, "payment", "import", paid)
    assert told(gateway, "invoice", "show", invoice["number"])["paid_state"] == "paid"

    # Waterfall, vote, round.
    pots = equity(gateway)
    labour, pool = pots["equity:labour_reserve"], pots["equity:rounds"]
    assert labour > 0 < pool
    decided(
        gateway,
        *("What comes first?", "--option", "care=Care", "--option", "records=Records"),
        ballot=("--vote", "care=2", "--vote", "records=6"),
    )
    told(gateway, "round", "open", "winter", "--pool", "all", "--rule", "pairwise")
    for place, giver in enumerate(PEOPLE):
        for step, option in product((1, 2), ("records", "care")):
            taker = PEOPLE[(place + step) % len(PEOPLE)]
            said = ("--to", taker, "--option", option, "--credits", "2")
            told(gateway, "round", "voice", "winter", "--party", giver, *said)
    made = told(gateway, "round", "run", "winter")["run"]
    assert (made["outcome"], sum(made["paid"].values())) == ("paid", pool)
    assert made["gate"]

    # The bank's file holds what was divided, to the cent.
    file = tmp_path / "payouts.xml"
    told(gateway, "fund", "payouts", "--file", file)
    document = ElementTree.fromstring(file.read_bytes())
    cents = [
        int((each.text or "").replace(".", ""))
        for each in document.iter(f"{{{NAMESPACE}}}InstdAmt")
    ]
    assert sum(cents) == labour + pool
    assert told(gateway, "audit")["ok"]

    # A stranger, with the address and nothing else.
    told(gateway, "log", "publish")
    books = f"http://127.0.0.1:{gateway.port}/_copyfair/books"
    status, out, err = copyfair("fund", "recompute", "--from", books, "--json")
    assert status == 0, err
    again = {
        one["account"]: -one["balance_minor"] for one in json.loads(out)["accounts"]
    }
    ours = equity(gateway)
    assert [again[name] for name in POTS] == [ours[name] for name in POTS]
    assert sum(minor for name, minor in again.items() if "payable" in name) == (
        labour + pool
    )
