"""From the page of an invoice to its payment: what is scanned is what settles it.

The PDF is opened by a program that is not ours, the code on its page is scanned as a
bank's app does, and what the app would send comes back on the bank's statement.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.fakes.bank import Entry, statement
from tests.journeys.command_line import Archive, an_archive
from tests.journeys.test_cli_books import GIB, a_company, this_month

IBAN, BIC = "FR7630006000011234567890189", "AGRIFRPP"
DOTS_PER_INCH = 200


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    archive = an_archive(tmp_path_factory.mktemp("paid") / "archive")
    archive.rewrite("  vat: 20 %\n", f"  vat: 20 %\n  iban: {IBAN}\n  bic: {BIC}\n")
    return archive


def scanned(pdf: Path, pdftoppm: Path) -> list[str]:
    """The lines of the one code on the first page of a PDF."""
    page = subprocess.run(
        [pdftoppm, "-png", "-r", str(DOTS_PER_INCH), "-f", "1", "-l", "1", str(pdf)],
        check=True,
        capture_output=True,
    ).stdout
    with Image.open(BytesIO(page)) as picture:
        (code,) = zxingcpp.read_barcodes(picture.convert("L"))
    return code.text.splitlines()


@pytest.mark.services
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_scanned_from_the_page_settles_the_invoice(
    language: str,
    archive: Archive,
    require_program: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    pdftoppm = require_program("pdftoppm")
    archive.rewrite(f"  iban: {IBAN}\n", f"  iban: {IBAN}\n  language: {language}\n")
    archive.meter(a_company(archive, f"Mapworks {language}"), 3 * GIB)
    told = archive.tells("invoice", "run", "--period", this_month(archive))
    invoice = told["invoices"][-1]
    pdf = tmp_path / "invoice.pdf"
    archive.says("invoice", "pdf", invoice["number"], "--out", pdf)

    head = scanned(pdf, pdftoppm)
    service, version, charset, transfer, bic, name, iban, money, _, reference = head
    amount = Decimal(money.removeprefix("EUR"))
    day = this_month(archive)
    paid = Entry(
        f"{amount:.2f}", language, creditor_reference=reference, day=f"{day}-28"
    )
    statement_file = tmp_path / "statement.xml"
    statement_file.write_bytes(statement(paid))
    taken = archive.tells("payment", "import", statement_file)["movements"]
    shown = archive.tells("invoice", "show", invoice["number"])

    assert (service, version, charset, transfer) == ("BCD", "002", "1", "SCT")
    assert (bic, name, iban) == (BIC, "Registers Commons", IBAN)
    assert amount * 100 == invoice["gross_minor"] > 0
    assert [(one["invoices"], one["left_minor"]) for one in taken] == [
        ([invoice["number"]], 0)
    ]
    assert (shown["open_minor"], shown["paid_state"]) == (0, "paid")
    assert archive.tells("audit")["ok"] is True
    archive.rewrite(f"  language: {language}\n", "")
