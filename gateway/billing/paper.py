"""What an issued document says, whatever it is written in.

A paper is an invoice or a credit note with everything a bookkeeper needs beside the
amounts: who, where, when, how to pay. Every total stands in it as a figure of its
own, so that whoever checks a paper adds it up again and believes none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from gateway.billing.canonical import digest_of
from gateway.billing.tax import Selling
from gateway.kernel.period import Period

LANGUAGES = ("en", "fr")


class PaperKind(StrEnum):
    """What a paper is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"


@dataclass(frozen=True, slots=True)
class PaperParty:
    """Seller or buyer, as the paper names them; what is not known is empty.

    Attributes:
        name: Legal name.
        country: ISO 3166-1 alpha-2.
        vat_id: VAT identifier with its country's letters.
        tax_id: The tax office's own number, for who has no VAT identifier.
        register_number: Of a public register.
        street, postcode, city: Where letters go.
        email: Where documents go.
    """

    name: str
    country: str = ""
    vat_id: str = ""
    tax_id: str = ""
    register_number: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line.

    Attributes:
        position: From 1.
        text: For a reader.
        quantity: Whole units; negative where something is taken off.
        unit: `bytes`, `requests`, `records` or `one`.
        price_micros: Price of *base_quantity* units, never below 0, never rounded.
        base_quantity: How many units the price stands for.
        net_minor: Quantity times price by base quantity, rounded half-up, once.
        category: VAT category, UNTDID 5305.
        rate_bp: VAT rate, basis points.
        span: When it was delivered.
    """

    position: int
    text: str
    quantity: int
    unit: str
    price_micros: int
    base_quantity: int
    net_minor: int
    category: str
    rate_bp: int
    span: Period


@dataclass(frozen=True, slots=True)
class PaperTax:
    """VAT of one category and rate, with the reason where none is charged."""

    category: str
    rate_bp: int
    basis_minor: int
    tax_minor: int
    reason: str = ""
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class Corrected:
    """The invoice that a credit note corrects."""

    number: str
    issued_us: int


@dataclass(frozen=True, slots=True)
class Payee:
    """Where to pay; empty where it is not said.

    Attributes:
        iban, bic: The account.
        reference: What the payer writes, ISO 11649.
    """

    iban: str = ""
    bic: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """An invoice or a credit note, ready to be written.

    Attributes:
        kind: Which.
        number: `INV-2026-0001`.
        issued_us: When it was issued, microseconds UTC.
        due_us: When it is due; None for a credit note.
        currency: ISO 4217.
        language: `en` or `fr`.
        seller, buyer: Who.
        lines: In order of position.
        taxes: One for each category and rate.
        net_minor, tax_minor, gross_minor: The totals, minor units.
        paid_minor: What was paid ahead or set off, minor units.
        set_off_minor: The part of it that was set off in barter.
        due_minor: What is left to pay, minor units.
        span: Which period it covers.
        agreement_id: Under which agreement.
        payee: Where to pay.
        purchase_order, buyer_reference: What the buyer asked to read.
        note: One sentence more, or empty.
        corrects: For a credit note.
    """

    kind: PaperKind
    number: str
    issued_us: int
    due_us: int | None
    currency: str
    language: str
    seller: PaperParty
    buyer: PaperParty
    lines: tuple[PaperLine, ...]
    taxes: tuple[PaperTax, ...]
    net_minor: int
    tax_minor: int
    gross_minor: int
    paid_minor: int
    due_minor: int
    span: Period
    agreement_id: str
    payee: Payee = Payee()
    purchase_order: str = ""
    buyer_reference: str = ""
    note: str = ""
    corrects: Corrected | None = None
    set_off_minor: int = 0


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What a seller's papers carry beside the seller's name; all may be empty.

    Attributes:
        street, postcode, city: Where letters go.
        email: Where questions go.
        vat_id: For drafts that were made before the seller had one.
        tax_id: The tax office's number.
        register_number: Of a public register.
        iban, bic: The account.
        language: Of papers whose buyer asked for none.
        selling: As what the seller invoices.
        principal: For whom a fiscal host or an alliance does, or empty.
        mandate: What that rests on.
    """

    street: str = ""
    postcode: str = ""
    city: str = ""
    email: str = ""
    vat_id: str = ""
    tax_id: str = ""
    register_number: str = ""
    iban: str = ""
    bic: str = ""
    language: str = "en"
    selling: Selling = Selling.SELF
    principal: str = ""
    mandate: str = ""


@dataclass(frozen=True, slots=True)
class Rendition:
    """A paper, written; kept byte for byte and never made again.

    Attributes:
        pdf: Factur-X: PDF/A-3 with *cii* and *signature* attached.
        cii: Cross Industry Invoice, EN 16931 profile.
        ubl: UBL 2.1 Invoice or CreditNote.
        signature: JWS over *cii*, detached and compact; empty where nothing signs.
    """

    pdf: bytes
    cii: bytes
    ubl: bytes
    signature: str = ""

    @property
    def sha256(self) -> str:
        """One digest over all of it, hex."""
        return digest_of(
            {
                "pdf": hashlib.sha256(self.pdf).hexdigest(),
                "cii": hashlib.sha256(self.cii).hexdigest(),
                "ubl": hashlib.sha256(self.ubl).hexdigest(),
                "signature": self.signature,
            }
        )
