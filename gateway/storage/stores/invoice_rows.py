"""How invoices and credit notes read and write as rows."""

from __future__ import annotations

from gateway.billing.credit_note import CreditLine, CreditNote
from gateway.billing.invoice import Invoice, InvoiceLine, LineKind, Status
from gateway.billing.tax import Buyer, TaxGroup
from gateway.kernel.period import Period
from gateway.storage.database import Reader, Row


def draft_params(invoice: Invoice) -> dict[str, int | str]:
    return {
        "id": invoice.id,
        "run_id": invoice.run_id,
        "agreement_id": invoice.agreement_id,
        "party_id": invoice.buyer.party_id,
        "buyer_name": invoice.buyer.name,
        "buyer_country": invoice.buyer.country,
        "buyer_vat_id": invoice.buyer.vat_id,
        "seller_name": invoice.seller_name,
        "seller_country": invoice.seller_country,
        "seller_vat_id": invoice.seller_vat_id,
        "seller_address": invoice.seller_address,
        "start_us": invoice.period.start_us,
        "end_us": invoice.period.end_us,
        "currency": invoice.currency,
        "tax_reason": invoice.tax_reason,
        "tax_reason_code": invoice.tax_reason_code,
        "created_us": invoice.created_us,
    }


def line_params(invoice_id: str, line: InvoiceLine) -> dict[str, int | str]:
    return {
        "invoice_id": invoice_id,
        "position": line.position,
        "kind": line.kind.value,
        "text": line.text,
        "collection": line.collection,
        "tariff": line.tariff,
        "tariff_version": line.tariff_version,
        "bracket": line.bracket,
        "quantity": line.quantity,
        "unit": line.unit,
        "price_micros": line.price_micros,
        "base_quantity": line.base_quantity,
        "net_minor": line.net_minor,
        "category": line.category,
        "rate_bp": line.rate_bp,
        "month_start_us": line.month.start_us,
        "month_end_us": line.month.end_us,
    }


def line_of(row: Row) -> InvoiceLine:
    return InvoiceLine(
        position=row["position"],
        kind=LineKind(row["kind"]),
        text=row["text"],
        collection=row["collection"],
        tariff=row["tariff"],
        tariff_version=row["tariff_version"],
        bracket=row["bracket"],
        quantity=row["quantity"],
        unit=row["unit"],
        price_micros=row["price_micros"],
        base_quantity=row["base_quantity"],
        net_minor=row["net_minor"],
        category=row["category"],
        rate_bp=row["rate_bp"],
        month=Period(row["month_start_us"], row["month_end_us"]),
    )


def invoice_of(row: Row, lines: tuple[InvoiceLine, ...]) -> Invoice:
    return Invoice(
        id=row["id"],
        run_id=row["run_id"],
        agreement_id=row["agreement_id"],
        buyer=Buyer(
            row["party_id"],
            row["buyer_name"],
            row["buyer_country"],
            row["buyer_vat_id"],
        ),
        period=Period(row["period_start_us"], row["period_end_us"]),
        currency=row["currency"],
        lines=lines,
        seller_name=row["seller_name"],
        seller_country=row["seller_country"],
        seller_vat_id=row["seller_vat_id"],
        seller_address=row["seller_address"],
        tax_reason=row["tax_reason"],
        tax_reason_code=row["tax_reason_code"],
        status=Status(row["status"]),
        number=row["number"] or "",
        created_us=row["created_us"],
        issued_us=row["issued_us"],
        due_us=row["due_us"],
    )


def note_of(row: Row, reader: Reader) -> CreditNote:
    key = {"id": row["id"]}
    lines = reader.rows(
        "SELECT position, net_minor, category, rate_bp FROM credit_line"
        " WHERE note_id = :id ORDER BY position",
        key,
    )
    taxes = reader.rows(
        "SELECT category, rate_bp, basis_minor, tax_minor FROM credit_tax"
        " WHERE note_id = :id ORDER BY category, rate_bp",
        key,
    )
    return CreditNote(
        id=row["id"],
        invoice_id=row["invoice_id"],
        reason=row["reason"],
        currency=row["currency"],
        lines=tuple(CreditLine(**line) for line in lines),
        taxes=tuple(TaxGroup(**group) for group in taxes),
        number=row["number"],
        issued_us=row["issued_us"],
    )
