"""A customer who signs up alone: from a 402 to a bill, and a reader who objects."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.billing.bank import top_up_reference
from tests.journeys import running as processes
from tests.journeys.archive import archive_running
from tests.journeys.metered import metering_before
from tests.journeys.running import Gateway, Got

MIB = 2**20
PAGE = f"/plain/{MIB}/records"
CRAWLER = {"User-Agent": "GPTBot/1.2", "Accept": "application/json"}
JSON = {"Content-Type": "application/json"}
SETTLED_WITHIN_S = 10


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    """One euro per mebibyte, invoiced in its own name."""
    folder = tmp_path_factory.mktemp("alone")
    with (
        archive_running() as port,
        metering_before(f"http://127.0.0.1:{port}", folder) as gateway,
    ):
        yield gateway


def offer_of(gateway: Gateway) -> str:
    """Where the offer stands that a refused crawler is told of."""
    refused = gateway.ask(PAGE, headers=CRAWLER)
    assert refused.status == 402
    href: str = json.loads(refused.body)["offer"]["href"]
    return urlsplit(href).path


def accept(gateway: Gateway, said: Mapping[str, str], *, key: str = "") -> Got:
    headers = {**JSON, "Idempotency-Key": key} if key else JSON
    body = json.dumps(said).encode()
    return gateway.ask(offer_of(gateway), "POST", body=body, headers=headers)


def customer(gateway: Gateway, name: str) -> dict[str, Any]:
    said = {"name": name, "email": "data@atlas.example", "entity": "company"}
    answer = accept(gateway, said)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = json.loads(answer.body)
    return made


def usage_of(gateway: Gateway, key: str) -> dict[str, Any]:
    """What the customer is told of its one agreement."""
    answer = gateway.ask("/_copyfair/usage", headers={"X-Api-Key": key})
    assert answer.status == 200, answer.body
    (agreement,) = json.loads(answer.body)["agreements"]
    told: dict[str, Any] = agreement
    return told


def eventually(gateway: Gateway, headers: Mapping[str, str], *, status: int) -> Got:
    """The answer once it is this one; a top-up counts within a second."""
    give_up_at = time.monotonic() + SETTLED_WITHIN_S
    while (got := gateway.ask(PAGE, headers=headers)).status != status:
        assert time.monotonic() < give_up_at, got.body
        time.sleep(0.05)
    return got


def test_what_is_paid_ahead_can_be_taken_and_not_more(gateway: Gateway) -> None:
    made = customer(gateway, "Atlas SARL")
    shown = {"Authorization": f"License {made['api_key']}"}

    before = gateway.ask(PAGE, headers=shown)
    gateway.copyfair(
        *("agreement", "top-up", made["agreement_id"], "1.00 EUR"),
        *("--reference", "4711"),
    )
    paid = eventually(gateway, shown, status=200)
    after = gateway.ask(PAGE, headers=shown)

    assert made["settling"] == "prepaid"
    assert made["prepay"]["reference"] == top_up_reference(made["agreement_id"])
    assert (before.status, paid.status, after.status) == (429, 200, 429)
    assert len(paid.body) == MIB


def test_the_customer_sees_what_the_ledger_holds(gateway: Gateway) -> None:
    made = customer(gateway, "Cartography Ltd")
    shown = {"Authorization": f"License {made['api_key']}"}
    gateway.copyfair(
        *("agreement", "top-up", made["agreement_id"], "5.00 EUR"),
        *("--reference", "4712"),
    )

    empty = usage_of(gateway, made["api_key"])
    eventually(gateway, shown, status=200)
    give_up_at = time.monotonic() + SETTLED_WITHIN_S
    while not (told := usage_of(gateway, made["api_key"]))["usage"]["events"]:
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
    report = gateway.copyfair("usage", "report", "--agreement", made["agreement_id"])

    assert (empty["usage"]["bytes"], empty["prepaid_minor"]) == (0, 500)
    assert told["usage"]["bytes"] == report["bytes"] == MIB


def test_a_name_that_is_taken_is_an_account_of_somebody_else(
    gateway: Gateway,
) -> None:
    customer(gateway, "Mapworks SARL")

    again = accept(gateway, {"name": "Mapworks SARL", "email": "x@y.example"})

    assert again.status == 409
    assert "use your key" in json.loads(again.body)["detail"]


def test_an_acceptance_that_is_sent_twice_makes_one_customer(
    gateway: Gateway,
) -> None:
    said = {"name": "Twice GmbH", "email": "x@y.example"}

    first = accept(gateway, said, key="acceptance-1")
    again = accept(gateway, said, key="acceptance-1")
    other = accept(gateway, {**said, "name": "Other GmbH"}, key="acceptance-1")

    assert (first.status, again.status, other.status) == (201, 201, 409)
    assert json.loads(first.body) == json.loads(again.body)
    names = [one["name"] for one in gateway.copyfair("party", "list")["parties"]]
    assert names.count("Twice GmbH") == 1
    assert "Other GmbH" not in names


def test_an_objection_reaches_the_steward(gateway: Gateway) -> None:
    said = json.dumps({"text": "I am a person.", "contact": "anna@example.org"})

    answer = gateway.ask("/_copyfair/appeals", "POST", body=said.encode(), headers=JSON)
    listed = gateway.copyfair("appeal", "list")["appeals"]

    assert answer.status == 201
    assert [(one["text"], one["contact"]) for one in listed] == [
        ("I am a person.", "anna@example.org")
    ]
    processes.eventually(
        lambda: "appeal.received" in gateway.log(),
        within_s=30,
        what="a line in the log",
    )


def test_a_readers_correction_becomes_a_claim(gateway: Gateway) -> None:
    browser = {"Accept": "text/html", "Accept-Language": "fr"}
    page = gateway.ask("/_copyfair/corrections?about=/registers/1742", headers=browser)
    form = {**browser, "Content-Type": "application/x-www-form-urlencoded"}
    body = b"about=%2Fregisters%2F1742&text=It+is+M%C3%BCller.&name=Ada+L."

    kept = gateway.ask("/_copyfair/corrections", "POST", body=body, headers=form)
    (one,) = gateway.copyfair("contribution", "corrections")["corrections"]
    words = (one["correction_id"], "--create", "--hours", "0.25")
    made = gateway.copyfair("contribution", "accept-correction", *words)

    assert page.status == 200
    assert 'value="/registers/1742"' in page.body.decode()
    assert kept.status == 201
    assert "Merci" in kept.body.decode()
    assert (one["about"], one["text"]) == ("/registers/1742", "It is Müller.")
    assert one["archive"].startswith("http")
    claims = gateway.copyfair("contribution", "list")["claims"]
    assert made["claim_id"] in [each["claim_id"] for each in claims]
    processes.eventually(
        lambda: "correction.received" in gateway.log(),
        within_s=30,
        what="a line in the log",
    )
