"""copyfair demo: the whole story once, and a set-up that goes on working after it."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.settings import read_settings
from tests.journeys.command_line import ROOT, Archive, copyfair
from tests.journeys.running import COPYFAIR, ENVIRONMENT

pytestmark = pytest.mark.timeout(300)

STORY_WITHIN_S = 240
REQUEST = {"who", "method", "path", "status", "decision", "rule", "reason", "bytes"}
VERDICTS = (
    *("usage_conserved", "totals_add_up", "journal_balanced", "receivable_matches"),
    *("invoices_gapless", "documents_unchanged", "chain_ok"),
)
MONEY_PAGE = ROOT / "docs" / "explanation" / "money.md"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """The folder that the story leaves behind; filled by `document`."""
    return Archive(tmp_path_factory.mktemp("demo") / "kept")


@pytest.fixture(scope="module")
def told(kept: Archive) -> subprocess.CompletedProcess[str]:
    """The story, as the installed command tells it to a script."""
    return subprocess.run(
        [COPYFAIR, "demo", "--once", "--json", "--keep", str(kept.folder)],
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
        text=True,
        timeout=STORY_WITHIN_S,
    )


@pytest.fixture(scope="module")
def document(told: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert told.returncode == 0, told.stderr
    read: dict[str, Any] = json.loads(told.stdout)
    return read


@pytest.fixture
def after(kept: Archive, document: dict[str, Any]) -> Archive:
    """The set-up, once the story is over."""
    assert document
    return kept


def asked_by(document: dict[str, Any], who: str) -> list[dict[str, Any]]:
    return [one for one in document["requests"] if one["who"] == who]


def answers(requests: Sequence[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(one["status"], one["decision"]) for one in requests]


# ── the document ─────────────────────────────────────────────────────────────
def test_a_script_gets_one_document_and_no_chatter(
    told: subprocess.CompletedProcess[str], document: dict[str, Any]
) -> None:
    assert told.stderr == ""
    assert set(document) == {
        *("schema", "requests", "usage", "invoice", "fund", "audit"),
    }
    assert document["schema"] == "copyfair/demo/1"
    assert all(set(one) == REQUEST for one in document["requests"])
    assert {"events", "bytes"} <= set(document["usage"])
    assert {"number", "lines", "net_minor", "gross_minor", "currency"} <= set(
        document["invoice"]
    )
    assert {"income_minor", "postings_balanced", "allocated"} <= set(document["fund"])


def test_every_answer_names_its_rule_and_reason(document: dict[str, Any]) -> None:
    assert all(one["rule"] and one["reason"] for one in document["requests"])


@pytest.mark.parametrize("who", ["a reader", "a feed reader", "a search bot"])
def test_who_reads_gets_the_page(document: dict[str, Any], who: str) -> None:
    (one,) = asked_by(document, who)

    assert (one["status"], one["decision"]) == (200, "allow")
    assert one["bytes"] > 0


def test_the_crawler_without_a_licence_reads_the_terms_and_gets_an_offer(
    document: dict[str, Any],
) -> None:
    robots, page = asked_by(document, "an AI crawler")

    assert (robots["path"], robots["status"]) == ("/robots.txt", 200)
    assert (page["status"], page["decision"]) == (402, "offer")
    assert page["rule"] == "commercial-without-agreement"


def test_the_cooperative_is_allowed_what_the_crawler_was_not(
    document: dict[str, Any],
) -> None:
    (one,) = asked_by(document, "a cooperative")

    assert one["path"] == asked_by(document, "an AI crawler")[1]["path"]
    assert (one["status"], one["decision"]) == (200, "allow")
    assert one["rule"] == "worker-cooperatives"


def test_the_start_up_follows_its_offer_and_meets_its_cap(
    document: dict[str, Any],
) -> None:
    met = answers(asked_by(document, "a start-up"))

    assert met[:3] == [(402, "offer"), (200, "allow"), (201, "allow")]
    metered = met.index((200, "meter"))
    assert met[metered:].count((200, "meter")) >= 2
    assert met[-1] == (429, "throttle")
    assert set(met[metered:-1]) == {(200, "meter")}


def test_the_ledger_counts_what_the_clients_received(document: dict[str, Any]) -> None:
    metered = [one for one in document["requests"] if one["decision"] == "meter"]
    usage = document["usage"]

    assert usage["events"] == len(metered) == document["audit"]["events"]
    assert usage["bytes"] == sum(one["bytes"] for one in metered)


def test_the_invoice_is_the_sum_of_its_lines_and_of_the_company_s_bytes(
    document: dict[str, Any],
) -> None:
    invoice = document["invoice"]
    company = asked_by(document, "a company")

    assert sum(one["net_minor"] for one in invoice["lines"]) == invoice["net_minor"]
    assert invoice["gross_minor"] == invoice["net_minor"] + invoice["tax_minor"]
    assert sum(one["quantity"] for one in invoice["lines"]) == sum(
        one["bytes"] for one in company
    )
    assert re.fullmatch(r"INV-\d{4}-\d{4}", invoice["number"])


def test_the_price_of_each_bracket_can_be_reckoned_by_hand(
    document: dict[str, Any],
) -> None:
    """0.00, 2.00 and 4.00 EUR a mebibyte, up to 100 KiB, 1 MiB and beyond."""
    taken = sum(line["quantity"] for line in document["invoice"]["lines"])
    first, second = 100 * 2**10, 2**20
    parts = [min(taken, first), min(taken, second) - first, taken - second]
    cents = [0, 200, 400]

    assert [line["quantity"] for line in document["invoice"]["lines"]] == parts
    assert [line["net_minor"] for line in document["invoice"]["lines"]] == [
        (2 * part * price + 2**20) // (2 * 2**20)
        for part, price in zip(parts, cents, strict=True)
    ]


def test_the_fund_is_given_away_to_the_last_cent(document: dict[str, Any]) -> None:
    fund = document["fund"]
    pots = fund["waterfall"]

    assert fund["postings_balanced"] is True
    assert (
        sum(pots.values()) == fund["income_minor"] >= document["invoice"]["net_minor"]
    )
    assert pots["liability:operator_fee"] * 10 <= fund["income_minor"]
    assert sum(fund["allocated"].values()) == pots["equity:labour_reserve"]
    # Twelve accepted hours against six: the odd cent is Amina's at most.
    amina, jonas = fund["allocated"]["Amina"], fund["allocated"]["Jonas"]
    assert abs(amina - 2 * jonas) <= 2


def test_the_page_about_money_tells_this_story(document: dict[str, Any]) -> None:
    page = MONEY_PAGE.read_text(encoding="utf-8")
    invoice, fund = document["invoice"], document["fund"]
    bytes_told = [one["bytes"] for one in asked_by(document, "a company")]
    bytes_told += [line["quantity"] for line in invoice["lines"]]
    cents_told = [invoice["net_minor"], invoice["tax_minor"], invoice["gross_minor"]]
    cents_told += [line["net_minor"] for line in invoice["lines"]]
    cents_told += [fund["income_minor"], *fund["waterfall"].values()]
    cents_told += fund["allocated"].values()

    missing = [figure for figure in bytes_told if str(figure) not in page]
    amounts = {f"{cents // 100}.{cents % 100:02d}" for cents in cents_told}
    assert missing == []
    assert {amount for amount in amounts if amount not in page} == set()


def test_the_audit_has_nothing_to_say(document: dict[str, Any]) -> None:
    audit = document["audit"]

    assert audit["ok"] is True
    assert all(audit[name] for name in VERDICTS)
    assert audit["rated"] == audit["events"]
    assert (audit["duplicates"], audit["intents_orphaned"]) == (0, 0)


# ── what is kept ─────────────────────────────────────────────────────────────
def test_nothing_listens_any_more(after: Archive) -> None:
    settings = read_settings(after.config)
    archive = urlsplit(settings.upstreams["archive"])
    places = [(one.host, one.port) for one in (settings.listen, settings.admin_listen)]

    for host, port in [*places, (str(archive.hostname), archive.port or 80)]:
        with socket.socket() as probe:
            assert probe.connect_ex((host, port)) != 0, port


def test_the_books_can_be_audited_again(
    after: Archive, document: dict[str, Any]
) -> None:
    audit = after.tells("audit")
    audit.pop("schema")

    assert audit == document["audit"] | {"intents_open": 0}


def test_the_invoice_is_still_there_and_paid(
    after: Archive, document: dict[str, Any]
) -> None:
    listed = {one["number"]: one for one in after.tells("invoice", "list")["invoices"]}
    again = listed[document["invoice"]["number"]]

    assert again["net_minor"] == document["invoice"]["net_minor"]
    assert again["paid_state"] == "paid"
    assert after.says("invoice", "show", again["number"]).status == 0


def test_the_usage_report_says_the_same(
    after: Archive, document: dict[str, Any]
) -> None:
    told = after.tells("usage", "report")

    assert told["bytes"] == document["usage"]["bytes"]
    assert told["events"] == document["usage"]["events"]


def test_the_policies_answer_as_they_did(
    after: Archive, document: dict[str, Any]
) -> None:
    refused = asked_by(document, "an AI crawler")[1]
    url = read_settings(after.config).public_url + refused["path"]

    said = after.says(
        *("explain", "--url", url, "--header", "User-Agent: GPTBot/1.2", "--json")
    )

    assert said.status == 1
    assert said.json["rule"] == refused["rule"]
    assert said.json["file"] == "packs/copyfair.yaml"


def test_the_balance_of_the_fund_is_zero(after: Archive) -> None:
    told = after.tells("fund", "balance")

    assert told["balanced"] is True
    assert sum(one["balance_minor"] for one in told["accounts"]) == 0


def test_a_folder_that_was_kept_is_not_played_over(after: Archive) -> None:
    said = copyfair("demo", "--once", "--keep", after.folder)

    assert said.status == 1
    assert "name a folder that is new" in said.err


def test_the_log_holds_no_key_and_no_whole_address(after: Archive) -> None:
    log = (after.folder / "gateway.log").read_text(encoding="utf-8")

    lines = [json.loads(line) for line in log.splitlines()]
    clients = {line["client"] for line in lines if "client" in line}
    assert clients == {"127.0.0.0/24"}
    assert "cg_live_" not in log


def test_without_a_script_listening_the_story_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [COPYFAIR, "demo", "--once"],
        capture_output=True,
        check=False,
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
        text=True,
        timeout=STORY_WITHIN_S,
    )

    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    for heading in ("a reader", "a cooperative", "the meter", "invoice INV-"):
        assert f"\n{heading}" in done.stdout
    assert "audit: ok" in done.stdout
    assert list(tmp_path.iterdir()) == [], "a demo that is not kept leaves nothing"
