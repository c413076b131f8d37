"""A party takes everything along and goes: nobody owes anybody, and may come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import opened
from gateway.kernel.letter import Letter
from gateway.services.outbox import letter_parcel
from gateway.settings import read_settings
from gateway.storage.stores.appeal_store import StoredAppeals
from tests.journeys.command_line import Archive, Said, an_archive
from tests.journeys.test_cli_books import GIB, a_company, this_month

EVERYBODY = (("Mapworks", "company"), ("Ines", "person"), ("Amina", "person"))
PARTS = {
    *("invoices", "credit_notes", "payments", "disputes", "reminders", "in_kind"),
    *("barters", "checkouts", "entries", "declarations", "carried", "allocations"),
    *("payouts", "gifts"),
}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return an_archive(tmp_path / "my-archive")


def leaves(archive: Archive, name: str) -> tuple[Said, dict[str, Any]]:
    said = archive.says("party", "leave", name, "--json")
    assert not said.err
    return said, said.json


def billed_and_paid(archive: Archive) -> dict[str, Any]:
    period = this_month(archive)
    (invoice,) = archive.tells("invoice", "run", "--period", period)["invoices"]
    if invoice["status"] == "draft":
        invoice = archive.tells("invoice", "finalise", invoice["id"])
    told: dict[str, Any] = invoice
    return told


def test_who_is_billed_and_has_paid_leaves_with_closed_books(archive: Archive) -> None:
    agreement = a_company(archive)
    archive.tells("key", "issue", "--party", "Mapworks", "--label", "crawler")
    archive.meter(agreement, 3 * GIB)

    first, told = leaves(archive, "Mapworks")
    assert first.status == 1
    assert (told["keys_revoked"], told["agreements_ended"]) == (
        1,
        [agreement["agreement_id"]],
    )
    assert [one["what"] for one in told["open"]] == ["usage"]

    invoice = billed_and_paid(archive)
    _, told = leaves(archive, "Mapworks")
    assert [(one["what"], one["amount_minor"]) for one in told["open"]] == [
        ("invoice", invoice["gross_minor"])
    ]
    archive.tells(
        *("invoice", "pay", invoice["number"], "3.60 EUR"), *("--reference", "b1")
    )
    last, told = leaves(archive, "Mapworks")
    assert (last.status, told["closed"], told["open"]) == (0, True, [])
    assert told["keys_revoked"] == 0, "leaving twice ends nothing twice"
    assert archive.tells("audit")["ok"]
    (key,) = archive.tells("key", "list", "--party", "Mapworks")["keys"]
    assert key["revoked_at"]

    again = archive.tells("agreement", "accept", "--party", "Mapworks")
    assert again["agreement_id"] != agreement["agreement_id"], "the door stays open"
    archive.tells("key", "issue", "--party", "Mapworks")


def test_what_was_paid_ahead_and_not_used_is_a_payout_due(archive: Archive) -> None:
    archive.tells("party", "add", "Newcomer", "--set", "country=FR")
    agreement = archive.tells("agreement", "accept", "--party", "Newcomer")
    name = agreement["agreement_id"]
    archive.tells("agreement", "top-up", name, "50.00 EUR", "--reference", "B-1")
    archive.meter(agreement, GIB)

    _, told = leaves(archive, "Newcomer")
    assert told["returned"] == [], "what was used comes first"
    assert {one["what"] for one in told["open"]} == {"usage", "prepaid"}

    invoice = billed_and_paid(archive)
    _, told = leaves(archive, "Newcomer")
    left = 5_000 - invoice["gross_minor"]
    assert [one["amount_minor"] for one in told["returned"]] == [left]
    assert [(one["what"], one["amount_minor"]) for one in told["open"]] == [
        ("payout", left)
    ]
    balances = {
        one["account"]: one["balance_minor"]
        for one in archive.tells("fund", "balance")["accounts"]
    }
    assert balances[f"liability:payable:{told['party_id']}"] == -left
    assert f"liability:customer_prepaid:{name}" not in balances
    assert archive.tells("audit")["ok"]


def test_everything_that_is_held_is_exported(archive: Archive, tmp_path: Path) -> None:
    agreement = a_company(archive)
    archive.tells("party", "set", "Mapworks", "email=books@mapworks.example")
    key = archive.tells("key", "issue", "--party", "Mapworks")
    archive.meter(agreement, 3 * GIB)
    archive.meter(agreement, GIB)
    number = billed_and_paid(archive)["number"]
    archive.tells("invoice", "pay", number, "5.40 EUR", "--reference", "b1")
    claim = archive.tells(
        *("contribution", "claim", "--party", "Mapworks", "--kind", "records"),
        *("--title", "Names", "--evidence", "https://archive.example/1"),
        *("--hours", "2"),
    )
    folder = tmp_path / "mapworks"

    said = archive.says("party", "export", "Mapworks")
    assert archive.says("party", "export", "Mapworks", "--folder", folder).status == 0

    told = said.json
    written = json.loads((folder / "party.json").read_text(encoding="utf-8"))
    assert written == told
    assert set(told["books"]) == PARTS
    assert [one["number"] for one in told["books"]["invoices"]] == [number]
    assert [one["amount_minor"] for one in told["books"]["payments"]] == [540]
    assert [one["id"] for one in told["contributions"]] == [claim["claim_id"]]
    assert told["usage"][0]["events"] == 2
    assert told["agreements"][0]["offer"]["document"]
    assert key["key"] not in said.out, "no secret is exported, for none is kept"
    name = agreement["agreement_id"]
    assert (folder / f"papers/{number}.pdf").read_bytes() == archive.says(
        "invoice", "pdf", number
    ).content
    assert (folder / f"papers/{number}.xml").read_bytes() == archive.says(
        "invoice", "xml", number
    ).content
    usage = (folder / f"usage/{name}.jsonl").read_text(encoding="utf-8")
    assert usage == archive.says("usage", "export", "--agreement", name).out
    assert (folder / f"usage/{name}.csv").read_text(encoding="utf-8").count("\n") == 3


def test_what_was_said_and_given_beside_claims_is_exported(archive: Archive) -> None:
    for name, entity in EVERYBODY:
        archive.tells("party", "add", name, "--set", f"entity={entity}")
    harm = ("contribution", "harm", "add", "--party", "Mapworks", "--kind", "load")
    added = archive.says(*harm, "--units", "7", "--evidence", "log", "--by", "Ines")
    give = ("fund", "donate", "9.00 EUR", "--reference", "B1", "--from", "Mapworks")
    assert archive.says(*give).status == added.status == 0, added.err
    appoint = ("steward", "appoint", "whole-site", "Ines")
    assert archive.says(*appoint, "--deputy", "Amina").status == 0

    firm = archive.says("party", "export", "Mapworks").json
    person = archive.says("party", "export", "Ines").json

    assert [one["harm"]["units"] for one in firm["harms"]] == [7]
    assert [one["reference"] for one in firm["books"]["gifts"]] == ["B1"]
    assert [one["collection"] for one in person["offices"]] == ["whole-site"]
    assert person["harms"] == person["books"].get("gifts", []) == firm["offices"] == []


def test_letters_are_given_to_whom_the_address_is_proven(archive: Archive) -> None:
    """And to nobody who only says that it is theirs, nor lost when that one goes."""
    address = "anna@example.org"
    mine = ("--set", "entity=company", "--set", f"email={address}")
    archive.tells("party", "add", "Mapworks", *mine)
    claimed = ("--source", "self-declared")
    archive.tells("party", "add", "Copyworks", *mine, *claimed)
    with opened(read_settings(archive.config)) as house:
        now_us = house.clock.now_us()
        letter = Letter(address, "Your November", "Twelve GiB.")
        parcel = letter_parcel(letter, ids=house.ids, now_us=now_us)
        house.mailroom.outbox.put([parcel])
        StoredAppeals(house.store).keep(
            "apl_1",
            request_id="req_7",
            contact="Anna@example.org",
            text="I am a person.",
            received_us=now_us,
        )

    def written(name: str) -> tuple[bool, int, int, bool]:
        said = archive.says("party", "export", name)
        told = said.json
        is_warned = "nobody proved is theirs" in " ".join(said.err.split())
        return (
            told["address_is_proven"],
            *(len(told[what]) for what in ("sent", "appeals")),
            is_warned,
        )

    assert written("Mapworks") == (True, 1, 1, False)
    assert written("Copyworks") == (False, 0, 0, True)
    archive.tells("party", "erase", "Copyworks")
    (sent,) = archive.says("party", "export", "Mapworks").json["sent"]
    assert sent["state"] == "waiting", "it is not theirs alone to give up"
    archive.tells("party", "add", "Third", *mine, *claimed)
    archive.tells("party", "set", "Third", f"email={address}")
    assert written("Third") == (True, 1, 1, False)


def test_nothing_of_anybody_else_is_exported(archive: Archive) -> None:
    a_company(archive)
    other = a_company(archive, "Otherworks")
    archive.meter(other, 3 * GIB)
    billed_and_paid(archive)
    told = archive.says("party", "export", "Mapworks").out
    assert other["agreement_id"] not in told
    assert other["party_id"] not in told


def test_leaving_without_a_seller_has_nothing_to_settle(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "museum", sells=False)
    agreement = a_company(archive)
    archive.meter(agreement, 3 * GIB)
    said, told = leaves(archive, "Mapworks")
    assert (said.status, told["closed"]) == (0, True)
    with opened(read_settings(archive.config)) as house:
        assert house.fund.balance() == {}
