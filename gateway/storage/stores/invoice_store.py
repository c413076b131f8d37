"""Invoices and credit notes in tables.

A number is drawn by the statement that finalises: triggers compare it with the next
of its series and move the series on, so a gap cannot be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from gateway.billing.canonical import sha256_of
from gateway.billing.credit_note import CreditNote, NamedNote
from gateway.billing.invoice import Invoice, InvoiceLine, Status
from gateway.billing.numbering import parsed
from gateway.billing.ports import Issued
from gateway.billing.tax import TaxGroup
from gateway.kernel.errors import Conflict
from gateway.storage.database import Database, Transaction
from gateway.storage.stores.invoice_rows import (
    draft_params,
    invoice_of,
    line_of,
    line_params,
    note_of,
)

ADD_DRAFT = """
INSERT INTO invoice (id, run_id, agreement_id, party_id, buyer_name, buyer_country,
  buyer_vat_id, seller_name, seller_country, seller_vat_id, seller_address,
  period_start_us, period_end_us, currency, tax_reason, tax_reason_code, status,
  created_us)
VALUES (:id, :run_id, :agreement_id, :party_id, :buyer_name, :buyer_country,
  :buyer_vat_id, :seller_name, :seller_country, :seller_vat_id, :seller_address,
  :start_us, :end_us, :currency, :tax_reason, :tax_reason_code, 'draft', :created_us)
"""
ADD_LINE = """
INSERT INTO invoice_line (invoice_id, position, kind, text, collection, tariff,
  tariff_version, bracket, quantity, unit, price_micros, base_quantity, net_minor,
  category, rate_bp, month_start_us, month_end_us)
VALUES (:invoice_id, :position, :kind, :text, :collection, :tariff, :tariff_version,
  :bracket, :quantity, :unit, :price_micros, :base_quantity, :net_minor, :category,
  :rate_bp, :month_start_us, :month_end_us)
"""
FINALISE = """
UPDATE invoice SET status = 'finalised', series = :series,
  series_number = :series_number, number = :number, issued_us = :issued_us,
  due_us = :due_us, net_minor = :net_minor, tax_minor = :tax_minor,
  gross_minor = :gross_minor, document = :document, document_sha256 = :sha256
WHERE id = :id
"""
ADD_NOTE = """
INSERT INTO credit_note (id, invoice_id, reason, currency, series, series_number,
  number, issued_us, net_minor, tax_minor, document, document_sha256)
VALUES (:id, :invoice_id, :reason, :currency, :series, :series_number, :number,
  :issued_us, :net_minor, :tax_minor, :document, :sha256)
"""
OF_BUYER = "SELECT * FROM invoice WHERE party_id = :party_id ORDER BY id"


class StoredInvoices:
    """`gateway.billing.ports.InvoiceStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_draft(self, invoice: Invoice) -> None:
        """Keep a draft; see the port."""
        with self._db.transaction() as tx:
            tx.run(ADD_DRAFT, draft_params(invoice))
            lines = [line_params(invoice.id, line) for line in invoice.lines]
            tx.run_many(ADD_LINE, lines)

    def add_line(self, invoice_id: str, line: InvoiceLine) -> None:
        """Add a line to a draft; see the port."""
        with self._db.transaction() as tx:
            tx.run(ADD_LINE, line_params(invoice_id, line))

    def next_number(self, series: str) -> int:
        """The next number of a series."""
        sql = "SELECT next FROM number_series WHERE series = :series"
        row = self._db.row(sql, {"series": series})
        return int(row["next"]) if row else 1

    def series(self) -> Mapping[str, int]:
        """Every series and its next number."""
        rows = self._db.rows("SELECT series, next FROM number_series ORDER BY series")
        return {row["series"]: row["next"] for row in rows}

    def finalise(self, invoice: Invoice) -> None:
        """Keep a finalised invoice in place of its draft; see the port."""
        series, number = parsed(invoice.number)
        with self._db.transaction() as tx:
            _begin_series(tx, series)
            _add_taxes(tx, "invoice", of=invoice.id, taxes=invoice.taxes)
            touched = tx.run(
                FINALISE,
                {
                    "id": invoice.id,
                    "series": series,
                    "series_number": number,
                    "number": invoice.number,
                    "issued_us": invoice.issued_us,
                    "due_us": invoice.due_us,
                    "net_minor": invoice.net_minor,
                    "tax_minor": invoice.tax_minor,
                    "gross_minor": invoice.gross_minor,
                    "document": invoice.document,
                    "sha256": sha256_of(invoice.document),
                },
            )
            _assert_touched(touched, invoice.id)

    def void(self, invoice_id: str) -> None:
        """Void a draft; see the port."""
        with self._db.transaction() as tx:
            sql = "UPDATE invoice SET status = 'void' WHERE id = :id"
            _assert_touched(tx.run(sql, {"id": invoice_id}), invoice_id)

    def find(self, name: str) -> Invoice | None:
        """The invoice of that number or id."""
        sql = "SELECT * FROM invoice WHERE id = :name OR number = :name"
        row = self._db.row(sql, {"name": name})
        return invoice_of(row, self._lines_of(row["id"])) if row else None

    def all(self, *, status: Status | None = None) -> tuple[Invoice, ...]:
        """Every invoice, by id."""
        sql = "SELECT * FROM invoice"
        if status:
            sql += " WHERE status = :status"
        rows = self._db.rows(
            f"{sql} ORDER BY id", {"status": status.value} if status else {}
        )
        return tuple(invoice_of(row, self._lines_of(row["id"])) for row in rows)

    def of_buyer(self, party_id: str) -> tuple[Invoice, ...]:
        """A party's invoices, by id."""
        rows = self._db.rows(OF_BUYER, {"party_id": party_id})
        return tuple(invoice_of(row, self._lines_of(row["id"])) for row in rows)

    def issued(self) -> Mapping[str, Issued]:
        """What was kept of every issued document, notes included, by id."""
        rows = self._db.rows(
            "SELECT id, document, document_sha256, net_minor, tax_minor FROM invoice"
            " WHERE status = 'finalised' UNION ALL"
            " SELECT id, document, document_sha256, net_minor, tax_minor"
            " FROM credit_note ORDER BY id"
        )
        return {
            row["id"]: Issued(
                row["document"],
                row["document_sha256"],
                row["net_minor"],
                row["tax_minor"],
            )
            for row in rows
        }

    def add_note(self, note: CreditNote) -> None:
        """Keep an issued credit note; see the port."""
        series, number = parsed(note.number)
        with self._db.transaction() as tx:
            _begin_series(tx, series)
            tx.run_many(
                "INSERT INTO credit_line (note_id, position, net_minor, category,"
                " rate_bp) VALUES (:note_id, :position, :net_minor, :category,"
                " :rate_bp)",
                [
                    {
                        "note_id": note.id,
                        "position": line.position,
                        "net_minor": line.net_minor,
                        "category": line.category,
                        "rate_bp": line.rate_bp,
                    }
                    for line in note.lines
                ],
            )
            _add_taxes(tx, "note", of=note.id, taxes=note.taxes)
            tx.run(
                ADD_NOTE,
                {
                    "id": note.id,
                    "invoice_id": note.invoice_id,
                    "reason": note.reason,
                    "currency": note.currency,
                    "series": series,
                    "series_number": number,
                    "number": note.number,
                    "issued_us": note.issued_us,
                    "net_minor": note.net_minor,
                    "tax_minor": note.tax_minor,
                    "document": note.document,
                    "sha256": sha256_of(note.document),
                },
            )

    def name_note(self, named: NamedNote) -> None:
        """Keep what a note was asked for as; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO credit_name (reference, note_id, asked_sha256)"
                " VALUES (:reference, :note_id, :asked_sha256)",
                asdict(named),
            )

    def named_note(self, reference: str) -> NamedNote | None:
        """The note that was asked for under that name."""
        row = self._db.row(
            "SELECT * FROM credit_name WHERE reference = :reference",
            {"reference": reference},
        )
        return NamedNote(**row) if row else None

    def notes_on(self, invoice_id: str) -> tuple[CreditNote, ...]:
        """The credit notes on an invoice, in the order they were issued."""
        rows = self._db.rows(
            "SELECT * FROM credit_note WHERE invoice_id = :id"
            " ORDER BY series, series_number",
            {"id": invoice_id},
        )
        return tuple(note_of(row, self._db) for row in rows)

    def notes(self) -> tuple[CreditNote, ...]:
        """Every credit note, by id."""
        rows = self._db.rows("SELECT * FROM credit_note ORDER BY id")
        return tuple(note_of(row, self._db) for row in rows)

    def _lines_of(self, invoice_id: str) -> tuple[InvoiceLine, ...]:
        sql = "SELECT * FROM invoice_line WHERE invoice_id = :id ORDER BY position"
        return tuple(line_of(row) for row in self._db.rows(sql, {"id": invoice_id}))


ADD_TAX = {
    "invoice": "INSERT INTO invoice_tax (invoice_id, category, rate_bp, basis_minor,"
    " tax_minor) VALUES (:document, :category, :rate_bp, :basis, :tax)",
    "note": "INSERT INTO credit_tax (note_id, category, rate_bp, basis_minor,"
    " tax_minor) VALUES (:document, :category, :rate_bp, :basis, :tax)",
}


def _begin_series(tx: Transaction, series: str) -> None:
    tx.run(
        "INSERT INTO number_series (series, next) VALUES (:series, 1)"
        " ON CONFLICT DO NOTHING",
        {"series": series},
    )


def _add_taxes(
    tx: Transaction, kind: str, *, of: str, taxes: tuple[TaxGroup, ...]
) -> None:
    tx.run_many(
        ADD_TAX[kind],
        [
            {
                "document": of,
                "category": group.category,
                "rate_bp": group.rate_bp,
                "basis": group.basis_minor,
                "tax": group.tax_minor,
            }
            for group in taxes
        ],
    )


def _assert_touched(touched: int, invoice_id: str) -> None:
    if not touched:
        detail = f"there is no draft {invoice_id}"
        raise Conflict(detail)
