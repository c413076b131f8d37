"""From the command line: an invoice that is disputed, and one that is not paid."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import opened
from gateway.settings import read_settings
from tests.fakes.time_and_chance import HandClock
from tests.journeys.command_line import Archive, an_archive
from tests.journeys.test_cli_books import GIB, a_company, this_month

DAY_US = 86_400_000_000


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return an_archive(tmp_path / "my-archive")


def asks_for_scans(archive: Archive) -> None:
    """The commons publishes what it needs."""
    needs = archive.policies / "needs"
    needs.mkdir()
    (needs / "here.yaml").write_text(
        "needs: here\nitems: [{id: scans, title: Registers scanned, unit: hour}]\n",
        encoding="utf-8",
    )


def an_invoice(archive: Archive, *, days_ago: int = 0) -> dict[str, Any]:
    """An invoice, issued so many days ago."""
    archive.meter(a_company(archive), 3 * GIB)
    archive.tells("party", "set", "Mapworks", "email=pay@mapworks.example")
    run = ("invoice", "run", "--drafts-only", "--period", this_month(archive))
    (draft,) = archive.tells(*run)["invoices"]
    with opened(read_settings(archive.config)) as house:
        house.clock = HandClock(house.clock.now_us() - days_ago * DAY_US)
        made = house.invoices.finalise(draft["id"])
    told: dict[str, Any] = archive.tells("invoice", "show", made.number)
    return told


def test_a_disputed_line_waits_and_is_given_back_when_upheld(archive: Archive) -> None:
    number = an_invoice(archive, days_ago=40)["number"]
    assert archive.tells("invoice", "show", number)["paid_state"] == "overdue"

    opened_ = archive.tells(
        *("invoice", "dispute", "open", number, "--line", "2"),
        *("--by", "Mapworks", "--reason", "We were blocked that week."),
    )
    shown = archive.tells("invoice", "show", number)
    assert (opened_["lines"], opened_["outcome"]) == ([2], None)
    assert (shown["paid_state"], shown["disputed_minor"]) == ("disputed", 360)

    ended = archive.tells(
        *("invoice", "dispute", "uphold", opened_["dispute_id"]),
        *("--by", "host", "--reason", "You were right."),
    )
    assert (ended["outcome"], ended["resolved_by"]) == ("upheld", "host")
    assert archive.tells("invoice", "show", number)["paid_state"] == "paid"
    listed = archive.tells("invoice", "dispute", "list", number)["disputes"]
    assert listed == [{key: ended[key] for key in listed[0]}]
    assert archive.tells("audit")["ok"] is True


def test_a_letter_is_shown_and_what_cannot_be_disputed_is_refused(
    archive: Archive,
) -> None:
    number = an_invoice(archive, days_ago=40)["number"]
    words = ("--by", "x", "--reason", "y")

    shown = archive.says("invoice", "remind")
    assert f"Subject: Reminder: invoice {number}" in shown.out
    assert "1 reminder sent" in shown.out

    unknown = archive.says("invoice", "dispute", "open", "INV-1999-0001", *words)
    free = archive.says("invoice", "dispute", "open", number, "--line", "1", *words)
    assert (unknown.status, free.status) == (2, 1)
    assert "nothing is charged for line 1" in free.err
    first = archive.tells("invoice", "dispute", "open", number, *words)
    reject = ("invoice", "dispute", "reject", first["dispute_id"], *words)
    assert archive.says(*reject).status == 0
    assert archive.says(*reject).status == 1

    credit = ("invoice", "credit", number, "--reason", "Damaged.", "--line", "2")
    note = archive.tells(*credit, "1.00 EUR")
    assert note["gross_minor"] == 120
    assert archive.says(*credit, "2.01 EUR").status == 2
    assert archive.says(*credit, "1.00 USD").status == 2
    assert archive.tells("invoice", "show", number)["open_minor"] == 240


def test_a_reminder_is_tried_first_then_written_once(archive: Archive) -> None:
    number = an_invoice(archive, days_ago=40)["number"]
    folder = archive.folder.parent / "letters"

    dry = archive.tells("invoice", "remind", "--dry-run")
    sent = archive.tells("invoice", "remind", "--folder", str(folder))
    again = archive.tells("invoice", "remind", "--folder", str(folder))

    assert [one["level"] for one in dry["letters"]] == [1]
    assert sent["letters"] == dry["letters"]
    assert (again["letters"], again["spared"]) == (
        [],
        [{"invoice": number, "why": "not-yet"}],
    )
    (file,) = folder.iterdir()
    message = message_from_bytes(file.read_bytes(), policy=SMTP)
    assert number in message["Subject"]
    assert "3.60 EUR" in message.get_content()


def test_what_is_too_little_is_carried_and_waits(archive: Archive) -> None:
    archive.rewrite("  vat: 20 %\n", "  vat: 20 %\n  carry_below: [10.00 EUR]\n")
    agreement = a_company(archive)
    archive.meter(agreement, 3 * GIB)
    (left,) = archive.tells("usage", "unbilled")["usage"]
    assert (left["why"], left["bytes"]) == ("under-way", 3 * GIB)

    told = archive.tells("invoice", "run", "--period", this_month(archive))

    assert told["invoices"] == []
    (carried,) = told["carried"]
    assert (carried["net_minor"], carried["currency"]) == (300, "EUR")
    assert archive.tells("usage", "unbilled")["carried"][0]["net_minor"] == 300
    assert "0 events waiting" in archive.says("usage", "unbilled").out
    assert carried["agreement_id"] == agreement["agreement_id"]
    assert (
        "3.00 EUR"
        in archive.says("invoice", "run", "--period", this_month(archive)).out
    )
    assert archive.tells("audit")["ok"] is True


@pytest.mark.parametrize(
    "written",
    ["remind_after: [9d, 3d]", "remind_after: 7d", "remind_unverified_from: [5]"],
    ids=["back", "no list", "no currency"],
)
def test_terms_that_cannot_be_are_refused(archive: Archive, written: str) -> None:
    archive.rewrite("  vat: 20 %\n", f"  vat: 20 %\n  {written}\n")

    said = archive.says("invoice", "remind", "--dry-run")

    assert said.status == 2
    assert written.partition(":")[0] in said.err


def test_work_that_a_company_paid_for_makes_its_draft_smaller(archive: Archive) -> None:
    archive.rewrite("  vat: 20 %\n", "  vat: 20 %\n  in_kind_hour: [1.00 EUR]\n")
    asks_for_scans(archive)
    archive.meter(a_company(archive), 3 * GIB)
    archive.tells("party", "add", "Ines", "--set", "entity=person")
    claim = archive.tells(
        *("contribution", "claim", "--party", "Mapworks", "--kind", "records"),
        *("--title", "Scanned 1742", "--evidence", "https://archive.example/1742"),
        *("--hours", "1.25", "--paid-by", "Mapworks", "--need", "scans"),
    )["claim_id"]
    run = ("invoice", "run", "--drafts-only", "--period", this_month(archive))
    (draft,) = archive.tells(*run)["invoices"]
    words = ("invoice", "in-kind", draft["id"], "--claim", claim, "--by", "Ines")

    early = archive.says(*words, "--amount", "1.00 EUR")
    archive.tells("contribution", "review", claim, "accept", "--by", "Ines")
    told = archive.tells(*words, "--amount", "1.25 EUR")
    again = archive.says(*words, "--amount", "0.01 EUR")

    assert (early.status, again.status) == (1, 2)
    assert (told["reduced_minor"], told["net_minor"]) == (125, 175)
    assert (
        archive.tells("invoice", "show", draft["id"])["lines"][-1]["kind"] == "in-kind"
    )
    assert archive.tells("audit")["ok"] is True


def test_under_barter_both_sides_keep_their_vat(archive: Archive) -> None:
    archive.rewrite("  vat: 20 %\n", "  vat: 20 %\n  in_kind_hour: [1.00 EUR]\n")
    asks_for_scans(archive)
    archive.tells("party", "add", "Mapworks", "--set", "country=FR")
    accept = ("agreement", "accept", "--party", "Mapworks", "--barter")
    unproven = archive.says(*accept)
    archive.tells("party", "set", "Mapworks", "entity=company")
    agreed = archive.tells(*accept)
    archive.meter(agreed, 3 * GIB)
    archive.tells("party", "add", "Ines", "--set", "entity=person")
    claim = archive.tells(
        *("contribution", "claim", "--party", "Mapworks", "--kind", "records"),
        *("--title", "Scanned 1742", "--evidence", "https://archive.example/1742"),
        *("--hours", "1.25", "--paid-by", "Mapworks", "--need", "scans"),
    )["claim_id"]
    archive.tells("contribution", "review", claim, "accept", "--by", "Ines")
    run = ("invoice", "run", "--drafts-only", "--period", this_month(archive))
    (draft,) = archive.tells(*run)["invoices"]
    words = ("invoice", "in-kind", draft["id"], "--claim", claim, "--by", "Ines")

    unsaid = archive.says(*words, "--amount", "1.00 EUR")
    small = ("--supplier", "small-business", "--reason", "Art. 293 B du CGI")
    told = archive.tells(*words, "--amount", "1.00 EUR", *small)
    number = archive.tells("invoice", "finalise", draft["id"])["number"]

    assert (unproven.status, unsaid.status) == (1, 2)
    assert agreed["is_barter"] is True
    assert "invoiced, barter" in archive.says("agreement", "list").out
    assert (told["gross_minor"], told["set_off_minor"]) == (360, 100)
    shown = archive.tells("invoice", "show", number)
    assert (shown["gross_minor"], shown["open_minor"]) == (360, 260)
    assert "Art. 293 B" in archive.says("invoice", "xml", number).out
    assert archive.tells("audit")["ok"] is True
