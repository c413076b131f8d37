"""Appeals, as stored: what somebody said about an answer of ours."""

from __future__ import annotations

from gateway.storage.database import Database, Row


class StoredAppeals:
    """Appeals over a database; nothing is ever changed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(
        self,
        appeal_id: str,
        *,
        request_id: str,
        contact: str,
        text: str,
        received_us: int,
    ) -> None:
        """Keep an appeal; the same id again changes nothing.

        Raises:
            Unavailable: the store cannot write now.
        """
        sql = (
            "INSERT INTO appeal (id, request_id, contact, text, received_us)"
            " VALUES (:id, :request_id, :contact, :text, :received_us)"
            " ON CONFLICT (id) DO NOTHING"
        )
        row = {
            "id": appeal_id,
            "request_id": request_id,
            "contact": contact,
            "text": text,
            "received_us": received_us,
        }
        with self._db.transaction() as transaction:
            transaction.run(sql, row)

    def all(self) -> list[Row]:
        """Every appeal, oldest first."""
        return self._db.rows("SELECT * FROM appeal ORDER BY received_us, id")
