"""The PDF: Factur-X that carries its data, looks the same each time, and scans."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from gateway.billing.paper import Paper, Rendition
from gateway.documents.embedding import attachments
from gateway.documents.press import Logo, Press
from gateway.kernel.errors import InvalidValue
from tests.fakes.papers import BUYER, IBAN, PAPERS, a_credit, a_line, a_paper

LONG = a_paper(*(a_line(position) for position in range(1, 61)))
SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>'


def sign(content: bytes) -> str:
    return f"signed {len(content)} bytes"


@pytest.fixture(scope="module")
def english() -> Rendition:
    return Press(sign).render(a_paper())


@pytest.fixture(scope="module")
def french() -> Rendition:
    return Press(sign).render(PAPERS["French"])


def words(pdf: bytes) -> str:
    pages = PdfReader(BytesIO(pdf)).pages
    text = " ".join(page.extract_text() for page in pages)
    return " ".join(text.replace("\u202f", " ").split())


def scanned(paper: Paper) -> list[str]:
    (picture,) = Press().drawn(paper)
    with Image.open(BytesIO(picture)) as page:
        return [found.text for found in zxingcpp.read_barcodes(page.convert("L"))]


def test_the_data_is_in_it_byte_for_byte(english: Rendition) -> None:
    carried = attachments(english.pdf)

    assert carried == {
        "factur-x.xml": english.cii,
        "factur-x.xml.jws": sign(english.cii).encode(),
    }


def test_an_unsigned_one_carries_its_data_alone() -> None:
    made = Press().render(a_paper())

    assert list(attachments(made.pdf)) == ["factur-x.xml"]
    assert "signed" not in words(made.pdf)


def test_its_structure_is_that_of_factur_x(english: Rendition) -> None:
    """PDF/A-3b in structure; no validator of the whole standard runs here."""
    reader = PdfReader(BytesIO(english.pdf))
    root: Any = reader.root_object
    about = root["/Metadata"].get_object().get_data()
    (intent,) = root["/OutputIntents"]
    files = [each.get_object() for each in root["/AF"].get_object()]

    assert b"<pdfaid:part>3</pdfaid:part>" in about
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in about
    assert b"<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in about
    assert intent.get_object()["/S"] == "/GTS_PDFA1"
    assert [(each["/F"], each["/AFRelationship"]) for each in files] == [
        ("factur-x.xml", "/Data"),
        ("factur-x.xml.jws", "/Supplement"),
    ]
    assert root["/Lang"] == "en-GB"
    assert "/StructTreeRoot" in root
    assert "/ID" in reader.trailer
    assert min(english.pdf.splitlines()[1][1:5]) > 127


def test_every_font_is_inside(english: Rendition) -> None:
    pages: Any = PdfReader(BytesIO(english.pdf)).pages
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        for page in pages
        for font in page["/Resources"]["/Font"].values()
    ]

    assert fonts
    for font in fonts:
        assert {"/FontFile2", "/FontFile3"} & set(font.get_object())


def test_it_says_when_it_was_issued_and_not_when_it_was_made(
    english: Rendition,
) -> None:
    about = PdfReader(BytesIO(english.pdf)).metadata

    assert about is not None
    assert str(about.creation_date) == str(about.modification_date)
    assert f"{about.creation_date:%Y-%m-%d}" == "2026-12-02"


def test_the_same_paper_gives_the_same_bytes(english: Rendition) -> None:
    assert Press(sign).render(a_paper()) == english


def test_another_process_gives_the_same_bytes(english: Rendition) -> None:
    script = (
        "from gateway.documents.press import Press\n"
        "from tests.fakes.papers import a_paper\n"
        "sign = lambda content: f'signed {len(content)} bytes'\n"
        "print(Press(sign).render(a_paper()).sha256)\n"
    )
    made = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[3],
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": ".", "TZ": "Pacific/Auckland"},
        check=True,
        capture_output=True,
        text=True,
    )

    assert made.stdout.strip() == english.sha256


def test_a_page_in_english_says_everything(english: Rendition) -> None:
    text = words(english.pdf)

    for said in (
        *("Invoice INV-2026-0001", "2 December 2026", "November 2026", "Mapworks GmbH"),
        *("89,760", "0.02", "per 1 KiB", "VAT 20 % on 1.75", "2.10 EUR"),
        *("PO-4500012", "ledger 17", "VAT ID FR40303265045", "The data is signed."),
    ):
        assert said in text, said


def test_a_page_in_french_says_everything(french: Rendition) -> None:
    text = words(french.pdf)

    for said in (
        *("Facture INV-2026-0001", "2 décembre 2026", "novembre 2026", "89 760"),
        *("0,02", "pour 1 KiB", "TVA 20 % sur 1,75", "2,10 EUR", "Bon de commande"),
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        (PAPERS["reverse charge"], "Reverse charge"),
        (PAPERS["small business"], "Small business, section 19 UStG."),
        (PAPERS["paid ahead"], "Settled in full from the balance paid in advance."),
        (a_credit(), "Credit note CN-2026-0001"),
    ],
    ids=["reverse charge", "small business", "paid ahead", "credit note"],
)
def test_a_page_says_why(paper: Paper, said: str) -> None:
    assert said in words(Press().render(paper).pdf)


def test_a_long_table_goes_on_under_its_heading() -> None:
    pages = PdfReader(BytesIO(Press().render(LONG).pdf)).pages
    texts = [page.extract_text() for page in pages]

    assert len(texts) > 1
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
    assert all("Description" in text for text in texts[:-1])


def test_a_logo_stands_at_the_head() -> None:
    press = Press(logo=Logo("logo.svg", SQUARE))

    assert press.render(a_paper()).pdf != Press().render(a_paper()).pdf


def test_a_logo_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValue, match="page cannot be set"):
        Press(logo=Logo("logo.png", b"no picture")).render(a_paper())


def test_the_code_scans_back_to_the_same_payment() -> None:
    (text,) = scanned(a_paper())

    assert text.splitlines() == [
        *("BCD", "002", "1", "SCT", "AGRIFRPP", "Archives du Commun", IBAN),
        *("EUR2.1", "", "RF16INV20260001"),
    ]


@pytest.mark.parametrize(
    "paper",
    [PAPERS["paid ahead"], PAPERS["yen"], a_credit()],
    ids=["nothing is owed", "no euros", "a credit note"],
)
def test_what_cannot_be_paid_so_has_no_code(paper: Paper) -> None:
    assert scanned(paper) == []


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"no PDF at all"], ids=["empty", "head", "text"]
)
def test_what_is_no_pdf_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidValue, match="no PDF"):
        attachments(content)


@pytest.mark.parametrize(
    "name",
    ["Gesellschaft " * 12, "#panic() $x$ *bold* [a] \\ // <b>"],
    ids=["long", "that looks like a template"],
)
def test_any_name_is_set_as_it_is_written(name: str) -> None:
    named = a_paper(buyer=replace(BUYER, name=name))

    assert " ".join(name.split()) in words(Press().render(named).pdf)
