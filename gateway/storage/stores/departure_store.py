"""When parties left, in a table that only grows."""

from __future__ import annotations

from gateway.storage.database import Database

NOTE = """
INSERT INTO departure (party_id, left_us) VALUES (:party_id, :left_us)
ON CONFLICT DO NOTHING
"""


class StoredDepartures:
    """`gateway.reciprocity.departure.DepartureStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def note(self, party_id: str, *, at_us: int) -> None:
        """A party leaves; see the port."""
        with self._db.transaction() as tx:
            tx.run(NOTE, {"party_id": party_id, "left_us": at_us})

    def last(self, party_id: str) -> int | None:
        """When it left last; None for never."""
        row = self._db.row(
            "SELECT max(left_us) AS left_us FROM departure WHERE party_id = :party_id",
            {"party_id": party_id},
        )
        return row["left_us"] if row else None
