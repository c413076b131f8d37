"""Corrections that readers proposed, in tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from gateway.reciprocity.correction import Correction, Decided
from gateway.storage.database import Database


class StoredCorrections:
    """`gateway.reciprocity.ports.CorrectionStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, correction: Correction) -> None:
        """Keep a correction; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO correction (id, archive, about, text, name, contact,"
                " received_us) VALUES (:id, :archive, :about, :text, :name, :contact,"
                " :received_us)"
                " ON CONFLICT (id) DO NOTHING",
                asdict(correction),
            )

    def decide(self, decided: Decided) -> None:
        """Keep what became of one; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO correction_decision (correction_id, claim_id, reason,"
                " decided_us) VALUES (:correction_id, :claim_id, :reason, :decided_us)",
                asdict(decided),
            )

    def forget(self, correction_id: str) -> None:
        """Take name and contact out of one; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "UPDATE correction SET name = '', contact = '' WHERE id = :id",
                {"id": correction_id},
            )

    def find(self, correction_id: str) -> Correction | None:
        """A correction."""
        sql = "SELECT * FROM correction WHERE id = :id"
        row = self._db.row(sql, {"id": correction_id})
        return Correction(**row) if row else None

    def all(self) -> tuple[Correction, ...]:
        """Every correction, oldest first."""
        sql = "SELECT * FROM correction ORDER BY received_us, id"
        return tuple(Correction(**row) for row in self._db.rows(sql))

    def decisions(self) -> Mapping[str, Decided]:
        """What became of them, by the correction's id."""
        rows = self._db.rows("SELECT * FROM correction_decision ORDER BY correction_id")
        return {row["correction_id"]: Decided(**row) for row in rows}
