"""Tables of gifts and donations; money that came in may be either."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.bank import FITS
from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("gifts")

GIFTS = (
    """
CREATE TABLE gift (
  id TEXT PRIMARY KEY,
  to_party_id TEXT NOT NULL,
  from_party_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  reference TEXT NOT NULL UNIQUE CHECK (reference <> ''),
  memo TEXT NOT NULL,
  received_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    *append_only("gift", "a gift"),
    """
CREATE TRIGGER gift_passes_whole
BEFORE UPDATE OF is_sealed ON journal_entry
WHEN NEW.reverses IS NULL
  AND EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.id
    AND account LIKE 'liability:gift:_%')
  AND EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.id
    AND account NOT LIKE 'liability:gift:_%'
    AND account NOT IN ('asset:bank', 'asset:stripe', 'liability:unmatched'))
BEGIN SELECT RAISE(ABORT, 'a gift is passed on whole to who was named'); END
""",
)

USE_FOR_GIFTS = (
    """
CREATE TABLE bank_use_next (
  movement_id TEXT NOT NULL REFERENCES bank_movement,
  position INTEGER NOT NULL CHECK (position > 0),
  used_for TEXT NOT NULL
    CHECK (used_for IN ('payment', 'returned', 'by-hand', 'top-up', 'payout',
      'payout-returned', 'donation', 'gift')),
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
)


@migrations()
def m001_gifts_and_donations(db: Database) -> None:
    """Make the table and its guards, and let money that came in be given."""
    for statement in (*GIFTS, *USE_FOR_GIFTS):
        db.execute(statement)
