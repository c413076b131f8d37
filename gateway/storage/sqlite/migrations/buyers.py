"""Invoices are found by their buyer."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("buyers")


@migrations()
def m001_invoices_by_buyer(db: Database) -> None:
    """An index: a customer asks for its own, and nobody else's are read."""
    db.execute("CREATE INDEX invoice_buyer ON invoice (party_id, id)")
