"""Whose income was given back, and from which months it is taken."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("stays")

STATEMENTS = (
    """
CREATE TABLE income_given_back (
  entry_id TEXT PRIMARY KEY REFERENCES journal_entry,
  currency TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number > 0),
  after INTEGER NOT NULL CHECK (after >= 0),
  unnumbered INTEGER NOT NULL CHECK (unnumbered >= 0),
  owner_id TEXT NOT NULL,
  net_minor INTEGER NOT NULL CHECK (net_minor > 0),
  UNIQUE (currency, number)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE income_given_back_part (
  entry_id TEXT NOT NULL REFERENCES income_given_back,
  currency TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  month INTEGER NOT NULL,
  net_minor INTEGER NOT NULL CHECK (net_minor > 0),
  endowed_minor INTEGER NOT NULL CHECK (endowed_minor >= 0),
  PRIMARY KEY (entry_id, month)
) STRICT, WITHOUT ROWID
""",
    """
CREATE INDEX income_given_back_part_month
ON income_given_back_part (currency, month, owner_id, net_minor, endowed_minor)
""",
    """
CREATE TRIGGER income_given_back_in_order BEFORE INSERT ON income_given_back
WHEN new.number <> 1 + (
  SELECT coalesce(max(number), 0) FROM income_given_back
  WHERE currency = new.currency
)
BEGIN SELECT raise(ABORT, 'income that went back follows the last one'); END
""",
    *append_only("income_given_back", "whose income went back"),
    *append_only("income_given_back_part", "from which months it was taken"),
)


@migrations()
def m001_stays(db: Database) -> None:
    """Make the tables and their guards."""
    for statement in STATEMENTS:
        db.execute(statement)
