"""Tables of caps: what customers allow themselves, every change as a row that stays."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("caps")

CAP_CHANGE = """
CREATE TABLE cap_change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  agreement_id TEXT NOT NULL REFERENCES agreement,
  key_id TEXT NOT NULL,
  counted TEXT NOT NULL CHECK (counted IN ('requests', 'bytes', 'money')),
  per TEXT NOT NULL CHECK (per IN ('day', 'month', 'life')),
  strength TEXT NOT NULL CHECK (strength IN ('soft', 'hard')),
  amount INTEGER NOT NULL CHECK (amount >= 0),
  is_lifted INTEGER NOT NULL CHECK (is_lifted IN (0, 1)),
  at_us INTEGER NOT NULL
) STRICT
"""


@migrations()
def m001_caps(db: Database) -> None:
    """Changes of caps."""
    db.execute(CAP_CHANGE)
    db.execute("CREATE INDEX cap_change_agreement ON cap_change (agreement_id, seq)")
    for guard in append_only("cap_change", "a change of a cap"):
        db.execute(guard)
