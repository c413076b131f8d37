"""Harm entries and what became of them, in tables."""

from __future__ import annotations

from gateway.reciprocity.appeal import Appeal
from gateway.reciprocity.harm import Harm, Harmed, HarmKind, Outcome, Ruling
from gateway.storage.database import Database, Row

JOINED = (
    "SELECT harm.*, ruling.outcome, ruling.ruled_by, ruling.reason AS ruling_reason,"
    " ruling.ruled_us, appeal.id AS appeal_id, appeal.party_id AS appealed_by,"
    " appeal.reason AS appeal_reason, appeal.appealed_us FROM harm"
    " LEFT JOIN harm_ruling AS ruling ON ruling.harm_id = harm.id"
    " LEFT JOIN contribution_appeal AS appeal ON appeal.about = harm.id"
)


class StoredHarms:
    """`gateway.reciprocity.ports.HarmStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, harm: Harm) -> None:
        """Keep an entry; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO harm (id, party_id, kind, units, evidence, entered_by,"
                " harmed_us) VALUES (:id, :party_id, :kind, :units, :evidence,"
                " :entered_by, :harmed_us)",
                {
                    "id": harm.id,
                    "party_id": harm.party_id,
                    "kind": harm.kind.value,
                    "units": harm.units,
                    "evidence": harm.evidence,
                    "entered_by": harm.by,
                    "harmed_us": harm.harmed_us,
                },
            )

    def rule(self, ruling: Ruling) -> None:
        """Keep a ruling; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO harm_ruling (harm_id, outcome, ruled_by, reason, ruled_us)"
                " VALUES (:harm_id, :outcome, :ruled_by, :reason, :ruled_us)",
                {
                    "harm_id": ruling.harm_id,
                    "outcome": ruling.outcome.value,
                    "ruled_by": ruling.by,
                    "reason": ruling.reason,
                    "ruled_us": ruling.ruled_us,
                },
            )

    def find(self, harm_id: str) -> Harmed | None:
        """An entry with what became of it."""
        row = self._db.row(f"{JOINED} WHERE harm.id = :id", {"id": harm_id})
        return _harmed(row) if row else None

    def all(self) -> tuple[Harmed, ...]:
        """Every entry, oldest first."""
        rows = self._db.rows(f"{JOINED} ORDER BY harm.harmed_us, harm.id")
        return tuple(map(_harmed, rows))


def _harmed(row: Row) -> Harmed:
    harm = Harm(
        row["id"],
        row["party_id"],
        HarmKind(row["kind"]),
        units=row["units"],
        evidence=row["evidence"],
        by=row["entered_by"],
        harmed_us=row["harmed_us"],
    )
    appeal = ruling = None
    if row["appeal_id"] is not None:
        appeal = Appeal(
            row["appeal_id"],
            harm.id,
            row["appealed_by"],
            reason=row["appeal_reason"],
            appealed_us=row["appealed_us"],
        )
    if row["outcome"] is not None:
        outcome = Outcome(row["outcome"])
        ruling = Ruling(
            harm.id,
            outcome,
            row["ruled_by"],
            reason=row["ruling_reason"],
            ruled_us=row["ruled_us"],
        )
    return Harmed(harm, appeal, ruling)
