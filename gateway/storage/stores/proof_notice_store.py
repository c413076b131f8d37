"""When parties were told that a proof ends, in a table."""

from __future__ import annotations

from gateway.storage.database import Database

ADD = """
INSERT INTO proof_notice (party_id, number, at_us) VALUES (:party_id, :number, :at_us)
ON CONFLICT DO NOTHING
"""
FIND = "SELECT at_us FROM proof_notice WHERE party_id = :party_id AND number = :number"


class StoredProofNotices:
    """`gateway.identity.ports.ProofNoticeStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, party_id: str, number: int, *, at_us: int) -> None:
        """Keep that a party was told; see the port."""
        with self._db.transaction() as tx:
            tx.run(ADD, {"party_id": party_id, "number": number, "at_us": at_us})

    def noticed_us(self, party_id: str, number: int) -> int | None:
        """When a party was told; see the port."""
        row = self._db.row(FIND, {"party_id": party_id, "number": number})
        return int(row["at_us"]) if row else None
