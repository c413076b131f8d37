"""What was set off against invoices, in tables."""

from __future__ import annotations

from gateway.billing.barter import Barter, Taxed
from gateway.storage.database import Database, Row

SELECT = (
    "SELECT invoice_id, position, claim_id, title, number, net_minor, category,"
    " rate_bp, reason, reason_code, owed_bp, is_deductible, said_by, at_us FROM barter"
)


class StoredBarters:
    """`gateway.billing.life_ports.BarterStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, barter: Barter) -> None:
        """Keep a set-off; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO barter (invoice_id, position, claim_id, title, number,"
                " net_minor, category, rate_bp, reason, reason_code, owed_bp,"
                " is_deductible, said_by, at_us) VALUES (:invoice_id, :position,"
                " :claim_id, :title, :number, :net_minor, :category, :rate_bp,"
                " :reason, :reason_code, :owed_bp, :is_deductible, :by, :at_us)",
                {
                    "invoice_id": barter.invoice_id,
                    "position": barter.position,
                    "claim_id": barter.claim_id,
                    "title": barter.title,
                    "number": barter.number,
                    "net_minor": barter.net_minor,
                    "category": barter.taxed.category,
                    "rate_bp": barter.taxed.rate_bp,
                    "reason": barter.taxed.reason,
                    "reason_code": barter.taxed.reason_code,
                    "owed_bp": barter.taxed.owed_bp,
                    "is_deductible": int(barter.taxed.is_deductible),
                    "by": barter.by,
                    "at_us": barter.at_us,
                },
            )

    def on(self, invoice_id: str) -> tuple[Barter, ...]:
        """What was set off against an invoice, by position."""
        sql = f"{SELECT} WHERE invoice_id = :id ORDER BY position"
        return tuple(map(_barter, self._db.rows(sql, {"id": invoice_id})))

    def of_claim(self, claim_id: str) -> tuple[Barter, ...]:
        """Against what a contribution was set off, by invoice and position."""
        sql = f"{SELECT} WHERE claim_id = :id ORDER BY invoice_id, position"
        return tuple(map(_barter, self._db.rows(sql, {"id": claim_id})))

    def all(self) -> tuple[Barter, ...]:
        """Everything that was set off, by invoice and position."""
        rows = self._db.rows(f"{SELECT} ORDER BY invoice_id, position")
        return tuple(map(_barter, rows))


def _barter(row: Row) -> Barter:
    return Barter(
        invoice_id=row["invoice_id"],
        position=row["position"],
        claim_id=row["claim_id"],
        title=row["title"],
        number=row["number"],
        net_minor=row["net_minor"],
        taxed=Taxed(
            category=row["category"],
            rate_bp=row["rate_bp"],
            reason=row["reason"],
            reason_code=row["reason_code"],
            owed_bp=row["owed_bp"],
            is_deductible=bool(row["is_deductible"]),
        ),
        by=row["said_by"],
        at_us=row["at_us"],
    )
