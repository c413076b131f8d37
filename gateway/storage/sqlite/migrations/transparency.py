"""Tables of the open books: the log, who is called what in it, and its heads."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("transparency")

TABLES = (
    """
CREATE TABLE waterfall_basis (
  entry_id TEXT PRIMARY KEY REFERENCES journal_entry,
  net_minor INTEGER NOT NULL CHECK (net_minor >= 0),
  operator_bp INTEGER NOT NULL,
  reserve_bp INTEGER NOT NULL,
  labour_bp INTEGER NOT NULL,
  solidarity_bp INTEGER NOT NULL,
  unpaid_bp INTEGER NOT NULL CHECK (unpaid_bp >= 0),
  reserve_room_minor INTEGER
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE log_row (
  place INTEGER PRIMARY KEY CHECK (place >= 0),
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  line TEXT NOT NULL,
  up_to_place INTEGER NOT NULL CHECK (up_to_place >= 0),
  UNIQUE (kind, key)
) STRICT
""",
    """
CREATE TRIGGER log_row_follows BEFORE INSERT ON log_row
WHEN NEW.place IS NOT (SELECT coalesce(max(place), -1) + 1 FROM log_row)
BEGIN SELECT RAISE(ABORT, 'a row of the log follows the last one'); END
""",
    """
CREATE TABLE log_party (
  party_id TEXT PRIMARY KEY,
  commitment TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE log_head (
  size INTEGER PRIMARY KEY CHECK (size >= 0),
  note TEXT NOT NULL
) STRICT
""",
    """
CREATE TRIGGER log_head_grows BEFORE INSERT ON log_head
WHEN NEW.size <= (SELECT max(size) FROM log_head)
BEGIN SELECT RAISE(ABORT, 'a checkpoint is of a longer log than the last'); END
""",
    *append_only("waterfall_basis", "what a split rested on"),
    *append_only("log_row", "a row of the log"),
    *append_only("log_party", "who is called what in the log"),
    *append_only("log_head", "a checkpoint"),
)


@migrations()
def m001_log(db: Database) -> None:
    """Make the tables and their guards."""
    for statement in TABLES:
        db.execute(statement)
