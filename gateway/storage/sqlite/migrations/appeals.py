"""Tables of appeals: what somebody said about an answer of ours."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("appeals")

APPEAL = """
CREATE TABLE appeal (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL,
  contact TEXT NOT NULL,
  text TEXT NOT NULL,
  received_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""


@migrations()
def m001_appeals(db: Database) -> None:
    """Appeals, as they came in."""
    db.execute(APPEAL)
    for guard in append_only("appeal", "an appeal"):
        db.execute(guard)
