"""Who pays ahead: stopped, topped up by card and transfer, then proven and trusted."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.billing.bank import top_up_reference
from tests.fakes.bank import Entry, statement
from tests.fakes.registers import FakeRegisters, a_french_firm
from tests.fakes.served import served
from tests.fakes.stripe import EVENTS_SECRET, KEY, FakeStripe, signed
from tests.journeys.archive import archive_running
from tests.journeys.command_line import Archive, an_archive
from tests.journeys.metered import set_up
from tests.journeys.running import Gateway, Got, eventually

MIB = 2**20
PAGE = f"/plain/{MIB}/records"
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
CRAWLER = {"User-Agent": "GPTBot/1.2", "Accept": "application/json"}
TOP_UP = "/_copyfair/payments/top-up"
EVENTS = "/_copyfair/payments/stripe"
SIREN = "552100554"


@dataclass
class Scene:
    """A gateway, a card provider and the registers, and one who signed up alone."""

    gateway: Gateway
    stripe: FakeStripe
    registers: FakeRegisters
    archive: Archive
    customer: dict[str, Any]

    @property
    def key(self) -> dict[str, str]:
        return {**JSON, "Authorization": f"Bearer {self.customer['api_key']}"}

    def fetch(self) -> Got:
        return self.gateway.ask(PAGE, headers={**CRAWLER, **self.key})

    def event(self, body: bytes, *, secret: str = EVENTS_SECRET) -> Got:
        signature = signed(body, at_s=int(time.time()), secret=secret)
        headers = {**JSON, "Stripe-Signature": signature}
        return self.gateway.ask(EVENTS, "POST", body=body, headers=headers)

    def asks_for_a_page(self, minor: int) -> Got:
        told = {"agreement_id": self.customer["agreement_id"], "amount_minor": minor}
        body = json.dumps(told).encode()
        return self.gateway.ask(TOP_UP, "POST", body=body, headers=self.key)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Generator[Scene]:
    folder = tmp_path_factory.mktemp("paying")
    stripe, registers = FakeStripe(), FakeRegisters()
    registers.siren[SIREN] = a_french_firm("ACME MODELS SA")
    with (
        archive_running() as port,
        served(stripe.app()) as stripe_url,
        served(registers.app()) as registers_url,
    ):
        stripe.url = stripe_url
        gateway = set_up(folder, f"http://127.0.0.1:{port}")
        _take_cards(gateway, stripe_url, registers_url)
        gateway.start()
        try:
            customer = _signed_up(gateway)
            yield Scene(gateway, stripe, registers, Archive(gateway.folder), customer)
        finally:
            gateway.stop()


def _take_cards(gateway: Gateway, stripe_url: str, registers_url: str) -> None:
    config = Path(gateway.config)
    more = (
        f"\ncards: {{provider: stripe, api: {stripe_url}}}\n"
        f"evidence: {{loopback: yes, registers: {registers_url}}}\n"
    )
    config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
    for name, secret in (
        ("stripe-key", KEY),
        ("stripe-webhook-secret", f"whsec_next\n{EVENTS_SECRET}\n"),
    ):
        file = gateway.folder / "keys" / name
        file.touch(mode=0o600)
        file.write_text(secret, encoding="utf-8")


def _signed_up(gateway: Gateway) -> dict[str, Any]:
    refused = gateway.ask(PAGE, headers=CRAWLER)
    assert refused.status == 402
    offer = json.loads(refused.body)["offer"]["href"].partition("/_copyfair/")[2]
    told = {"name": "ACME Models S.A.", "email": "a@acme.example", "entity": "company"}
    made = gateway.ask(
        f"/_copyfair/{offer}", "POST", body=json.dumps(told).encode(), headers=JSON
    )
    assert made.status == 201
    customer: dict[str, Any] = json.loads(made.body)
    return customer


def test_from_an_empty_balance_to_a_page_that_is_paid_and_on(scene: Scene) -> None:
    stopped = scene.fetch()
    assert stopped.status == 429
    told = json.loads(stopped.body)
    assert told["budget"] == "prepaid"
    assert told["top_up"].endswith(TOP_UP)

    ways = json.loads(scene.gateway.ask(TOP_UP, headers=scene.key).body)
    (way,) = ways["agreements"]
    agreement_id = scene.customer["agreement_id"]
    assert (way["prepaid_minor"], way["by_card"]) == (0, True)
    assert way["transfer"]["reference"] == top_up_reference(agreement_id)

    made = scene.asks_for_a_page(5_000)
    assert made.status == 201
    page = json.loads(made.body)
    session = page["url"].rpartition("/")[2]
    scene.stripe.pay(session, fee=105)
    forged = scene.event(scene.stripe.completed(session), secret="whsec_guessed")
    assert (forged.status, scene.fetch().status) == (400, 429)
    for is_new in (True, False):
        heard = scene.event(scene.stripe.completed(session))
        assert json.loads(heard.body) == {"received": True, "new": is_new}

    eventually(lambda: scene.fetch().status == 200, within_s=60, what="it goes on")
    (attempt,) = scene.archive.tells("payment", "attempts")["attempts"]
    assert (attempt["state"], attempt["amount_minor"]) == ("paid", 5_000)
    (movement,) = scene.archive.tells("payment", "list")["movements"]
    assert (movement["fee_minor"], movement["left_minor"]) == (105, 0)
    assert scene.archive.tells("audit")["ok"]


def test_a_transfer_tops_up_too_and_proves_its_sender(
    scene: Scene, tmp_path: Path
) -> None:
    reference = top_up_reference(scene.customer["agreement_id"])
    entry = Entry(amount="50.00", text=f"Top-up {reference}", name="ACME MODELS SA")
    file = tmp_path / "november.xml"
    file.write_bytes(statement(entry))
    (taken,) = scene.archive.tells("payment", "import", file)["movements"]
    assert [use["for"] for use in taken["uses"]] == ["top-up"]

    party_id = scene.customer["party_id"]
    said = scene.archive.says("party", "verify", party_id, "--transfer", "--json")
    assert (said.status, said.json["outcome"]) == (0, "verified")


def test_a_steward_asks_for_money_and_is_told_when_nobody_knows(scene: Scene) -> None:
    agreement_id = scene.customer["agreement_id"]
    words = ("payment", "checkout", agreement_id, "20.00 EUR", "--json")
    scene.stripe.fault = "silent"
    unknown = scene.archive.says(*words)
    assert (unknown.status, unknown.json["state"]) == (69, "unknown")

    opened = scene.archive.says(*words)
    assert (opened.status, opened.json["state"]) == (0, "open")
    assert opened.json["attempt_id"] == unknown.json["attempt_id"]
    attempts = scene.archive.tells("payment", "refresh")["attempts"]
    assert [one["state"] for one in attempts] == ["open"]
    assert scene.archive.says("payment", "attempts").status == 0
    scene.stripe.fault = "broken"
    silent = scene.archive.says("payment", "refresh")
    assert (silent.status, "no clear answer" in silent.out) == (69, True)


def test_a_payout_is_what_the_provider_held(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "december.xml"
    entry = Entry(amount="48.95", reference="B7", text="STRIPE", name="Stripe")
    file.write_bytes(statement(entry))
    (taken,) = scene.archive.tells("payment", "import", file)["movements"]
    told = scene.archive.tells("payment", "payout", taken["movement_id"])

    assert told["left_minor"] == 0
    assert scene.archive.tells("payment", "credits")["credits"] == []
    assert scene.archive.says("payment", "credits").status == 0
    assert scene.archive.tells("audit")["ok"]


def test_a_register_proves_a_firm_and_its_agreement_is_invoiced(scene: Scene) -> None:
    party_id = scene.customer["party_id"]
    scene.registers.fault = 503
    silent = scene.archive.says(
        "party", "verify", party_id, "--register", f"fr:{SIREN}"
    )
    assert (silent.status, "try again later" in silent.out) == (69, True)

    scene.registers.fault = ""
    told = scene.archive.tells("party", "verify", party_id, "--register", f"fr:{SIREN}")
    assert (told["outcome"], told["entity_verified"]) == ("verified", True)
    agreement_id = scene.customer["agreement_id"]
    assert scene.archive.tells("agreement", "renew", agreement_id)["settling"] == (
        "invoiced"
    )


def test_what_is_no_payment_of_ours_is_said(scene: Scene) -> None:
    ask = scene.gateway.ask
    assert ask("/_copyfair/payments/nowhere").status == 404
    assert ask(EVENTS).status == 405
    assert ask("/_copyfair/payments/thanks").status == 200
    assert ask("/_copyfair/payments/thanks", "POST", headers=JSON).status == 405
    assert ask(TOP_UP, headers=JSON).status == 401
    assert ask(TOP_UP, "DELETE", headers=scene.key).status == 405
    assert ask(TOP_UP, "POST", body=b"[]", headers=scene.key).status == 400
    long = scene.event(b"x" * 20_000)
    assert long.status == 413


def test_one_way_of_proof_at_a_time(scene: Scene) -> None:
    party_id = scene.customer["party_id"]
    for words in ((), ("--transfer", "--vat")):
        said = scene.archive.says("party", "verify", party_id, *words)
        assert (said.status, "name one way" in said.err) == (2, True)


def test_an_archive_without_cards_or_seller_says_so_or_nothing(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "a", sells=False)
    said = archive.says("payment", "checkout", "INV-2026-0001")
    assert said.status == 2
    assert "nobody takes cards here" in said.err
