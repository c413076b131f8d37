"""Documents of a barter pass schema, rules and arithmetic, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.billing.barter import Supply
from gateway.billing.invoice import Invoice
from gateway.billing.paper import Letterhead, Rendition
from gateway.documents.press import Press
from gateway.kernel.money import Money
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    NOVEMBER,
    SELF,
    Office,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
)
from tests.unit.services.test_in_kind import worked

HEAD = Letterhead(
    street="Am Markt 1",
    postcode="10115",
    city="Berlin",
    iban="DE89370400440532013000",
    language="en",
)


def issued(
    language: str, minor: int, *, country: str = "DE", vat_id: str = "DE811569869"
) -> tuple[Invoice, Rendition]:
    """An invoice of 10.00 net, some of it set off."""
    office = Office(
        MemoryBooks(),
        a_party(country=country, vat_id=vat_id),
        seller=replace(SELF, vat_id="DE136695976"),
        press=Press(),
        letterhead=replace(HEAD, language=language),
    )
    open_to_all = replace(a_tariff(), settlement_contribution_percent=100)
    office.books.tariffs.publish(open_to_all, at_us=1)
    office.books.agreements.add(replace(an_agreement(), is_barter=True))
    office.memory.add_events(an_event(size=6_000))
    (draft,) = office.billing.run(NOVEMBER, drafts_only=True).invoices
    worked(office)
    office.in_kind(8_000).settle(
        draft.id, "ctb_1", Money(minor, "EUR"), by="host", told=Supply(number="F-77")
    )
    invoice = office.invoices.finalise(draft.id)
    rendition = office.books.renditions.find(invoice.id)
    assert rendition is not None
    assert office.audit.run().ok
    return invoice, rendition


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Settled by set-off"), ("fr", "Réglé par compensation")],
)
def test_a_set_off_is_paid_ahead_and_names_the_contribution(
    language: str, words: str
) -> None:
    invoice, rendition = issued(language, 300)

    assert invoice.gross_minor == 1_190
    cii, ubl = rendition.cii.decode(), rendition.ubl.decode()
    assert "<ram:TotalPrepaidAmount>3.57</ram:TotalPrepaidAmount>" in cii
    assert "<ram:DuePayableAmount>8.33</ram:DuePayableAmount>" in cii
    assert 'PrepaidAmount currencyID="EUR">3.57<' in ubl
    for data in (cii, ubl):
        assert words in data
        assert "Scanned 1742 (ctb_1)" in data
        assert "F-77" in data


@pytest.mark.parametrize(
    ("country", "vat_id"),
    [("DE", "DE811569869"), ("FR", "FR40303265045")],
    ids=["at home", "reverse charge"],
)
def test_all_of_it_is_set_off_and_nothing_is_left_to_pay(
    country: str, vat_id: str
) -> None:
    _, rendition = issued("fr", 1_000, country=country, vat_id=vat_id)

    cii = rendition.cii.decode()
    assert "<ram:DuePayableAmount>0.00</ram:DuePayableAmount>" in cii
    assert "il ne reste rien à payer" in cii
