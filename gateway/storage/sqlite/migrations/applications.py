"""Tables of applications for individual terms, and of what the host answered."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("applications")

APPLICATION = """
CREATE TABLE offer_application (
  id TEXT PRIMARY KEY,
  offer_id TEXT NOT NULL,
  collection TEXT NOT NULL,
  tariff TEXT NOT NULL,
  tariff_version INTEGER NOT NULL,
  document TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  wish TEXT NOT NULL,
  asked_us INTEGER NOT NULL,
  due_us INTEGER NOT NULL CHECK (due_us >= asked_us),
  FOREIGN KEY (tariff, tariff_version) REFERENCES tariff_version (tariff, version)
) STRICT, WITHOUT ROWID
"""

ANSWER = """
CREATE TABLE application_answer (
  application_id TEXT PRIMARY KEY REFERENCES offer_application,
  text TEXT NOT NULL CHECK (text <> ''),
  answered_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""


@migrations()
def m001_applications(db: Database) -> None:
    """Make the tables and their guards."""
    for table in (APPLICATION, ANSWER):
        db.execute(table)
    for guard in (
        *append_only("offer_application", "an application"),
        *append_only("application_answer", "an answer"),
    ):
        db.execute(guard)
