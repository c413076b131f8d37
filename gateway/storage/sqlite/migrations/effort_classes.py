"""The table of what was served to whom: requests and bytes, by node, hour and class."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import never_deleted

migrations = Migrations("effort-classes")

STATEMENTS = (
    """
CREATE TABLE effort_class (
  node TEXT NOT NULL,
  hour_us INTEGER NOT NULL CHECK (hour_us % 3600000000 = 0),
  class TEXT NOT NULL CHECK (class <> ''),
  egress_bytes INTEGER NOT NULL CHECK (egress_bytes >= 0),
  requests INTEGER NOT NULL CHECK (requests >= 0),
  PRIMARY KEY (node, hour_us, class)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER effort_class_grows BEFORE UPDATE ON effort_class
WHEN NEW.node <> OLD.node OR NEW.hour_us <> OLD.hour_us OR NEW.class <> OLD.class
  OR NEW.egress_bytes < OLD.egress_bytes OR NEW.requests < OLD.requests
BEGIN SELECT RAISE(ABORT, 'what was served only ever grows'); END
""",
    never_deleted("effort_class", "what was served"),
)


@migrations()
def m001_effort_by_class(db: Database) -> None:
    """Make the table and its guards."""
    for statement in STATEMENTS:
        db.execute(statement)
