"""What was too little for an invoice, in tables."""

from __future__ import annotations

from gateway.billing.carrying import Carried
from gateway.storage.database import Database, Row

ALL = """
SELECT carried.*, invoice_id FROM carried
LEFT JOIN carried_billed USING (run_id, agreement_id, currency)
"""
ORDERED = " ORDER BY run_id, agreement_id, currency"


class StoredCarried:
    """`gateway.billing.life_ports.CarriedStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, carried: Carried) -> None:
        """Keep that something waits; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO carried (run_id, agreement_id, currency, net_minor)"
                " VALUES (:run_id, :agreement_id, :currency, :net_minor)",
                {**_key(carried), "net_minor": carried.net_minor},
            )

    def bill(self, carried: Carried, invoice_id: str) -> None:
        """Say on which draft it went; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO carried_billed (run_id, agreement_id, currency,"
                " invoice_id) VALUES (:run_id, :agreement_id, :currency, :invoice_id)",
                {**_key(carried), "invoice_id": invoice_id},
            )

    def waiting(self) -> tuple[Carried, ...]:
        """What waits, by run, agreement and currency."""
        rows = self._db.rows(f"{ALL} WHERE invoice_id IS NULL{ORDERED}")
        return tuple(map(_carried, rows))

    def all(self) -> tuple[Carried, ...]:
        """Everything that was ever carried, by run, agreement and currency."""
        return tuple(map(_carried, self._db.rows(f"{ALL}{ORDERED}")))


def _key(carried: Carried) -> dict[str, str]:
    return {
        "run_id": carried.run_id,
        "agreement_id": carried.agreement_id,
        "currency": carried.currency,
    }


def _carried(row: Row) -> Carried:
    return Carried(
        run_id=row["run_id"],
        agreement_id=row["agreement_id"],
        currency=row["currency"],
        net_minor=row["net_minor"],
        invoice_id=row["invoice_id"] or "",
    )
