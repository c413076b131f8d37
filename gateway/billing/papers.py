"""From an invoice or a credit note to the paper it is issued on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.billing.bank import creditor_reference
from gateway.billing.barter import Barter, set_off_minor
from gateway.billing.credit_note import CreditLine, CreditNote
from gateway.billing.invoice import Invoice, InvoiceLine, LineKind
from gateway.billing.paper import (
    LANGUAGES,
    Corrected,
    Letterhead,
    Paper,
    PaperKind,
    PaperLine,
    PaperParty,
    PaperTax,
    Payee,
)
from gateway.billing.tax import TaxGroup
from gateway.billing.wording import line_text, mandate_text, reason_text, set_off_text
from gateway.identity.party import Party
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import MICROS_PER_MAJOR, minor_digits

ONE = "one"
CHARGED = frozenset({"S", "Z"})
"""VAT categories that print no reason."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a seller and a buyer add to their papers.

    Attributes:
        letterhead: The seller's.
        party: The buyer, as known now; None where nothing more is known.
        asked: The language somebody asked for; empty for the buyer's own.
    """

    letterhead: Letterhead
    party: Party | None = None
    asked: str = ""

    def spoken(self, language: str) -> Particulars:
        """The same in a language that somebody asked for."""
        return replace(self, asked=language)

    def said(self, attribute: str) -> str:
        """What is known of the buyer, proven or not."""
        said = self.party.attributes.get(attribute) if self.party else None
        return str(said.value) if said else ""

    @property
    def language(self) -> str:
        """The buyer's, where we write it; else the seller's."""
        wanted = self.asked or self.said("language")
        return wanted if wanted in LANGUAGES else self.letterhead.language


def invoice_paper(
    invoice: Invoice,
    known: Particulars,
    *,
    paid_minor: int = 0,
    barters: Sequence[Barter] = (),
) -> Paper:
    """The paper of an invoice that has its number.

    Args:
        invoice: Finalised.
        known: What else is known of seller and buyer.
        paid_minor: What is drawn from a prepaid balance as it is issued.
        barters: What is set off as it is issued.

    Raises:
        InvalidValue: it has no number or no date yet.
    """
    if invoice.issued_us is None or invoice.due_us is None or not invoice.number:
        raise InvalidValue("a paper needs its number and its dates")
    head, set_off = known.letterhead, set_off_minor(barters)
    return Paper(
        kind=PaperKind.INVOICE,
        number=invoice.number,
        issued_us=invoice.issued_us,
        due_us=invoice.due_us,
        currency=invoice.currency,
        language=known.language,
        seller=_seller(invoice, head),
        buyer=_buyer(invoice, known),
        lines=tuple(_line(each, invoice.currency, known) for each in invoice.lines),
        taxes=_taxes(invoice, invoice.taxes, known),
        net_minor=invoice.net_minor,
        tax_minor=invoice.tax_minor,
        gross_minor=invoice.gross_minor,
        paid_minor=paid_minor + set_off,
        due_minor=invoice.gross_minor - paid_minor - set_off,
        span=invoice.period,
        agreement_id=invoice.agreement_id,
        payee=Payee(head.iban, head.bic, creditor_reference(invoice.number)),
        purchase_order=known.said("purchase_order"),
        buyer_reference=known.said("buyer_reference"),
        note=_note(
            invoice,
            known,
            *(set_off_text(each, invoice, known.language) for each in barters),
        ),
        set_off_minor=set_off,
    )


def credit_paper(note: CreditNote, invoice: Invoice, known: Particulars) -> Paper:
    """The paper of a credit note that has its number."""
    if invoice.issued_us is None or not note.number:
        raise InvalidValue("a paper needs its number and its dates")
    by_position = {line.position: line for line in invoice.lines}
    return Paper(
        kind=PaperKind.CREDIT_NOTE,
        number=note.number,
        issued_us=note.issued_us,
        due_us=None,
        currency=note.currency,
        language=known.language,
        seller=_seller(invoice, known.letterhead),
        buyer=_buyer(invoice, known),
        lines=tuple(
            _credited(number, line, by_position[line.position], note=note, known=known)
            for number, line in enumerate(note.lines, start=1)
        ),
        taxes=_taxes(invoice, note.taxes, known),
        net_minor=note.net_minor,
        tax_minor=note.tax_minor,
        gross_minor=note.gross_minor,
        paid_minor=0,
        due_minor=note.gross_minor,
        span=invoice.period,
        agreement_id=invoice.agreement_id,
        purchase_order=known.said("purchase_order"),
        buyer_reference=known.said("buyer_reference"),
        note=_note(invoice, known, note.reason),
        corrects=Corrected(invoice.number, invoice.issued_us),
    )


def _note(invoice: Invoice, known: Particulars, *said: str) -> str:
    """What the paper says beside its figures (BT-22): the last of it, for whom."""
    name, head = invoice.seller_name, known.letterhead
    whose = mandate_text(head, name, known.language)
    return " ".join(each for each in (*said, whose) if each)


def _seller(invoice: Invoice, head: Letterhead) -> PaperParty:
    return PaperParty(
        name=invoice.seller_name,
        country=invoice.seller_country,
        vat_id=invoice.seller_vat_id or head.vat_id,
        tax_id=head.tax_id,
        register_number=head.register_number,
        street=invoice.seller_address or head.street,
        postcode=head.postcode,
        city=head.city,
        email=head.email,
    )


def _buyer(invoice: Invoice, known: Particulars) -> PaperParty:
    """Taxed as proven; reached where the buyer says to be."""
    return PaperParty(
        name=invoice.buyer.name,
        country=invoice.buyer.country or known.said("country"),
        vat_id=invoice.buyer.vat_id,
        register_number=known.said("register_number"),
        street=known.said("address"),
        postcode=known.said("postcode"),
        city=known.said("city"),
        email=known.said("email"),
    )


def _line(line: InvoiceLine, currency: str, known: Particulars) -> PaperLine:
    quantity, price, base = line.quantity, line.price_micros, line.base_quantity
    if line.kind is LineKind.WAIVER:
        # EN 16931 knows no price below zero (BR-27): the quantity is.
        quantity, base = -1, 1
        price = _micros(-line.net_minor, currency)
    return PaperLine(
        position=line.position,
        text=line_text(line, known.language),
        quantity=quantity,
        unit=line.unit,
        price_micros=price,
        base_quantity=base,
        net_minor=line.net_minor,
        category=line.category,
        rate_bp=line.rate_bp,
        span=line.month,
    )


def _credited(
    number: int,
    line: CreditLine,
    of: InvoiceLine,
    *,
    note: CreditNote,
    known: Particulars,
) -> PaperLine:
    """A line given back in full repeats its price; a part of it is an amount."""
    whole = _line(of, note.currency, known)
    if line.net_minor == whole.net_minor:
        return replace(whole, position=number)
    return replace(
        whole,
        position=number,
        quantity=-1 if line.net_minor < 0 else 1,
        unit=ONE,
        price_micros=_micros(abs(line.net_minor), note.currency),
        base_quantity=1,
        net_minor=line.net_minor,
    )


def _taxes(
    invoice: Invoice, found: tuple[TaxGroup, ...], known: Particulars
) -> tuple[PaperTax, ...]:
    code = invoice.tax_reason_code
    reason = reason_text(code, invoice.tax_reason, known.language)
    return tuple(
        PaperTax(
            each.category,
            each.rate_bp,
            each.basis_minor,
            each.tax_minor,
            reason="" if each.category in CHARGED else reason,
            reason_code="" if each.category in CHARGED else code,
        )
        for each in found
    )


def _micros(minor: int, currency: str) -> int:
    per_minor: int = MICROS_PER_MAJOR // 10 ** minor_digits(currency)
    return minor * per_minor
