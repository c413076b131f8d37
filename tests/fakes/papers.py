"""Builders of papers: each names only what a test is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.billing.bank import creditor_reference
from gateway.billing.paper import (
    Corrected,
    Paper,
    PaperKind,
    PaperLine,
    PaperParty,
    PaperTax,
    Payee,
)
from gateway.billing.tax import tax_on
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.period import month

NOVEMBER = month(2026, 11)
IBAN = "FR7630006000011234567890189"
SELLER = PaperParty(
    name="Archives du Commun",
    country="FR",
    vat_id="FR40303265045",
    register_number="303265045",
    street="1 rue des Archives",
    postcode="75003",
    city="Paris",
    email="comptes@archive.example",
)
BUYER = PaperParty(
    name="Mapworks GmbH",
    country="DE",
    vat_id="DE136695976",
    street="Kartenstraße 7",
    postcode="10115",
    city="Berlin",
    email="invoices@mapworks.example",
)
TINY = PaperParty(
    name="Kleines Archiv", country="DE", tax_id="12/345/67890", city="Jena"
)
REASONS = {
    "AE": ("Reverse charge", "VATEX-EU-AE"),
    "E": ("Small business, section 19 UStG.", ""),
    "O": ("Outside the scope of VAT", "VATEX-EU-O"),
}


def a_line(position: int = 1, **told: Any) -> PaperLine:
    """89,760 bytes at 0.02 for 1,024: 1.75."""
    line = PaperLine(
        position=position,
        text="Machine access to registers, tariff ai-2026 version 1, bracket 2",
        quantity=89_760,
        unit="bytes",
        price_micros=20_000,
        base_quantity=1_024,
        net_minor=175,
        category="S",
        rate_bp=2_000,
        span=NOVEMBER,
    )
    return replace(line, **told)


def a_paper(*lines: PaperLine, **told: Any) -> Paper:
    """An invoice over its lines, added up."""
    lines = lines or (a_line(),)
    basis: dict[tuple[str, int], int] = {}
    for line in lines:
        key = (line.category, line.rate_bp)
        basis[key] = basis.get(key, 0) + line.net_minor
    taxes = tuple(
        PaperTax(
            category, rate_bp, net, tax_on(net, rate_bp), *REASONS.get(category, ())
        )
        for (category, rate_bp), net in sorted(basis.items())
    )
    net = sum(basis.values())
    tax = sum(each.tax_minor for each in taxes)
    paper = Paper(
        kind=PaperKind.INVOICE,
        number="INV-2026-0001",
        issued_us=NOVEMBER.end_us + US_PER_DAY,
        due_us=NOVEMBER.end_us + 31 * US_PER_DAY,
        currency="EUR",
        language="en",
        seller=SELLER,
        buyer=BUYER,
        lines=lines,
        taxes=taxes,
        net_minor=net,
        tax_minor=tax,
        gross_minor=net + tax,
        paid_minor=0,
        due_minor=net + tax,
        span=NOVEMBER,
        agreement_id="agr_01JDEXAMPLE",
        payee=Payee(IBAN, "AGRIFRPP", creditor_reference("INV-2026-0001")),
        purchase_order="PO-4500012",
        buyer_reference="ledger 17",
    )
    return replace(paper, **told)


def a_credit(*lines: PaperLine, **told: Any) -> Paper:
    """A credit note over its lines."""
    return a_paper(
        *lines,
        **{
            "kind": PaperKind.CREDIT_NOTE,
            "number": "CN-2026-0001",
            "due_us": None,
            "payee": Payee(),
            "note": "The files were damaged.",
            "corrects": Corrected("INV-2026-0001", NOVEMBER.end_us),
            **told,
        },
    )


def in_category(category: str, rate_bp: int = 0) -> PaperLine:
    """A line of another VAT category."""
    return a_line(category=category, rate_bp=rate_bp)


PAPERS: dict[str, Paper] = {
    "standard rate": a_paper(),
    "reverse charge": a_paper(in_category("AE")),
    "small business": a_paper(in_category("E"), seller=TINY),
    "zero rate": a_paper(in_category("Z")),
    "outside the scope": a_paper(
        in_category("O"), buyer=PaperParty("Data Inc.", "US", city="Austin")
    ),
    "micro-price": a_paper(
        a_line(
            quantity=1_234_567,
            unit="requests",
            price_micros=50,
            base_quantity=1,
            net_minor=6_173,
        )
    ),
    "two rates": a_paper(
        a_line(),
        a_line(2, category="S", rate_bp=550),
        a_line(3, category="Z", rate_bp=0),
    ),
    "dollars": a_paper(currency="USD"),
    "paid ahead": a_paper(paid_minor=210, due_minor=0),
    "waived": a_paper(
        a_line(),
        a_line(
            2,
            text="Usage beyond the prepaid balance, not charged",
            quantity=-1,
            unit="one",
            price_micros=750_000,
            base_quantity=1,
            net_minor=-75,
        ),
    ),
    "reduced in kind": a_paper(
        a_line(),
        a_line(
            2,
            text="Price reduction for a contribution: Scanned 1742 (ctb_01JDEXAMPLE)",
            quantity=-1,
            unit="one",
            price_micros=870_000,
            base_quantity=1,
            net_minor=-87,
        ),
        language="fr",
    ),
    "yen": a_paper(
        a_line(
            quantity=3,
            unit="records",
            price_micros=1_500_000,
            base_quantity=1,
            net_minor=5,
        ),
        currency="JPY",
    ),
    "French": a_paper(language="fr"),
    "credit note": a_credit(),
    "credit note, reverse charge": a_credit(in_category("AE")),
}
"""One paper of each kind we issue."""
