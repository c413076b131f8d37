"""Applications for individual terms in tables; nothing is ever changed."""

from __future__ import annotations

from gateway.licensing.application import Application
from gateway.storage.database import Database

COLUMNS = (
    "id",
    "offer_id",
    "collection",
    "tariff",
    "tariff_version",
    "document",
    "name",
    "email",
    "wish",
    "asked_us",
    "due_us",
)
SELECT = f"""
SELECT {", ".join(COLUMNS)}, answered_us, coalesce(text, '') AS answer
FROM offer_application LEFT JOIN application_answer ON application_id = id
"""  # noqa: S608 - columns of ours


class StoredApplications:
    """`gateway.licensing.application.ApplicationStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, application: Application) -> None:
        """Keep a new one."""
        names = ", ".join(COLUMNS)
        places = ", ".join(f":{name}" for name in COLUMNS)
        sql = f"INSERT INTO offer_application ({names}) VALUES ({places})"  # noqa: S608 - columns of ours
        with self._db.transaction() as tx:
            tx.run(sql, {name: getattr(application, name) for name in COLUMNS})

    def find(self, application_id: str) -> Application | None:
        """The application of that id, with its answer."""
        row = self._db.row(f"{SELECT} WHERE id = :id", {"id": application_id})
        return Application(**row) if row else None

    def all(self) -> tuple[Application, ...]:
        """Every application, oldest first."""
        rows = self._db.rows(f"{SELECT} ORDER BY asked_us, id")
        return tuple(Application(**row) for row in rows)

    def answer(self, application_id: str, text: str, *, at_us: int) -> None:
        """Keep the host's answer; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO application_answer (application_id, text, answered_us)"
                " VALUES (:id, :text, :at_us)",
                {"id": application_id, "text": text, "at_us": at_us},
            )
