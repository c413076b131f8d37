"""The page of a prepaid statement, in both languages."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from gateway.documents.statement import statement_pages, statement_pdf
from gateway.fund.prepaid_statement import Move, MoveKind, PrepaidStatement
from gateway.kernel.clock import US_PER_DAY
from tests.fakes.papers import BUYER, NOVEMBER, PAPERS, SELLER

RECEIVED = Move(MoveKind.TOP_UP, NOVEMBER.start_us, 1_234_50, 1_334_50, "BANK-4711")


def a_statement(language: str = "en") -> PrepaidStatement:
    paper = PAPERS["French" if language == "fr" else "standard rate"]
    used = Move(
        MoveKind.USE,
        NOVEMBER.start_us + 9 * US_PER_DAY,
        -paper.gross_minor,
        1_334_50 - paper.gross_minor,
        paper.number,
        paper,
    )
    return PrepaidStatement(
        agreement_id="agr_01JDEXAMPLE",
        period=NOVEMBER,
        currency="EUR",
        language=language,
        seller=SELLER,
        buyer=BUYER,
        opening_minor=100_00,
        moves=(RECEIVED, used),
        closing_minor=used.balance_minor,
        is_over=True,
    )


def text_of(statement: PrepaidStatement) -> str:
    pages = PdfReader(BytesIO(statement_pdf(statement))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            (
                "Statement of your prepaid balance",
                "Opening balance",
                "Received, reference BANK-4711",
                "1,234.50",
                "Used: invoice INV-2026-0001",
                "−2.10",
                "1,332.40 EUR",
            ),
        ),
        (
            "fr",
            (
                "Relevé de votre provision",
                "Solde initial",
                "Reçu, référence BANK-4711",
                "Consommé : facture INV-2026-0001",
                "−2,10",
                "Solde final",
            ),
        ),
    ],
    ids=["English", "French"],
)
def test_the_page_says_what_moved(language: str, told: tuple[str, ...]) -> None:
    found = text_of(a_statement(language))

    assert [each for each in told if each not in found] == []


def test_the_same_statement_gives_the_same_bytes() -> None:
    assert statement_pdf(a_statement()) == statement_pdf(a_statement())


def test_an_empty_period_says_so() -> None:
    empty = replace(a_statement(), moves=(), closing_minor=100_00, is_over=False)

    found = text_of(empty)

    assert "Nothing moved in this period." in found
    assert "The period is not over" in found
    assert len(statement_pages(empty)) == 1
