"""The table of departures: which party left, and when."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("departures")

DEPARTURE = """
CREATE TABLE departure (
  party_id TEXT NOT NULL CHECK (party_id <> ''),
  left_us INTEGER NOT NULL,
  PRIMARY KEY (party_id, left_us)
) STRICT, WITHOUT ROWID
"""


@migrations()
def m001_departures(db: Database) -> None:
    """Make the table and its guards."""
    for statement in (DEPARTURE, *append_only("departure", "a departure")):
        db.execute(statement)
