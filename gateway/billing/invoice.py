"""An invoice: draft, then finalised and immutable; or a draft that was voided.

Whether it is paid or overdue is no state of the document: it is read from what was
settled (see `gateway.billing.settlement`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.billing.canonical import canonical_json
from gateway.billing.rating import RatedLine
from gateway.billing.rebate import Rebate
from gateway.billing.span_charge import SpanCharge
from gateway.billing.tax import Buyer, TaxGroup, Treatment, groups
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.money import MICROS_PER_MAJOR, Money, minor_digits
from gateway.kernel.period import Period


class Status(StrEnum):
    """Where a document stands."""

    DRAFT = "draft"
    FINALISED = "finalised"
    VOID = "void"


class LineKind(StrEnum):
    """What a line is for."""

    USAGE = "usage"
    WAIVER = "waiver"  # beyond the prepaid balance of an unverified party
    IN_KIND = "in-kind"  # a price reduction for an accepted contribution
    MINIMUM = "minimum"  # what use left open of an agreed minimum
    ROYALTY = "royalty"  # a share of the turnover that was declared
    REBATE = "rebate"  # for openness, on proof


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line.

    Attributes:
        position: From 1.
        kind: What it is for.
        text: For a reader.
        collection: Of which collection, or empty.
        tariff: The tariff's id, or empty.
        tariff_version: Its version; 0 where there is none.
        bracket: The bracket that priced it, from 0.
        quantity: Whole units.
        unit: What is counted: `bytes`, `requests`, `records`, or `one`.
        price_micros: Unit price, per *base_quantity* units.
        base_quantity: How many units the price stands for.
        net_minor: Net amount, rounded; negative where something is waived.
        category: VAT category.
        rate_bp: VAT rate, basis points.
        month: The calendar month of the usage.
    """

    position: int
    kind: LineKind
    text: str
    collection: str
    tariff: str
    tariff_version: int
    bracket: int
    quantity: int
    unit: str
    price_micros: int
    base_quantity: int
    net_minor: int
    category: str
    rate_bp: int
    month: Period


@dataclass(frozen=True, slots=True)
class Invoice:
    """What a party owes for one agreement and period.

    Attributes:
        id: `inv_…`.
        run_id: The billing run that made it.
        agreement_id: Under which agreement.
        buyer: Who is invoiced, as it stood.
        seller_name: Who invoices, as it stood.
        seller_country: ISO 3166-1 alpha-2.
        seller_vat_id: Or empty.
        seller_address: For the head.
        period: Which span was billed; late usage may be older.
        currency: ISO 4217.
        lines: In order of position.
        tax_reason: Printed where no VAT is charged.
        tax_reason_code: VATEX code, or empty.
        status: Draft, finalised or void.
        number: `INV-2026-0001`; empty unless finalised.
        created_us: When the draft was made.
        issued_us: When it was finalised, or None.
        due_us: When it is due, or None.
    """

    id: str
    run_id: str
    agreement_id: str
    buyer: Buyer
    period: Period
    currency: str
    lines: tuple[InvoiceLine, ...]
    seller_name: str = ""
    seller_country: str = ""
    seller_vat_id: str = ""
    seller_address: str = ""
    tax_reason: str = ""
    tax_reason_code: str = ""
    status: Status = Status.DRAFT
    number: str = ""
    created_us: int = 0
    issued_us: int | None = None
    due_us: int | None = None
    taxes: tuple[TaxGroup, ...] = field(init=False)

    def __post_init__(self) -> None:
        if not self.lines:
            raise InvalidValue("an invoice has at least one line")
        if [line.position for line in self.lines] != [*range(1, len(self.lines) + 1)]:
            raise InvalidValue("an invoice's lines are numbered from 1 without gaps")
        if (self.status is Status.FINALISED) != bool(self.number):
            raise InvalidValue("an invoice has a number exactly when it is finalised")
        parts = ((one.category, one.rate_bp, one.net_minor) for one in self.lines)
        object.__setattr__(self, "taxes", groups(parts))

    @property
    def net_minor(self) -> int:
        """Sum of the lines."""
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """VAT, rounded once per category and rate."""
        return sum(group.tax_minor for group in self.taxes)

    @property
    def gross_minor(self) -> int:
        """What is to be paid."""
        return self.net_minor + self.tax_minor

    @property
    def gross(self) -> Money:
        """What is to be paid, with its currency."""
        return Money(self.gross_minor, self.currency)

    @property
    def document(self) -> str:
        """The canonical document, kept as it is when it is issued."""
        return canonical_json(self)

    def finalised(self, number: str, *, issued_us: int, due_us: int) -> Invoice:
        """The invoice with its number, from now on immutable.

        Raises:
            Conflict: it is no draft.
        """
        self._assert_draft("finalised")
        return replace(
            self,
            status=Status.FINALISED,
            number=number,
            issued_us=issued_us,
            due_us=due_us,
        )

    def voided(self) -> Invoice:
        """The draft, thrown away.

        Raises:
            Conflict: it is no draft; a finalised invoice is corrected by credit.
        """
        self._assert_draft("voided")
        return replace(self, status=Status.VOID)

    def with_line(self, line: InvoiceLine) -> Invoice:
        """The draft with one line more.

        Raises:
            Conflict: it is no draft.
        """
        self._assert_draft("changed")
        return replace(self, lines=(*self.lines, line))

    def _assert_draft(self, step: str) -> None:
        if self.status is not Status.DRAFT:
            detail = (
                f"invoice {self.number or self.id} is {self.status} and cannot be"
                f" {step}; correct a finalised invoice with a credit note"
            )
            raise Conflict(detail)


def usage_line(position: int, rated: RatedLine, taxed: Treatment) -> InvoiceLine:
    """A line for what was rated."""
    share = rated.share
    return InvoiceLine(
        position=position,
        kind=LineKind.USAGE,
        text=(
            f"Machine access to {share.collection}, tariff {rated.ladder.tariff}"
            f" version {rated.tariff_version}, bracket {rated.bracket + 1}"
        ),
        collection=share.collection,
        tariff=rated.ladder.tariff,
        tariff_version=rated.tariff_version,
        bracket=rated.bracket,
        quantity=rated.quantity,
        unit=rated.metered.value,
        price_micros=rated.price_micros,
        base_quantity=rated.per_units,
        net_minor=rated.net_minor,
        category=taxed.category,
        rate_bp=taxed.rate_bp,
        month=share.month,
    )


def charge_line(position: int, charge: SpanCharge, taxed: Treatment) -> InvoiceLine:
    """A line for a step of what a span costs beside its use."""
    kind = LineKind(charge.charged_for.value)
    named = f"tariff {charge.tariff} version {charge.tariff_version}, {charge.span}"
    per_minor = MICROS_PER_MAJOR // 10 ** minor_digits(charge.currency)
    return InvoiceLine(
        position=position,
        kind=kind,
        text=f"{_CHARGED[kind]}, {named}",
        collection="",
        tariff=charge.tariff,
        tariff_version=charge.tariff_version,
        bracket=0,
        quantity=1 if charge.net_minor > 0 else -1,
        unit="one",
        price_micros=abs(charge.net_minor) * per_minor,
        base_quantity=1,
        net_minor=charge.net_minor,
        category=taxed.category,
        rate_bp=taxed.rate_bp,
        month=charge.span,
    )


def rebate_line(position: int, rebate: Rebate, taxed: Treatment) -> InvoiceLine:
    """A line for what openness takes off."""
    per_minor = MICROS_PER_MAJOR // 10 ** minor_digits(rebate.currency)
    named = f"tariff {rebate.tariff} version {rebate.tariff_version}"
    return InvoiceLine(
        position=position,
        kind=LineKind.REBATE,
        text=f"Rebate for opened weights and data, on proof, {named}",
        collection="",
        tariff=rebate.tariff,
        tariff_version=rebate.tariff_version,
        bracket=0,
        quantity=-1,
        unit="one",
        price_micros=rebate.net_minor * per_minor,
        base_quantity=1,
        net_minor=-rebate.net_minor,
        category=taxed.category,
        rate_bp=taxed.rate_bp,
        month=rebate.month,
    )


_CHARGED = {
    LineKind.MINIMUM: "Agreed minimum, as far as use leaves it open",
    LineKind.ROYALTY: "Royalty, basis: declared turnover",
}


def waiver_line(invoice: Invoice, net_minor: int) -> InvoiceLine:
    """A line that takes back *net_minor* of what an unverified party cannot owe."""
    last = invoice.lines[-1]
    return replace(
        last,
        position=last.position + 1,
        kind=LineKind.WAIVER,
        text="Usage beyond the prepaid balance, not charged",
        collection="",
        tariff="",
        tariff_version=0,
        bracket=0,
        quantity=1,
        unit="one",
        price_micros=0,
        base_quantity=1,
        net_minor=-net_minor,
    )
