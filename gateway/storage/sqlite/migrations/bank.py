"""Tables of the bank: movements on accounts, and what became of them."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("bank")

FITS = """
CREATE TRIGGER bank_use_fits BEFORE INSERT ON bank_use
WHEN (SELECT direction FROM bank_movement WHERE id = NEW.movement_id) IS NOT 'in'
  OR NEW.amount_minor + coalesce(
      (SELECT sum(amount_minor) FROM bank_use
       WHERE movement_id = NEW.movement_id), 0)
    > (SELECT amount_minor FROM bank_movement WHERE id = NEW.movement_id)
BEGIN SELECT RAISE(ABORT, 'money that came in is used once'); END
"""

TABLES = (
    """
CREATE TABLE bank_movement (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  reference TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
  is_reversal INTEGER NOT NULL CHECK (is_reversal IN (0, 1)),
  booked_us INTEGER NOT NULL,
  end_to_end TEXT NOT NULL,
  creditor_reference TEXT NOT NULL,
  text TEXT NOT NULL,
  name TEXT NOT NULL,
  counterpart TEXT NOT NULL,
  UNIQUE (account, reference)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE bank_use (
  movement_id TEXT NOT NULL REFERENCES bank_movement,
  position INTEGER NOT NULL CHECK (position > 0),
  used_for TEXT NOT NULL
    CHECK (used_for IN ('payment', 'returned', 'by-hand')),
  ref TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  PRIMARY KEY (movement_id, position),
  UNIQUE (used_for, ref)
) STRICT, WITHOUT ROWID
""",
    FITS,
    *append_only("bank_movement", "a movement on the bank account"),
    *append_only("bank_use", "what became of a movement"),
)


@migrations()
def m001_movements(db: Database) -> None:
    """Movements, and what became of them."""
    for statement in TABLES:
        db.execute(statement)


USE_FOR_MORE = (
    """
ALTER TABLE bank_movement
ADD COLUMN fee_minor INTEGER NOT NULL DEFAULT 0 CHECK (fee_minor >= 0)
""",
    """
CREATE TABLE bank_use_next (
  movement_id TEXT NOT NULL REFERENCES bank_movement,
  position INTEGER NOT NULL CHECK (position > 0),
  used_for TEXT NOT NULL
    CHECK (used_for IN ('payment', 'returned', 'by-hand', 'top-up', 'payout')),
  ref TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  PRIMARY KEY (movement_id, position),
  UNIQUE (used_for, ref)
) STRICT, WITHOUT ROWID
""",
    "INSERT INTO bank_use_next SELECT * FROM bank_use",
    "DROP TABLE bank_use",
    "ALTER TABLE bank_use_next RENAME TO bank_use",
    FITS,
    *append_only("bank_use", "what became of a movement"),
    """
CREATE TABLE bank_taken_back (
  back_id TEXT NOT NULL REFERENCES bank_movement,
  position INTEGER NOT NULL CHECK (position > 0),
  movement_id TEXT NOT NULL REFERENCES bank_movement,
  kind TEXT NOT NULL CHECK (kind IN ('payment', 'top-up', 'draw')),
  ref TEXT NOT NULL,
  invoice_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  PRIMARY KEY (back_id, position)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX bank_taken_back_of ON bank_taken_back (movement_id)",
    "CREATE INDEX bank_taken_back_on ON bank_taken_back (invoice_id)",
    """
CREATE TRIGGER bank_taken_back_fits BEFORE INSERT ON bank_taken_back
WHEN (SELECT direction FROM bank_movement WHERE id = NEW.back_id) IS NOT 'out'
  OR (SELECT direction FROM bank_movement WHERE id = NEW.movement_id) IS NOT 'in'
  OR NEW.kind <> 'draw' AND (
    NEW.amount_minor + coalesce(
      (SELECT sum(amount_minor) FROM bank_taken_back
       WHERE back_id = NEW.back_id AND kind <> 'draw'), 0)
    > (SELECT amount_minor FROM bank_movement WHERE id = NEW.back_id)
    OR NEW.amount_minor + coalesce(
      (SELECT sum(amount_minor) FROM bank_taken_back
       WHERE movement_id = NEW.movement_id AND kind <> 'draw'), 0)
    > (SELECT amount_minor FROM bank_movement WHERE id = NEW.movement_id))
BEGIN SELECT RAISE(ABORT, 'what came in is taken back once'); END
""",
    *append_only("bank_taken_back", "what was taken back"),
)


@migrations()
def m002_top_ups_and_what_is_taken_back(db: Database) -> None:
    """Money may be paid ahead, held by a provider, and taken back."""
    for statement in USE_FOR_MORE:
        db.execute(statement)
