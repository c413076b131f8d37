"""Who paid what ran through the waterfall, and where the endowment may go."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("payers")

STATEMENTS = (
    """
CREATE TABLE waterfall_payer (
  entry_id TEXT PRIMARY KEY REFERENCES waterfall_basis,
  currency TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number > 0),
  owner_id TEXT NOT NULL CHECK (owner_id <> ''),
  month INTEGER NOT NULL,
  paid_minor INTEGER NOT NULL CHECK (paid_minor >= 0),
  income_minor INTEGER NOT NULL CHECK (income_minor >= paid_minor),
  payers INTEGER NOT NULL CHECK (payers > 0),
  endowed_minor INTEGER NOT NULL CHECK (endowed_minor >= 0),
  limit_bp INTEGER NOT NULL CHECK (limit_bp BETWEEN 0 AND 3000),
  set_apart_minor INTEGER NOT NULL CHECK (set_apart_minor >= 0),
  UNIQUE (currency, number)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX waterfall_payer_month ON waterfall_payer (currency, month)",
    """
CREATE TRIGGER waterfall_payer_follows BEFORE INSERT ON waterfall_payer
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM waterfall_payer
    WHERE currency = NEW.currency)
  OR NEW.currency IS NOT
    (SELECT currency FROM journal_entry WHERE id = NEW.entry_id)
BEGIN SELECT RAISE(ABORT, 'a receipt follows the last one of its currency'); END
""",
    """
CREATE TRIGGER endowment_is_kept
BEFORE UPDATE OF is_sealed ON journal_entry
WHEN NEW.reverses IS NULL
  AND EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.id
    AND account = 'equity:endowment' AND amount_minor > 0)
  AND EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.id
    AND account <> 'equity:reserve' AND amount_minor < 0)
BEGIN SELECT RAISE(ABORT, 'the endowment is released to the reserve alone'); END
""",
    *append_only("waterfall_payer", "who paid"),
)


@migrations()
def m001_payers(db: Database) -> None:
    """Make the table and its guards."""
    for statement in STATEMENTS:
        db.execute(statement)
