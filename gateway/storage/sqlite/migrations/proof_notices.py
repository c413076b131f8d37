"""When parties were told that a proof of theirs ends."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("proof-notices")

STATEMENTS = (
    """
CREATE TABLE proof_notice (
  party_id TEXT NOT NULL REFERENCES party,
  number INTEGER NOT NULL CHECK (number > 0),
  at_us INTEGER NOT NULL,
  PRIMARY KEY (party_id, number)
) STRICT, WITHOUT ROWID
""",
    *append_only("proof_notice", "that a party was told"),
)


@migrations()
def m001_notices(db: Database) -> None:
    """By the statement that ends."""
    for statement in STATEMENTS:
        db.execute(statement)
