"""The table of effort: what serving takes, by node and hour."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import never_deleted

migrations = Migrations("effort")

EFFORT = """
CREATE TABLE effort (
  node TEXT NOT NULL,
  hour_us INTEGER NOT NULL CHECK (hour_us % 3600000000 = 0),
  cpu_us INTEGER NOT NULL CHECK (cpu_us >= 0),
  egress_bytes INTEGER NOT NULL CHECK (egress_bytes >= 0),
  requests INTEGER NOT NULL CHECK (requests >= 0),
  PRIMARY KEY (node, hour_us)
) STRICT, WITHOUT ROWID
"""
GROWS = """
CREATE TRIGGER effort_grows BEFORE UPDATE ON effort
WHEN NEW.node <> OLD.node OR NEW.hour_us <> OLD.hour_us OR NEW.cpu_us < OLD.cpu_us
  OR NEW.egress_bytes < OLD.egress_bytes OR NEW.requests < OLD.requests
BEGIN SELECT RAISE(ABORT, 'effort only ever grows'); END
"""


@migrations()
def m001_effort(db: Database) -> None:
    """Make the table and its guards."""
    for statement in (EFFORT, GROWS, never_deleted("effort", "measured effort")):
        db.execute(statement)
