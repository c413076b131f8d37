"""Documents of what is owed beside use pass schema, rules and arithmetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gateway.billing.invoice import Invoice, LineKind
from gateway.billing.paper import Letterhead, Rendition
from gateway.documents.press import Press
from gateway.kernel.evidence import Level
from gateway.kernel.money import Money
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.royalties import Royalties, RoyaltyBracket
from gateway.licensing.tariff import Minimum
from gateway.services.declarations import Declared
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    DECEMBER,
    NOVEMBER,
    SELF,
    Office,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
)

RICH = a_tariff(
    minimum=Minimum(BracketsOver.MONTH, 10_000),
    royalties=Royalties(BracketsOver.MONTH, (RoyaltyBracket(None, 75),)),
    openness_percent=70,
)


def issued(language: str) -> tuple[Invoice, Rendition]:
    """The invoice of a month after one that late usage made cheaper."""
    office = Office(
        MemoryBooks(),
        a_party(openness=Level.VOUCHED),
        seller=replace(SELF, vat_id="DE136695976"),
        press=Press(),
        letterhead=Letterhead(language=language),
    )
    office.books.tariffs.publish(RICH, at_us=1)
    agreement = replace(an_agreement(), starts_us=NOVEMBER.start_us)
    office.books.agreements.add(agreement)
    office.memory.add_events(an_event(1, size=5_000))
    office.billing.run(NOVEMBER)
    office.memory.add_events(an_event(2, size=5_000))
    told = Declared(
        Money(1_234_567, "EUR"), NOVEMBER, "letter", on=date(2026, 12, 1), by="A."
    )
    office.declarations.declare("agr_1", told)
    office.at(DECEMBER)
    report = office.billing.run(DECEMBER)
    assert report.held == {}
    (invoice,) = report.invoices
    rendition = office.books.renditions.find(invoice.id)
    assert rendition is not None
    assert office.audit.run().ok
    return invoice, rendition


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Royalty, basis: declared turnover", "Agreed minimum", "on proof")),
        ("fr", ("assiette : chiffre d’affaires", "Minimum convenu", "sur preuve")),
    ],
)
def test_minimum_royalty_and_rebate_are_lines_that_pass_every_check(
    language: str, words: tuple[str, ...]
) -> None:
    invoice, rendition = issued(language)

    nets = [(line.kind, line.net_minor) for line in invoice.lines]
    assert (LineKind.ROYALTY, 9_259) in nets
    assert (LineKind.REBATE, -700) in nets
    assert (LineKind.MINIMUM, -1_000) in nets  # late usage made up for that much
    assert invoice.net_minor == sum(net for _, net in nets)
    data = rendition.cii.decode()
    assert [word in data for word in words] == [True, True, True]
