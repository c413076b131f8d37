"""Barter: agreements that say so, and what was set off."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("barter")

STATEMENTS = (
    """
ALTER TABLE agreement ADD COLUMN is_barter INTEGER NOT NULL DEFAULT 0
  CHECK (is_barter = 0 OR (is_barter = 1 AND settling = 'invoiced'))
""",
    """
CREATE TRIGGER agreement_barter_stays BEFORE UPDATE ON agreement
WHEN NEW.is_barter <> OLD.is_barter
BEGIN SELECT RAISE(ABORT, 'whether an agreement is barter never changes'); END
""",
    """
CREATE TABLE barter (
  invoice_id TEXT NOT NULL REFERENCES invoice,
  position INTEGER NOT NULL CHECK (position > 0),
  claim_id TEXT NOT NULL CHECK (claim_id <> ''),
  title TEXT NOT NULL,
  number TEXT NOT NULL,
  net_minor INTEGER NOT NULL CHECK (net_minor > 0),
  category TEXT NOT NULL CHECK (category <> ''),
  rate_bp INTEGER NOT NULL CHECK (rate_bp >= 0),
  reason TEXT NOT NULL,
  reason_code TEXT NOT NULL,
  owed_bp INTEGER NOT NULL CHECK (owed_bp >= 0 AND (owed_bp = 0 OR rate_bp = 0)),
  is_deductible INTEGER NOT NULL CHECK (is_deductible IN (0, 1)),
  said_by TEXT NOT NULL CHECK (said_by <> ''),
  at_us INTEGER NOT NULL,
  PRIMARY KEY (invoice_id, position)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX barter_claim ON barter (claim_id, invoice_id, position)",
    """
CREATE TRIGGER barter_on_a_draft BEFORE INSERT ON barter
WHEN (SELECT status FROM invoice WHERE id = NEW.invoice_id) IS NOT 'draft'
  OR (SELECT agreement.is_barter FROM invoice JOIN agreement
    ON agreement.id = invoice.agreement_id WHERE invoice.id = NEW.invoice_id) IS NOT 1
  OR NEW.position IS NOT
    (SELECT count(*) + 1 FROM barter WHERE invoice_id = NEW.invoice_id)
BEGIN SELECT RAISE(ABORT, 'a draft under a barter agreement, one after another'); END
""",
    *append_only("barter", "what was set off"),
)


@migrations()
def m001_barter(db: Database) -> None:
    """The flag of an agreement, and what contributions were set off."""
    for statement in STATEMENTS:
        db.execute(statement)
