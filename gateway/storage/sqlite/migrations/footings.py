"""What was priced while nobody had verified its party takes no place on a ladder."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("footings")

UNPROVEN = """
ALTER TABLE rated_line ADD COLUMN is_unproven INTEGER NOT NULL DEFAULT 0
  CHECK (is_unproven IN (0, 1))
"""
"""What was rated before keeps the place it took."""


@migrations()
def m001_unproven(db: Database) -> None:
    """Make the column."""
    db.execute(UNPROVEN)
    db.execute("DROP INDEX rated_line_ladder")
    db.execute(
        "CREATE INDEX rated_line_climbed"
        " ON rated_line (party_id, tariff, span_start_us, span_end_us)"
    )
