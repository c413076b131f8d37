"""What contributions settled, in tables."""

from __future__ import annotations

from dataclasses import asdict

from gateway.billing.in_kind import InKind
from gateway.storage.database import Database, Row

SELECT = "SELECT invoice_id, position, claim_id, net_minor, said_by, at_us FROM in_kind"


class StoredInKind:
    """`gateway.billing.life_ports.InKindStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, settled: InKind) -> None:
        """Keep what a contribution settled; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO in_kind (invoice_id, position, claim_id, net_minor,"
                " said_by, at_us) VALUES (:invoice_id, :position, :claim_id,"
                " :net_minor, :by, :at_us)",
                asdict(settled),
            )

    def of_claim(self, claim_id: str) -> tuple[InKind, ...]:
        """What a contribution settled, by invoice and line."""
        sql = f"{SELECT} WHERE claim_id = :id ORDER BY invoice_id, position"
        return tuple(map(_settled, self._db.rows(sql, {"id": claim_id})))

    def all(self) -> tuple[InKind, ...]:
        """Everything that was settled in kind, by invoice and line."""
        rows = self._db.rows(f"{SELECT} ORDER BY invoice_id, position")
        return tuple(map(_settled, rows))


def _settled(row: Row) -> InKind:
    return InKind(
        invoice_id=row["invoice_id"],
        position=row["position"],
        claim_id=row["claim_id"],
        net_minor=row["net_minor"],
        by=row["said_by"],
        at_us=row["at_us"],
    )
