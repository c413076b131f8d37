"""The command line on books that are in use: from a party to the last cent."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import exporting
from tests.journeys.command_line import Archive, Said, an_archive

GIB = 2**30
PARTY = {"party_id", "name", "owner_id", "attributes", "created_at"}
KEY = {
    *("key_id", "party_id", "fingerprint", "label", "test"),
    *("created_at", "expires_at", "revoked_at"),
}
AGREEMENT = {
    *("agreement_id", "party_id", "tariff", "tariff_version", "currency", "settling"),
    *("uses", "commercial", "collections", "starts_at", "ends_at", "cap_minor"),
    *("terms_sha256", "is_barter"),
}
TARIFF = {
    *("tariff", "version", "currency", "metered", "per", "brackets_over", "brackets"),
    *("minimum", "royalties", "shares", "body_sha256"),
}
CLAIM = {
    *("claim_id", "party_id", "kind", "title", "evidence", "weight_hundredths"),
    *("paid_by", "claimed_at", "state", "action", "done_at", "origin"),
}
INVOICE = {
    *("id", "number", "status", "agreement_id", "buyer", "period", "currency"),
    *("lines", "net_minor", "tax_minor", "gross_minor", "issued_at", "due_at"),
}
SETTLED = {"open_minor", "disputed_minor", "overdue_minor", "paid_state"}
LINE = {
    *("position", "kind", "text", "collection", "tariff", "tariff_version"),
    *("bracket", "quantity", "unit", "price_micros", "base_quantity", "net_minor"),
    *("vat_category", "vat_bp"),
}
AUDIT = {
    *("ok", "events", "rated", "excluded", "unrated", "duplicates"),
    *("intents_open", "intents_orphaned", "usage_conserved", "totals_add_up"),
    *("journal_balanced", "receivable_matches", "invoices_gapless"),
    *("documents_unchanged", "chain_ok", "faults", "rated_not_invoiced"),
    *("intents_match_usage", "tariffs_unchanged", "rated_is_invoiced", "bank_matches"),
    *("wire_matches_usage", "statements_unchanged", "votes_come_out"),
    *("rounds_come_out", "payouts_are_owed", "reversals_match"),
    *("endowment_is_kept", "books_recompute"),
}
USAGE = {"events", "bytes", "billable_requests", "billable_bytes", "repeat_bytes"}


def this_month(archive: Archive) -> str:
    """The month in which the set-up's events occurred, as `--period` takes it."""
    exported = archive.says("usage", "export").out.splitlines()
    month: str = json.loads(exported[0])["occurred_at"][:7]
    return month


def a_company(archive: Archive, name: str = "Mapworks") -> dict[str, Any]:
    """A company that a steward vouches for, and its agreement."""
    words = ("party", "add", name, "--set", "entity=company")
    archive.tells(*words, "--set", "country=FR")
    made: dict[str, Any] = archive.tells("agreement", "accept", "--party", name)
    return made


def an_invoice(archive: Archive) -> dict[str, Any]:
    """One finalised invoice over 3 GiB: 1 free, 2 at 1.50 EUR."""
    archive.meter(a_company(archive), 3 * GIB)
    told = archive.tells("invoice", "run", "--period", this_month(archive))
    invoice: dict[str, Any] = told["invoices"][0]
    return invoice


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return an_archive(tmp_path / "my-archive")


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Books with everything in them; nobody changes them any more."""
    archive = an_archive(tmp_path_factory.mktemp("books") / "my-archive")
    invoice = an_invoice(archive)
    archive.tells("key", "issue", "--party", "Mapworks", "--label", "crawler")
    archive.tells("party", "add", "Amina", "--set", "entity=person")
    archive.tells("party", "add", "Ines", "--set", "entity=person")
    claim = archive.tells(
        *("contribution", "claim", "--party", "Amina", "--kind", "records"),
        *("--title", "Corrected 120 names", "--evidence", "https://archive.example/1"),
        *("--hours", "12"),
    )
    archive.tells("contribution", "review", claim["claim_id"], "accept", "--by", "Ines")
    archive.tells("invoice", "pay", invoice["number"], "3.60 EUR", "--reference", "b1")
    archive.tells("fund", "allocate", "first")
    return archive


LISTS: list[tuple[str, str, set[str], str, set[str]]] = [
    ("party list", "parties", {"parties"}, "parties", PARTY),
    ("party show Mapworks", "party", PARTY, "", set()),
    ("key list", "keys", {"keys"}, "keys", KEY),
    ("key list --party Mapworks", "keys", {"keys"}, "keys", KEY),
    ("agreement list", "agreements", {"agreements"}, "agreements", AGREEMENT),
    (
        "agreement list --party Mapworks",
        "agreements",
        {"agreements"},
        "agreements",
        AGREEMENT,
    ),
    ("tariff list", "tariffs", {"tariffs"}, "tariffs", TARIFF | {"state"}),
    (
        "tariff quote ai-2026 3GiB",
        "tariff-quote",
        {
            *("tariff", "version", "start", "units", "slices"),
            *("charge_micros", "net_minor", "verified_net_minor", "currency"),
            *("minimum", "royalties", "derivation"),
        },
        "slices",
        {"bracket", "units", "price_micros", "per_units"},
    ),
    (
        "tariff income",
        "tariff-income",
        {"collections"},
        "collections",
        {"tariff", "collection", "currency", "charged_minor", "received_minor"},
    ),
    (
        "usage report",
        "usage-report",
        USAGE | {"period", "by"},
        "by",
        USAGE | {"party_id", "agreement_id", "collection", "tariff"},
    ),
    (
        "invoice list",
        "invoices",
        {"invoices"},
        "invoices",
        INVOICE | SETTLED,
    ),
    ("contribution list", "contributions", {"claims"}, "claims", CLAIM),
    ("contribution list --party Amina", "contributions", {"claims"}, "claims", CLAIM),
    (
        "fund balance",
        "fund-balance",
        {"accounts", "balanced"},
        "accounts",
        {"account", "currency", "balance_minor"},
    ),
    (
        "fund waterfall",
        "fund-waterfall",
        {"waterfall"},
        "waterfall",
        {"currency", "received_minor", "pots"},
    ),
    ("audit", "audit", AUDIT, "", set()),
]


@pytest.mark.parametrize(("words", "schema", "keys", "items", "item_keys"), LISTS)
def test_a_script_gets_the_promised_document(
    lived_in: Archive,
    words: str,
    schema: str,
    keys: set[str],
    items: str,
    item_keys: set[str],
) -> None:
    told = lived_in.tells(*words.split())

    assert told["schema"] == f"copyfair/{schema}/1"
    assert set(told) == keys | {"schema"}
    if items:
        assert told[items]
        assert set(told[items][0]) == item_keys


@pytest.mark.parametrize("words", [each[0] for each in LISTS])
def test_people_get_the_same_in_lines_that_a_pipe_can_read(
    lived_in: Archive, words: str
) -> None:
    said = lived_in.says(*words.split())

    assert said.status == 0
    assert said.err == ""
    assert "\x1b" not in said.out
    assert said.out.strip()
    assert not [line for line in said.out.splitlines() if line != line.rstrip()]


# ── parties, keys, agreements ────────────────────────────────────────────────
def test_what_a_steward_enters_is_vouched_and_what_a_party_says_is_claimed(
    archive: Archive,
) -> None:
    vouched = archive.tells("party", "add", "A", "--set", "entity=coop-worker")
    words = ("party", "add", "B", "--set", "entity=coop-worker")
    claimed = archive.tells(*words, "--source", "self-declared")

    assert vouched["attributes"]["entity"] == {
        "value": "coop-worker",
        "level": "vouched",
        "source": "steward",
    }
    assert claimed["attributes"]["entity"]["level"] == "claimed"


def test_one_more_thing_can_be_said(archive: Archive) -> None:
    archive.tells("party", "add", "Mapworks", "--set", "entity=company")

    told = archive.tells("party", "set", "Mapworks", "staff=250", "--by", "Ines")
    said = archive.says("party", "set", "Mapworks", "website=https://map.example")

    assert told["attributes"]["staff"]["value"] == 250
    assert "website" in said.out


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (("add", "X", "--set", "entity"), 2, "ATTRIBUTE=VALUE"),
        (("add", "X", "--set", "entty=company"), 2, "did you mean 'entity'?"),
        (("add", "X", "--set", "entity=compny"), 2, "did you mean 'company'?"),
        (("add", "X", "--set", "staff=many"), 2, "staff"),
        (("add", "X", "--set", "entity=sse", "--source", "moon"), 2, "self-declared"),
        (("add", ""), 2, "1 to 200 letters"),
        (("add", "Mapworks"), 1, "Mapworks"),
        (("show", "Mapwork"), 2, "did you mean 'Mapworks'?"),
        (("export", "Nobody"), 2, "see `copyfair party list`"),
        (("erase", "Nobody"), 2, "see `copyfair party list`"),
        (("set", "Mapworks", "entity"), 2, "ATTRIBUTE=VALUE"),
    ],
)
def test_a_mistake_about_a_party_names_the_remedy(
    lived_in: Archive, words: tuple[str, ...], status: int, complaint: str
) -> None:
    said = lived_in.says("party", *words)

    assert said.status == status
    assert complaint in said.err
    assert said.out == ""


def test_everything_about_a_party_can_be_taken_along(lived_in: Archive) -> None:
    told = lived_in.says("party", "export", "Mapworks").json

    assert set(told) == {
        *("schema", "party_id", "name", "owner_id", "created_at", "erased_at"),
        *("attributes", "history", "keys", "agreements", "usage", "statements"),
        *("contributions", "reviews", "needs", "openness", "notices", "votes"),
        *("harms", "objections", "corrections", "voice", "offices"),
        *("books", "webhooks", "sent", "applications", "appeals", "open_books"),
        "address_is_proven",
    }
    assert [one["attribute"] for one in told["history"]] == ["entity", "country"]
    assert "cg_live_" in told["keys"][0]["fingerprint"]


def test_an_erased_party_keeps_its_id_and_loses_its_keys(archive: Archive) -> None:
    words = ("party", "add", "Amina", "--set", "entity=person")
    archive.tells(*words, "--set", "email=amina@example.org")
    archive.tells("key", "issue", "--party", "Amina")

    told = archive.tells("party", "erase", "Amina")
    known = archive.tells("party", "list")["parties"]

    assert set(told) == {
        *("schema", "party_id", "kept_name", "values_erased", "keys_revoked"),
    }
    assert (told["kept_name"], told["keys_revoked"]) == (False, 1)
    assert [one["party_id"] for one in known] == [told["party_id"]]
    assert "Amina" not in json.dumps(known)
    assert "amina@" not in archive.says("party", "export", told["party_id"]).out


def test_people_are_told_what_came_of_an_erasure(archive: Archive) -> None:
    archive.tells("party", "add", "Amina", "--set", "entity=person")

    said = archive.says("party", "erase", "Amina")

    assert said.status == 0
    assert ["kept_name", "no"] in [line.split() for line in said.out.splitlines()]


def test_a_key_is_shown_once_and_never_again(archive: Archive) -> None:
    archive.tells("party", "add", "Mapworks")

    told = archive.tells("key", "issue", "--party", "Mapworks")
    listed = archive.says("key", "list")

    assert set(told) == KEY | {"schema", "key"}
    assert told["key"].startswith("cg_live_")
    assert told["key"] not in listed.out
    assert told["key"][-4:] in listed.out


def test_create_makes_everything_a_trial_needs(archive: Archive) -> None:
    told = archive.tells("key", "issue", "--party", "Mapworks", "--create")
    again = archive.says("key", "issue", "--party", "Mapworks", "--create")

    assert told["key"].startswith("cg_test_")
    assert told["test"] is True
    assert again.out.startswith("cg_test_")
    assert "shown this once" in again.out
    agreements = archive.tells("agreement", "list")["agreements"]
    assert [one["settling"] for one in agreements] == ["test"]
    party = archive.tells("party", "show", "Mapworks")
    assert party["attributes"]["entity"]["level"] == "vouched"


def test_a_rotated_key_holds_for_the_overlap(archive: Archive) -> None:
    archive.tells("party", "add", "Mapworks")
    old = archive.tells("key", "issue", "--party", "Mapworks", "--label", "crawler")

    new = archive.tells("key", "rotate", old["key_id"], "--overlap-hours", "24")

    assert new["label"] == "crawler"
    keys = {one["key_id"]: one for one in archive.tells("key", "list")["keys"]}
    assert keys[old["key_id"]]["expires_at"] is not None
    assert keys[new["key_id"]]["expires_at"] is None
    states = archive.says("key", "list").out
    assert "until " in states
    assert "in use" in states


def test_a_revoked_key_stays_on_record(archive: Archive) -> None:
    archive.tells("party", "add", "Mapworks")
    key = archive.tells("key", "issue", "--party", "Mapworks")

    told = archive.tells("key", "revoke", key["key_id"])
    again = archive.says("key", "revoke", key["key_id"])

    assert set(told) == KEY | {"schema"}
    assert told["revoked_at"] is not None
    assert again.out == f"revoked {key['key_id']}\n"
    assert "revoked 2" in archive.says("key", "list").out


@pytest.mark.parametrize(
    "words",
    [
        ("issue", "--party", "Nobody"),
        ("list", "--party", "Nobody"),
        ("rotate", "key_nobody"),
        ("revoke", "key_nobody"),
    ],
)
def test_a_mistake_about_a_key_names_the_remedy(
    lived_in: Archive, words: tuple[str, ...]
) -> None:
    said = lived_in.says("key", *words)

    assert said.status == 2
    assert "see `copyfair" in said.err


def test_a_licence_token_shows_the_party_of_its_key(archive: Archive) -> None:
    archive.tells("party", "add", "Translation Coop", "--set", "entity=sse")
    key = archive.tells("key", "issue", "--party", "Translation Coop")

    told = archive.tells("key", "token", key["key_id"], "--hours", "1")
    said = archive.says("key", "token", key["key_id"])
    page = "https://archive.example/registers/1742"
    answer = archive.tells("explain", "--url", page, "--token", told["token"])
    archive.tells("key", "revoke", key["key_id"])
    ended = archive.says("explain", "--url", page, "--token", told["token"])

    assert set(told) == {"schema", "token", "key_id", "hours"}
    assert said.out.count("\n") == 1
    assert said.out.count(".") == 2
    assert answer["rule"] == "social-economy"
    assert ended.status == 1
    assert ended.out.startswith("identify ")


def test_a_retired_signing_key_takes_its_tokens_along(archive: Archive) -> None:
    archive.tells("party", "add", "Mapworks")
    key = archive.tells("key", "issue", "--party", "Mapworks")
    token = archive.tells("key", "token", key["key_id"])["token"]
    page = ("explain", "--url", "https://archive.example/", "--token", token)

    old = archive.tells("key", "ring", "list")
    new = archive.tells("key", "ring", "rotate")
    listed = archive.says("key", "ring", "list")
    held = archive.says(*page)
    left = archive.tells("key", "ring", "retire", old["signs"])
    refused = archive.says(*page)

    assert set(old) == {"schema", "signs", "jwks"}
    assert new["signs"] != old["signs"]
    assert [line.split() for line in listed.out.splitlines()[1:]] == [
        [new["signs"], "signs"],
        [old["signs"], "verifies"],
    ]
    assert held.status == 0
    assert [one["kid"] for one in left["jwks"]["keys"]] == [new["signs"]]
    assert refused.out.startswith("identify ")


def test_the_key_that_signs_is_not_retired(archive: Archive) -> None:
    signs = archive.tells("key", "ring", "list")["signs"]

    said = archive.says("key", "ring", "retire", signs)
    unknown = archive.says("key", "ring", "retire", "nobody")

    assert said.status == 1
    assert "make another key before you retire it" in said.err
    assert unknown.status == 2
    assert archive.tells("key", "ring", "list")["signs"] == signs


def test_the_offer_is_what_a_402_says(archive: Archive) -> None:
    told = archive.tells("agreement", "offer")
    said = archive.says("agreement", "offer")

    assert told["schema"] == "copyfair/offer/1"
    assert told["tariff"]["id"] == "ai-2026"
    assert said.out.startswith(f"{told['id']}  collection whole-site\n")
    assert "1.50 EUR" in said.out


def test_an_offer_that_is_not_open_says_whom_to_ask(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "my-archive")
    archive.rewrite("licence_mode: invoice", "licence_mode: label")

    told = archive.tells("agreement", "offer")
    said = archive.says("agreement", "offer")

    assert told["accept"] is None
    assert said.out.endswith("not open to be accepted; ask licences@archive.example\n")


def test_who_is_not_verified_pays_ahead(archive: Archive) -> None:
    words = ("party", "add", "Start-up", "--set", "entity=company")
    archive.tells(*words, "--source", "self-declared")

    made = archive.tells("agreement", "accept", "--party", "Start-up")
    top_up = ("agreement", "top-up", made["agreement_id"], "50.00 EUR")
    told = archive.tells(*top_up, "--reference", "4711")
    again = archive.says(*top_up, "--reference", "4711")

    assert set(made) == AGREEMENT | {"schema"}
    assert made["settling"] == "prepaid"
    assert set(told) == {"schema", "agreement_id", "balance_minor", "currency"}
    assert told["balance_minor"] == 5_000
    assert again.out == "prepaid balance 50.00 EUR\n"


def test_who_is_vouched_for_later_is_invoiced_from_then_on(archive: Archive) -> None:
    words = ("party", "add", "Start-up", "--set", "entity=company")
    archive.tells(*words, "--source", "self-declared")
    made = archive.tells("agreement", "accept", "--party", "Start-up")

    early = archive.tells("agreement", "renew", made["agreement_id"])
    archive.tells("party", "set", "Start-up", "entity=company", "--by", "Ines")
    renewed = archive.tells("agreement", "renew", made["agreement_id"])
    ended = archive.says("agreement", "renew", made["agreement_id"])

    assert early == made
    assert renewed["settling"] == "invoiced"
    assert ended.status == 1
    assert "accept the offer again" in ended.err


def test_accepting_twice_is_accepting_once(archive: Archive) -> None:
    made = a_company(archive)

    again = archive.tells("agreement", "accept", "--party", "Mapworks")

    assert again == made


def test_an_agreement_ends_once(archive: Archive) -> None:
    made = a_company(archive)

    ended = archive.tells("agreement", "end", made["agreement_id"])
    again = archive.says("agreement", "end", made["agreement_id"])

    assert ended["ends_at"] is not None
    assert again.status == 1
    assert "an agreement ends once" in again.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("offer", "--collection", "whole-sit"), 'did you mean "whole-site"?'),
        (("accept", "--party", "Nobody"), "see `copyfair party list`"),
        (("end", "agr_nobody"), "there is no agreement agr_nobody"),
        (("top-up", "agr_x", "1 EUR", "--reference", "r"), "there is no agreement"),
        (("top-up", "agr_x", "one euro", "--reference", "r"), "like 12.34 EUR"),
    ],
)
def test_a_mistake_about_an_agreement_names_the_place(
    lived_in: Archive, words: tuple[str, ...], complaint: str
) -> None:
    said = lived_in.says("agreement", *words)

    assert said.status == 2
    assert complaint in said.err


def test_an_agreement_is_shown_to_people_in_words(archive: Archive) -> None:
    archive.tells("party", "add", "Mapworks", "--set", "entity=company")

    said = archive.says("agreement", "accept", "--party", "Mapworks", "--test")

    lines = dict(line.split(maxsplit=1) for line in said.out.splitlines())
    assert lines["settling"] == "test"
    assert lines["collections"] == "whole-site"
    assert lines["ends_at"] == "–"


# ── tariffs, usage ───────────────────────────────────────────────────────────
def test_a_published_version_is_fixed(archive: Archive) -> None:
    first = archive.tells("tariff", "publish", "ai-2026")
    again = archive.says("tariff", "publish", "ai-2026")
    file = "policies/tariffs/ai-2026.yaml"
    archive.rewrite("price: 1.50", "price: 1.60", file=file)
    changed = archive.says("tariff", "publish", "ai-2026")
    archive.rewrite("version: 1", "version: 2", file=file)
    listed = archive.tells("tariff", "list")["tariffs"]

    said = {"schema", "new", "warning", "derivation", "unratified"}
    assert set(first) == TARIFF | said
    assert first["new"] is True
    assert "published already" in again.out
    assert changed.status == 1
    assert "ai-2026" in changed.err
    assert [(one["version"], one["state"]) for one in listed] == [
        (1, "published"),
        (2, "in the policies"),
    ]


@pytest.mark.parametrize(
    ("words", "net_minor"),
    [
        (("1 GiB",), 0),
        (("3 GiB",), 300),
        (("3 GiB", "--unverified"), 1_800),
        (("1 GiB", "--from", "100 GiB"), 300),
        (("2 GiB", "--from", "99 GiB"), 450),
        (("0",), 0),
    ],
)
def test_a_quote_is_exact(
    archive: Archive, words: tuple[str, ...], net_minor: int
) -> None:
    told = archive.tells("tariff", "quote", "ai-2026", *words)
    said = archive.says("tariff", "quote", "ai-2026", *words)

    assert told["net_minor"] == net_minor
    assert f"\nnet {net_minor // 100}.{net_minor % 100:02d} EUR\n" in said.out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("quote", "ai-2062", "1 GiB"), "no tariff 'ai-2062' in the policies"),
        (("quote", "ai-2026", "a lot"), "like 300 MiB"),
        (("publish", "ai-2062"), "known: ai-2026"),
    ],
)
def test_a_mistake_about_a_tariff_names_the_remedy(
    archive: Archive, words: tuple[str, ...], complaint: str
) -> None:
    said = archive.says("tariff", *words)

    assert said.status == 2
    assert complaint in said.err


def test_usage_is_reported_for_a_period_and_an_agreement(lived_in: Archive) -> None:
    month = this_month(lived_in)
    agreement = lived_in.tells("agreement", "list")["agreements"][0]["agreement_id"]

    whole = lived_in.tells("usage", "report")
    now = lived_in.tells("usage", "report", "--period", month)
    before = lived_in.tells("usage", "report", "--period", "2020-01")
    other = lived_in.tells("usage", "report", "--agreement", "agr_other")
    own = lived_in.tells("usage", "report", "--agreement", agreement)

    assert (whole["events"], whole["bytes"]) == (1, 3 * GIB)
    assert (now["events"], before["events"]) == (1, 0)
    assert (own["events"], other["events"]) == (1, 0)
    assert "3.0 GiB" in lived_in.says("usage", "report").out
    assert lived_in.says("usage", "report", "--period", "soon").status == 2


def test_usage_can_be_taken_along_event_by_event(lived_in: Archive) -> None:
    lines = lived_in.says("usage", "export").out.splitlines()
    table = lived_in.says("usage", "export", "--format", "csv").out

    (event,) = [json.loads(line) for line in lines]
    (row,) = csv.DictReader(io.StringIO(table))
    assert event["body_bytes"] == int(row["body_bytes"]) == 3 * GIB
    assert event["id"] == row["id"]
    assert "ip" not in " ".join(event)


def test_an_export_as_one_document_or_as_columns_says_the_same(
    lived_in: Archive, tmp_path: Path
) -> None:
    (line,) = lived_in.says("usage", "export").out.splitlines()
    document = json.loads(lived_in.says("usage", "export", "--format", "json").out)
    words = ("usage", "export", "--format", "parquet")
    piped = lived_in.says(*words).content
    said = lived_in.says(*words, "--out", tmp_path / "usage.parquet")

    assert document["events"] == [json.loads(line)]
    assert piped == (tmp_path / "usage.parquet").read_bytes()
    assert piped.startswith(b"PAR1")
    assert (said.status, said.out) == (0, "")
    assert [one.name for one in tmp_path.iterdir()] == ["usage.parquet"]


def test_without_its_extra_parquet_says_what_to_install_and_leaves_no_file(
    lived_in: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(exporting, "import_module", missing)
    out = tmp_path / "usage.parquet"

    said = lived_in.says("usage", "export", "--format", "parquet", "--out", out)

    assert said.status == 2
    assert "pip install 'copyfair-gateway[parquet]'" in said.err
    assert not list(tmp_path.iterdir())


# ── invoices ─────────────────────────────────────────────────────────────────
def test_a_run_makes_an_invoice_whose_lines_add_up(archive: Archive) -> None:
    archive.meter(a_company(archive), 3 * GIB)

    told = archive.tells("invoice", "run", "--period", this_month(archive))

    assert set(told) == {
        *("schema", "period", "rated", "excluded", "unratable", "invoices"),
        *("held", "carried", "undeclared"),
    }
    (invoice,) = told["invoices"]
    assert set(invoice) == INVOICE
    assert set(invoice["lines"][0]) == LINE
    assert [line["net_minor"] for line in invoice["lines"]] == [0, 300]
    assert (invoice["net_minor"], invoice["tax_minor"]) == (300, 60)
    assert invoice["gross_minor"] == 360
    assert invoice["number"].startswith("INV-")


def test_a_second_run_changes_nothing(archive: Archive) -> None:
    first = an_invoice(archive)

    again = archive.tells("invoice", "run", "--period", this_month(archive))
    said = archive.says("invoice", "run", "--period", this_month(archive))

    assert again["rated"] == 0
    assert again["invoices"] == [first]
    assert "0 events rated" in said.out
    assert first["number"] in said.out


def test_test_usage_is_counted_and_billed_nothing(archive: Archive) -> None:
    archive.tells("key", "issue", "--party", "Mapworks", "--create")
    (agreement,) = archive.tells("agreement", "list")["agreements"]
    archive.meter(agreement, 3 * GIB)

    told = archive.tells("invoice", "run", "--period", this_month(archive))

    assert told["invoices"] == []
    assert sum(told["excluded"].values()) == 1


def test_without_a_seller_usage_is_rated_and_nothing_is_invoiced(
    tmp_path: Path,
) -> None:
    archive = an_archive(tmp_path / "my-archive", sells=False)
    archive.meter(a_company(archive), 3 * GIB)

    told = archive.tells("invoice", "run", "--period", this_month(archive))

    assert (told["rated"], told["invoices"]) == (1, [])
    assert archive.tells("audit")["ok"] is True


def test_drafts_wait_for_a_steward(archive: Archive) -> None:
    archive.meter(a_company(archive, "A"), 3 * GIB)
    archive.meter(a_company(archive, "B"), 3 * GIB)
    words = ("invoice", "run", "--period", this_month(archive), "--drafts-only")

    drafts = archive.tells(*words)["invoices"]
    shown = archive.tells("invoice", "show", drafts[0]["id"])
    made = archive.tells("invoice", "finalise", drafts[0]["id"])
    void = archive.says("invoice", "void", drafts[1]["id"])
    again = archive.says("invoice", "finalise", drafts[0]["id"])
    listed = archive.says("invoice", "list")

    assert [one["status"] for one in drafts] == ["draft", "draft"]
    assert [one["number"] for one in drafts] == ["", ""]
    assert shown["paid_state"] is None
    assert set(made) == INVOICE | SETTLED | {"schema"}
    assert (made["status"], made["open_minor"]) == ("finalised", 360)
    assert (void.status, again.status) == (0, 1)
    assert drafts[1]["id"] in void.out
    assert "void" in listed.out


def test_an_invoice_is_shown_line_by_line(lived_in: Archive) -> None:
    (number,) = [one["number"] for one in lived_in.tells("invoice", "list")["invoices"]]

    told = lived_in.tells("invoice", "show", number)
    said = lived_in.says("invoice", "show", number)

    assert set(told) == INVOICE | SETTLED | {"schema"}
    assert (told["open_minor"], told["paid_state"]) == (0, "paid")
    assert said.out.startswith(f"{number}  Mapworks\n")
    assert "net 3.00 EUR  VAT 0.60 EUR  gross 3.60 EUR\n" in said.out
    assert said.out.endswith("paid; open 0.00 EUR\n")


def test_a_line_leads_back_to_its_events(lived_in: Archive) -> None:
    (number,) = [one["number"] for one in lived_in.tells("invoice", "list")["invoices"]]

    traced = lived_in.says("invoice", "trace", number, "--line", "2")
    missing = lived_in.says("invoice", "trace", number, "--line", "9")

    events = [json.loads(line) for line in traced.out.splitlines()]
    assert sum(event["units"] for event in events) == 3 * GIB
    assert {event["excluded"] for event in events} == {None}
    assert f"{3 * GIB} units behind {3 * GIB} on the lines" in traced.err
    assert "has no line 9" in missing.err
    assert missing.status


def test_income_is_divided_over_collections_to_the_cent(lived_in: Archive) -> None:
    (told,) = lived_in.tells("tariff", "income")["collections"]

    assert (told["charged_minor"], told["received_minor"]) == (300, 300)


def test_nothing_is_declared_where_no_turnover_is_asked_for(
    lived_in: Archive,
) -> None:
    agreement = lived_in.tells("agreement", "list")["agreements"][0]["agreement_id"]

    listed = lived_in.tells("agreement", "declarations")
    refused = lived_in.says(
        *("agreement", "declare", agreement, "12.00 EUR", "--for", "2025"),
        *("--evidence", "letter", "--on", "2026-01-02", "--by", "A."),
    )

    assert (listed["declarations"], listed["undeclared"]) == ([], [])
    assert "asks for no turnover" in refused.err
    assert refused.status


def test_who_charges_no_vat_says_why(archive: Archive) -> None:
    archive.rewrite("  vat: 20 %\n", "  vat_exemption: Art. 293 B du CGI\n")

    invoice = an_invoice(archive)
    said = archive.says("invoice", "show", invoice["number"])

    assert (invoice["tax_minor"], invoice["gross_minor"]) == (0, 300)
    assert "Art. 293 B du CGI" in said.out


def test_a_payment_counts_once(archive: Archive) -> None:
    number = an_invoice(archive)["number"]
    words = ("invoice", "pay", number, "3.60 EUR", "--reference", "4711")

    told = archive.tells(*words)
    again = archive.says(*words)

    assert set(told) == {
        *("schema", "payment_id", "new", "amount_minor", "currency", "open_minor"),
    }
    assert (told["new"], told["open_minor"]) == (True, 0)
    assert "was recorded before; open 0.00 EUR" in again.out


def test_a_part_of_an_invoice_can_be_paid(archive: Archive) -> None:
    number = an_invoice(archive)["number"]

    said = archive.says("invoice", "pay", number, "1.00 EUR", "--reference", "a")

    assert said.status == 0
    assert "recorded; open 2.60 EUR" in said.out
    assert "2.60 EUR" in archive.says("invoice", "list").out


def test_a_credit_note_takes_back_what_is_left(archive: Archive) -> None:
    first = an_invoice(archive)
    words = ("invoice", "credit", first["number"], "--reason", "Served twice.")

    told = archive.tells(*words)
    again = archive.says(*words)

    assert set(told) == {"schema", "number", "gross_minor", "new", "invoice_id"}
    assert told["number"].startswith("CN-")
    assert told["gross_minor"] == 360
    assert again.status == 1
    shown = archive.tells("invoice", "show", first["number"])
    assert shown["open_minor"] == 0
    assert archive.tells("audit")["ok"] is True


def test_people_read_the_number_of_a_credit_note(archive: Archive) -> None:
    number = an_invoice(archive)["number"]

    said = archive.says("invoice", "credit", number, "--reason", "Served twice.")

    assert said.out.startswith("credit note CN-")


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (("run", "--period", "november"), 2, "write a month (2026-11)"),
        (("run",), 2, "Missing option '--period'"),
        (("show", "INV-1999-0001"), 2, "see `copyfair invoice list`"),
        (("void", "{number}"), 1, "finalised"),
        (("pay", "{number}", "1.00 EUR", "--reference", "x"), 2, "more than"),
        (("pay", "{number}", "1.00 USD", "--reference", "x"), 2, "is in EUR"),
        (("pay", "{number}", "1.00 EUR", "--reference", "b1"), 1, "recorded with"),
        (("pay", "{number}", "a euro", "--reference", "x"), 2, "like 12.34 EUR"),
        (("credit", "INV-1999-0001", "--reason", "x"), 2, "invoice list"),
    ],
)
def test_a_mistake_about_an_invoice_names_the_remedy(
    lived_in: Archive, words: tuple[str, ...], status: int, complaint: str
) -> None:
    (number,) = [one["number"] for one in lived_in.tells("invoice", "list")["invoices"]]

    said = lived_in.says("invoice", *(word.format(number=number) for word in words))

    assert said.status == status
    assert complaint in said.err


# ── contributions, fund, audit ───────────────────────────────────────────────
def a_claim(archive: Archive, hours: str = "3.5") -> Said:
    return archive.says(
        *("contribution", "claim", "--party", "Amina", "--kind", "care"),
        *("--title", "Looked after newcomers", "--evidence", "https://log.example/7"),
        *("--hours", hours),
    )


def test_a_claim_is_recognised_at_once_and_vests_by_review(archive: Archive) -> None:
    for name in ("Amina", "Ines"):
        archive.tells("party", "add", name, "--set", "entity=person")

    said = a_claim(archive)
    claim_id = said.out.split()[0]
    reviewed = archive.tells("contribution", "review", claim_id, "accept", "--by=Ines")
    reversed_ = archive.says(
        *("contribution", "review", claim_id, "reverse", "--by", "Ines"),
        *("--reason", "Logged twice."),
    )

    assert said.out.endswith("3.50 h, recognised\n")
    assert set(reviewed) == CLAIM | {"schema", "stays"}
    assert (reviewed["state"], reviewed["weight_hundredths"]) == ("vested", 350)
    assert reversed_.out.endswith("reversed\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("review", "{claim}", "accept", "--by", "Amina"), "nobody reviews their own"),
        (("review", "{claim}", "reverse", "--by", "Ines"), "a reversal says why"),
        (("review", "{claim}", "perhaps", "--by", "Ines"), "'perhaps' is not one of"),
        (("review", "ctb_x", "accept", "--by", "Ines"), "contribution list"),
        (("list", "--party", "Nobody"), "see `copyfair party list`"),
    ],
)
def test_a_mistake_about_a_contribution_names_the_remedy(
    lived_in: Archive, words: tuple[str, ...], complaint: str
) -> None:
    claim = lived_in.tells("contribution", "list")["claims"][0]["claim_id"]

    said = lived_in.says("contribution", *(word.format(claim=claim) for word in words))

    assert said.status == 2
    assert complaint in said.err


@pytest.mark.parametrize("hours", ["0", "lots", "1.255", "2000"])
def test_hours_that_cannot_be_are_refused(archive: Archive, hours: str) -> None:
    archive.tells("party", "add", "Amina")

    assert a_claim(archive, hours).status == 2


def test_the_fund_holds_what_was_paid_and_gives_it_to_unpaid_work(
    lived_in: Archive,
) -> None:
    balance = lived_in.tells("fund", "balance")
    (figures,) = lived_in.tells("fund", "waterfall")["waterfall"]
    amina = lived_in.tells("party", "show", "Amina")["party_id"]
    again = lived_in.tells("fund", "allocate", "first")

    assert balance["balanced"] is True
    assert sum(one["balance_minor"] for one in balance["accounts"]) == 0
    assert figures["received_minor"] == sum(figures["pots"].values()) == 300
    assert figures["pots"]["liability:operator_fee"] == 15
    assert figures["pots"]["equity:reserve"] == 30
    # Nobody paid for any of the accepted work, so all that remains is for it.
    assert figures["pots"]["equity:labour_reserve"] == 255
    (allocation,) = again["allocations"]
    assert set(again) == {"schema", "run", "allocations"}
    assert set(allocation) == {
        *("source", "amount_minor", "currency", "weights", "shares"),
    }
    assert allocation["shares"] == {amina: 255}
    assert "Amina" in lived_in.says("fund", "allocate", "first").out


def test_a_statement_lists_entries_that_balance(lived_in: Archive) -> None:
    month = this_month(lived_in)

    told = lived_in.tells("fund", "statement", "--period", month)
    said = lived_in.says("fund", "statement", "--period", month)

    assert set(told) == {"schema", "period", "entries"}
    for entry in told["entries"]:
        assert set(entry) == {
            *("entry_id", "kind", "ref", "at", "currency", "postings"),
        }
        assert sum(part["amount_minor"] for part in entry["postings"]) == 0
    kinds = [entry["kind"] for entry in told["entries"]]
    assert kinds == ["invoice", "payment", "waterfall", "allocation"]
    assert "asset:bank" in said.out
    assert "3.60 EUR" in said.out


def test_a_fund_without_income_sleeps(archive: Archive) -> None:
    assert archive.says("fund", "balance").out == "none\n"
    assert "nothing has run" in archive.says("fund", "waterfall").out
    assert "nothing to divide" in archive.says("fund", "allocate", "2026-11").out
    assert archive.tells("fund", "waterfall", "--period", "2026-11")["waterfall"] == []
    assert archive.tells("fund", "allocate", "2026-11")["allocations"] == []
    assert archive.tells("fund", "balance") == {
        "schema": "copyfair/fund-balance/1",
        "accounts": [],
        "balanced": True,
    }


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("allocate", "second", "--amount", "5.00 USD"), "--amount is in USD"),
        (("allocate", "second", "--amount", "5.00 EUR"), "holds 0.00 EUR"),
        (("allocate", "second", "--currency", "XXX"), "unknown currency 'XXX'"),
        (("statement", "--period", "2026-13"), "write a month"),
        (("statement",), "Missing option '--period'"),
    ],
)
def test_a_mistake_about_the_fund_names_the_remedy(
    lived_in: Archive, words: tuple[str, ...], complaint: str
) -> None:
    said = lived_in.says("fund", *words)

    assert said.status == 2
    assert complaint in said.err


def test_an_allocation_is_made_once(lived_in: Archive) -> None:
    said = lived_in.says("fund", "allocate", "first", "--amount", "1.00 EUR")

    assert said.status == 1
    assert "allocation first was made" in said.err


def test_books_that_hold_are_ok(lived_in: Archive) -> None:
    said = lived_in.says("audit")

    assert said.status == 0
    assert said.out.endswith("audit: ok\n")
    assert said.out.count(" holds\n") == 19


def test_books_that_somebody_changed_are_not_ok(archive: Archive) -> None:
    an_invoice(archive)
    store = archive.folder / "copyfair.db"
    store.write_bytes(store.read_bytes().replace(b"Mapworks", b"Mapwerks"))

    said = archive.says("audit")
    told = archive.says("audit", "--json")

    assert (said.status, told.status) == (1, 1)
    assert said.out.endswith("audit: NOT ok\n")
    assert told.json["ok"] is False
    assert told.json["documents_unchanged"] is False
    assert "INV-" in told.json["faults"][0]


def test_a_set_up_elsewhere_has_books_of_its_own(
    lived_in: Archive, tmp_path: Path
) -> None:
    other = an_archive(tmp_path / "other")

    assert lived_in.tells("party", "list")["parties"]
    assert other.tells("party", "list")["parties"] == []
