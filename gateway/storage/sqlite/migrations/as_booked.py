"""What was known when a split was booked, and whom an allocation left out."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("as_booked")

STATEMENTS = (
    """
CREATE TABLE waterfall_booking (
  entry_id TEXT PRIMARY KEY REFERENCES waterfall_payer,
  currency TEXT NOT NULL,
  booked_us INTEGER NOT NULL,
  unnumbered INTEGER NOT NULL CHECK (unnumbered >= 0)
) STRICT, WITHOUT ROWID
""",
    """
CREATE INDEX waterfall_booking_last
ON waterfall_booking (currency, booked_us, unnumbered)
""",
    """
CREATE TABLE allocation_left_out (
  key TEXT NOT NULL,
  source TEXT NOT NULL,
  currency TEXT NOT NULL,
  party_ids TEXT NOT NULL,
  PRIMARY KEY (key, source, currency),
  FOREIGN KEY (key, source, currency) REFERENCES allocation
) STRICT, WITHOUT ROWID
""",
    *append_only("waterfall_booking", "when a split was booked"),
    *append_only("allocation_left_out", "whom an allocation left out"),
)


@migrations()
def m001_as_booked(db: Database) -> None:
    """Make the tables and their guards."""
    for statement in STATEMENTS:
        db.execute(statement)
