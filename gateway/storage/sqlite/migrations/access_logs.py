"""The table of access logs: how far each was read."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("access_logs")

LOG_CHECKPOINT = """
CREATE TABLE log_checkpoint (
  log TEXT PRIMARY KEY,
  inode INTEGER NOT NULL,
  byte_offset INTEGER NOT NULL CHECK (byte_offset >= 0),
  trail TEXT NOT NULL,
  read_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""


@migrations()
def m001_log_checkpoints(db: Database) -> None:
    """How far each log was read."""
    db.execute(LOG_CHECKPOINT)
