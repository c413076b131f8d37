"""Whoever invoices for a commons says so on every paper, in the paper's language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.billing.paper import Letterhead, Rendition
from gateway.billing.tax import Selling
from gateway.documents.press import Press
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import NOVEMBER, SELF, Office, a_party, an_event

HEAD = Letterhead(
    street="Am Markt 1",
    postcode="10115",
    city="Berlin",
    iban="DE89370400440532013000",
    principal="Registers Commons",
    mandate="assembly of 2026-09-12, item 4.",
)


def issued(head: Letterhead) -> tuple[Rendition, Rendition]:
    """An invoice and a credit note; their papers pass schema, rules and arithmetic."""
    seller = replace(SELF, selling=head.selling, vat_id="DE136695976")
    office = Office(
        MemoryBooks(), a_party(), seller=seller, press=Press(), letterhead=head
    )
    office.agree()
    office.memory.add_events(an_event(size=6_000))
    (invoice,) = office.billing.run(NOVEMBER).invoices
    note = office.invoices.credit(invoice.number, reason="Torn pages.")
    assert office.audit.run().ok
    papers = office.invoices.papers
    return papers(invoice.number), papers(note.number)


@pytest.mark.parametrize(
    ("selling", "language", "words"),
    [
        (Selling.ALLIANCE, "en", "as the alliance that Registers Commons is a member"),
        (Selling.FISCAL_HOST, "fr", "comme hôte fiscal de Registers Commons"),
    ],
)
def test_a_paper_says_for_whom_its_seller_invoices(
    selling: Selling, language: str, words: str
) -> None:
    invoice, note = issued(replace(HEAD, selling=selling, language=language))

    for data in (invoice.cii, invoice.ubl, note.cii, note.ubl):
        text = data.decode()
        assert "Archive Commons" in text
        assert words in text
        assert "assembly of 2026-09-12, item 4." in text
    assert "Torn pages. Archive Commons" in note.cii.decode()


def test_whoever_invoices_for_itself_names_no_mandate() -> None:
    invoice, _ = issued(replace(HEAD, principal="", mandate=""))

    assert "IncludedNote" not in invoice.cii.decode()
