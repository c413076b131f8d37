"""Corrections without a name: what somebody left of themselves can be taken out."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("forgotten-names")

STATEMENTS = (
    "DROP TRIGGER correction_stays",
    """
CREATE TRIGGER correction_stays BEFORE UPDATE ON correction
WHEN NEW.id <> OLD.id OR NEW.archive <> OLD.archive OR NEW.about <> OLD.about
  OR NEW.text <> OLD.text OR NEW.received_us <> OLD.received_us
  OR NEW.name NOT IN ('', OLD.name) OR NEW.contact NOT IN ('', OLD.contact)
BEGIN SELECT RAISE(ABORT, 'a correction never changes'); END
""",
)


@migrations()
def m001_names_can_be_forgotten(db: Database) -> None:
    """Let name and contact of a correction become empty, and nothing else change."""
    for statement in STATEMENTS:
        db.execute(statement)
