"""The command line on a bank's statement, from the file to the last cent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.billing.bank import creditor_reference
from tests.fakes.bank import Entry, statement
from tests.journeys.command_line import Archive, an_archive
from tests.journeys.test_cli_books import an_invoice


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return an_archive(tmp_path_factory.mktemp("payment") / "my-archive")


def test_a_statement_settles_what_it_names_and_keeps_the_rest(
    archive: Archive, tmp_path: Path
) -> None:
    invoice = an_invoice(archive)
    number, gross = invoice["number"], invoice["gross_minor"]
    half = gross // 2
    path = tmp_path / "november.xml"
    path.write_bytes(
        statement(
            Entry(
                f"{half / 100:.2f}", "1", creditor_reference=creditor_reference(number)
            ),
            Entry("9.99", "2", text="keep it up", name="[red]A friend[/red]"),
            Entry("700.00", "3", is_in=False, text="rent"),
        )
    )

    told = archive.tells("payment", "import", str(path))["movements"]
    assert [one["invoices"] for one in told] == [[number], [], []]
    assert [one["left_minor"] for one in told] == [0, 999, 0]
    again = archive.tells("payment", "import", str(path))["movements"]
    assert [one["new"] for one in again] == [False, False, False]

    shown = archive.says("invoice", "show", number).out
    assert "part-paid" in shown
    (waiting,) = archive.tells("payment", "list", "--waiting")["movements"]
    assert "[red]A friend[/red]" in archive.says("payment", "list").out

    words = ("payment", "match", waiting["movement_id"], number)
    matched = archive.tells(*words)
    assert matched["invoices"] == [number]
    back = archive.says("payment", "return", waiting["movement_id"]).out
    left = matched["left_minor"]
    assert (
        (f"Send {left / 100:.2f} EUR" in back) if left else ("nothing is left" in back)
    )
    assert archive.tells("audit")["bank_matches"] is True


def test_a_reversal_that_nothing_answers_for_is_named_until_it_is_answered(
    archive: Archive, tmp_path: Path
) -> None:
    path, earlier = tmp_path / "december.xml", tmp_path / "november.xml"
    told = Entry("9.00", "81", is_in=False, is_reversal=True, end_to_end="E-81")
    path.write_bytes(statement(told))
    earlier.write_bytes(statement(Entry("9.00", "80", end_to_end="E-81")))

    first = archive.says("payment", "import", str(path))
    listed = archive.says("payment", "list", "--waiting")
    answered = archive.says("payment", "import", str(earlier))
    again = archive.says("payment", "import", str(path))

    assert (first.status, answered.status, again.status) == (1, 0, 0)
    assert "9.00 EUR was taken back (E-81), and nothing in the books" in first.err
    assert "taken back, unanswered" in listed.out
    assert again.err == ""
    assert archive.tells("audit")["bank_matches"] is True


def test_a_steward_answers_for_what_the_bank_does_not_say_plainly(
    archive: Archive, tmp_path: Path
) -> None:
    path = tmp_path / "january.xml"
    back = Entry("5.00", "91", is_in=False, is_reversal=True, end_to_end="E-91")
    deposit = replace(back, reference="92", end_to_end="E-92")
    path.write_bytes(statement(Entry("5.00", "90"), back, deposit))
    said = archive.says("payment", "import", str(path))
    paid, first, other = (
        one["movement_id"]
        for one in archive.tells("payment", "list")["movements"]
        if one["reference"] in {"90", "91", "92"}
    )
    assert (said.status, f"payment answer {first}" in said.err) == (1, True)

    for words in ((), ("--is", paid, "--outside", "--reason", "x"), ("--outside",)):
        assert archive.says("payment", "answer", first, *words).status == 2
    told = archive.tells("payment", "answer", first, "--is", paid)
    why = "The deposit of the hall, never booked here."
    laid = archive.says("payment", "answer", other, "--outside", "--reason", why)

    assert (told["unanswered_minor"], told["outside"]) == (0, None)
    assert (laid.status, "outside the books" in laid.out) == (0, True)
    assert archive.says("payment", "import", str(path)).status == 0
    audit = archive.tells("audit")
    assert (audit["bank_matches"], audit["reversals_match"]) == (True, True)


def test_what_is_no_statement_is_refused_and_nothing_is_kept(
    archive: Archive, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(statement(Entry("1.00", "77")))
    bad.write_bytes(b"<a>")
    before = archive.tells("payment", "list")["movements"]

    said = archive.says("payment", "import", str(good), str(bad))

    assert (said.status, "is no XML" in said.err) == (2, True)
    assert archive.tells("payment", "list")["movements"] == before
