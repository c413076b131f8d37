"""Terms of stewards and what officers did, in tables that only grow."""

from __future__ import annotations

from dataclasses import asdict

from gateway.fund.voting.office import Act, Term
from gateway.storage.database import Database

BEGIN = """
INSERT INTO steward_term (id, collection, steward_id, deputy_id, starts_us, ends_us,
  decision_id)
VALUES (:id, :collection, :steward_id, :deputy_id, :starts_us, :ends_us, :decision_id)
"""
NOTE = """
INSERT INTO steward_act (id, party_id, what, about, at_us)
VALUES (:id, :party_id, :what, :about, :at_us)
"""


class StoredOffices:
    """`gateway.fund.voting.ports.OfficeStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def begin(self, term: Term) -> None:
        """Keep a term; see the port."""
        with self._db.transaction() as tx:
            tx.run(BEGIN, {**asdict(term), "decision_id": term.decision_id or None})

    def terms(self) -> tuple[Term, ...]:
        """Every term, by start and id."""
        rows = self._db.rows("SELECT * FROM steward_term ORDER BY starts_us, id")
        return tuple(
            Term(**{**row, "decision_id": row["decision_id"] or ""}) for row in rows
        )

    def note(self, act: Act) -> None:
        """Keep what an officer did; see the port."""
        with self._db.transaction() as tx:
            tx.run(NOTE, asdict(act))

    def acts(self) -> tuple[Act, ...]:
        """Everything officers did, by time and id."""
        rows = self._db.rows("SELECT * FROM steward_act ORDER BY at_us, id")
        return tuple(Act(**row) for row in rows)
