"""Names that whoever credits gives: the same name leads to the same credit note."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("credit-names")

STATEMENTS = (
    """
CREATE TABLE credit_name (
  reference TEXT PRIMARY KEY CHECK (reference <> ''),
  note_id TEXT NOT NULL UNIQUE REFERENCES credit_note,
  asked_sha256 TEXT NOT NULL CHECK (length(asked_sha256) = 64)
) STRICT, WITHOUT ROWID
""",
    *append_only("credit_name", "what a credit note was asked for as"),
)


@migrations()
def m001_names(db: Database) -> None:
    """What a credit note was asked for as, and a digest of what was asked."""
    for statement in STATEMENTS:
        db.execute(statement)
