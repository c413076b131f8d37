"""From the command line: money paid ahead, and what became of it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from gateway.cli.prepaid import NO_STATEMENT
from tests.journeys.command_line import SELLER, Archive, an_archive
from tests.journeys.test_cli_books import GIB, this_month


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return an_archive(tmp_path / "my-archive")


def a_stranger(archive: Archive) -> dict[str, Any]:
    """A company nobody verified, and its agreement: prepaid."""
    archive.tells("party", "add", "Newcomer")
    archive.tells("party", "set", "Newcomer", "country=FR")
    made: dict[str, Any] = archive.tells("agreement", "accept", "--party", "Newcomer")
    assert made["settling"] == "prepaid"
    return made


def test_a_balance_is_stated_as_document_and_as_page(archive: Archive) -> None:
    agreement = a_stranger(archive)
    name = agreement["agreement_id"]
    archive.tells("agreement", "top-up", name, "50.00 EUR", "--reference", "B-4711")
    archive.meter(agreement, GIB)
    month = this_month(archive)
    (invoice,) = archive.tells("invoice", "run", "--period", month)["invoices"]
    page = archive.folder.parent / "statement.pdf"
    words = ("agreement", "statement", name, "--period", month)

    told = archive.tells(*words, "--pdf", str(page), "--language", "fr")

    received, used = told["moves"]
    assert (received["kind"], received["reference"]) == ("top-up", "B-4711")
    assert (used["kind"], used["reference"]) == ("use", invoice["number"])
    assert told["used_minor"] == invoice["gross_minor"] == 5_000 - told["closing_minor"]
    assert sum(line["net_minor"] for line in used["lines"]) == invoice["net_minor"]
    text = PdfReader(BytesIO(page.read_bytes())).pages[0].extract_text()
    assert "Relevé de votre provision" in text
    assert invoice["number"] in text
    assert f"closing {told['closing_minor'] // 100}." in archive.says(*words).out


def test_where_nothing_is_sold_there_is_no_statement(archive: Archive) -> None:
    agreement = a_stranger(archive)
    archive.rewrite(SELLER.rstrip(), "\n  seller: none")

    said = archive.says(
        "agreement", "statement", agreement["agreement_id"], "--period", "2026-01"
    )

    assert (said.status, said.out) == (2, "")
    assert NO_STATEMENT in said.err
