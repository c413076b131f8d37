"""A stranger asks a commons whether it is a false one; it answers with evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.command_line import Archive, an_archive
from tests.journeys.test_cli_books import GIB, a_company, an_invoice


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    archive = an_archive(tmp_path_factory.mktemp("selftest") / "my-archive")
    invoice = an_invoice(archive)
    archive.tells("key", "issue", "--party", "Mapworks")
    archive.tells("invoice", "pay", invoice["number"], "3.60 EUR", "--reference", "b1")
    archive.meter(a_company(archive, "Otherworks"), 2 * GIB)
    return archive


def test_a_commons_answers_with_evidence_once_its_books_are_open(
    archive: Archive,
) -> None:
    said = archive.says("fund", "selftest", "--json")
    closed = {one["check"]: one for one in said.json["findings"] if not one["holds"]}
    assert (said.status, set(closed)) == (1, {"open-books"})
    assert "copyfair log publish" in closed["open-books"]["evidence"]

    archive.tells("log", "publish")
    told = archive.tells("fund", "selftest")
    assert told["ok"]
    evidence = {one["check"]: one["evidence"] for one in told["findings"]}
    assert "2 parties exported and let go (and taken back)" in evidence["exit"]
    assert "come out to the unit" in evidence["open-books"]

    (key,) = archive.tells("key", "list", "--party", "Mapworks")["keys"]
    assert key["revoked_at"] is None, "what was tried was taken back"
    assert "no false commons" in archive.says("fund", "selftest").out


def test_books_that_were_touched_fail_it(archive: Archive) -> None:
    archive.tells("log", "publish")
    rows = next((archive.folder / "books" / "rows").rglob("*.jsonl"))
    text = rows.read_text(encoding="utf-8")
    rows.write_text(text.replace('"payers":1', '"payers":2', 1), encoding="utf-8")
    said = archive.says("fund", "selftest", "--json")
    (bad,) = [one for one in said.json["findings"] if not one["holds"]]
    assert (said.status, bad["check"]) == (1, "open-books")
    assert bad["evidence"].startswith("row ")
    rows.write_text(text, encoding="utf-8")
    assert archive.tells("fund", "selftest")["ok"]


def test_a_fund_that_sleeps_has_nothing_to_hide(tmp_path: Path) -> None:
    museum = an_archive(tmp_path / "museum", sells=False)
    told = museum.tells("fund", "selftest")
    assert told["ok"]
    assert any("asleep" in one["evidence"] for one in told["findings"])
