"""Payments, and which invoices they went to, in tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from gateway.billing.settlement import Payment, PaymentShare
from gateway.storage.database import Database


class StoredPayments:
    """`gateway.billing.ports.PaymentStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, payment: Payment, shares: Sequence[PaymentShare]) -> None:
        """Keep a payment; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO payment (id, provider, reference, currency,"
                " amount_minor, fee_minor, received_us) VALUES (:id, :provider,"
                " :reference, :currency, :amount_minor, :fee_minor, :received_us)",
                asdict(payment),
            )
            tx.run_many(
                "INSERT INTO payment_share (payment_id, invoice_id, amount_minor)"
                " VALUES (:payment_id, :invoice_id, :amount_minor)",
                [asdict(share) for share in shares],
            )

    def find(self, provider: str, reference: str) -> Payment | None:
        """The payment a provider calls so."""
        row = self._db.row(
            "SELECT * FROM payment"
            " WHERE provider = :provider AND reference = :reference",
            {"provider": provider, "reference": reference},
        )
        return Payment(**row) if row else None

    def shares_of(self, payment_id: str) -> tuple[PaymentShare, ...]:
        """Where a payment went, by invoice id."""
        rows = self._db.rows(
            "SELECT * FROM payment_share WHERE payment_id = :id ORDER BY invoice_id",
            {"id": payment_id},
        )
        return tuple(PaymentShare(**row) for row in rows)

    def shares_on(self, invoice_id: str) -> tuple[PaymentShare, ...]:
        """What went to an invoice, by payment id."""
        rows = self._db.rows(
            "SELECT * FROM payment_share WHERE invoice_id = :id ORDER BY payment_id",
            {"id": invoice_id},
        )
        return tuple(PaymentShare(**row) for row in rows)

    def all(self) -> tuple[Payment, ...]:
        """Every payment, by id."""
        rows = self._db.rows("SELECT * FROM payment ORDER BY id")
        return tuple(Payment(**row) for row in rows)
