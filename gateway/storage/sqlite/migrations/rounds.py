"""Tables of live rounds and of payouts: what was voiced, divided, and sent."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.bank import FITS
from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("rounds")

ROUNDS = (
    """
CREATE TABLE round (
  name TEXT PRIMARY KEY CHECK (name <> ''),
  currency TEXT NOT NULL,
  pool_minor INTEGER CHECK (pool_minor > 0),
  rule TEXT NOT NULL,
  terms TEXT NOT NULL,
  purse TEXT NOT NULL,
  vote_id TEXT NOT NULL,
  options TEXT NOT NULL,
  clusters TEXT NOT NULL,
  opened_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE round_voice (
  round TEXT NOT NULL REFERENCES round,
  position INTEGER NOT NULL CHECK (position > 0),
  giver_id TEXT NOT NULL CHECK (giver_id <> ''),
  option TEXT NOT NULL,
  taker_id TEXT NOT NULL CHECK (taker_id <> '' AND taker_id <> giver_id),
  hundredths INTEGER NOT NULL CHECK (hundredths >= 0),
  at_us INTEGER NOT NULL,
  PRIMARY KEY (round, position)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE round_run (
  round TEXT NOT NULL REFERENCES round,
  number INTEGER NOT NULL CHECK (number > 0),
  inputs TEXT NOT NULL,
  vote_id TEXT NOT NULL,
  weights_by TEXT NOT NULL,
  again_by TEXT NOT NULL CHECK (number = 1 OR again_by <> ''),
  outcome TEXT NOT NULL CHECK (outcome IN ('paid', 'equal-split', 'failed')),
  at_us INTEGER NOT NULL,
  PRIMARY KEY (round, number)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER round_voice_before_it_closes BEFORE INSERT ON round_voice
WHEN EXISTS (SELECT 1 FROM round_run WHERE round = NEW.round)
BEGIN SELECT RAISE(ABORT, 'a round that was run takes no voice'); END
""",
    """
CREATE TRIGGER round_run_follows BEFORE INSERT ON round_run
WHEN NEW.number IS NOT (SELECT count(*) + 1 FROM round_run WHERE round = NEW.round)
  OR EXISTS (SELECT 1 FROM round_run
    WHERE round = NEW.round AND outcome <> 'failed')
BEGIN SELECT RAISE(ABORT, 'a round is paid once, and run again only if it failed'); END
""",
    "CREATE UNIQUE INDEX round_run_again ON round_run (again_by) WHERE again_by <> ''",
    """
CREATE TRIGGER rounds_reach_contributors
BEFORE UPDATE OF is_sealed ON journal_entry
WHEN NEW.reverses IS NULL
  AND EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.id
    AND account IN ('equity:rounds', 'equity:solidarity') AND amount_minor > 0)
  AND EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.id AND amount_minor < 0
    AND account NOT LIKE 'liability:payable:_%'
    AND account NOT IN ('equity:rounds', 'equity:reserve'))
BEGIN SELECT RAISE(ABORT, 'rounds are paid to contributors, or to the reserve'); END
""",
    *append_only("round", "a round"),
    *append_only("round_voice", "voice"),
    *append_only("round_run", "a run of a round"),
)

PAYOUTS = (
    """
CREATE TABLE payout_file (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  execution_on TEXT NOT NULL CHECK (execution_on <> ''),
  made_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE payout_order (
  end_to_end TEXT PRIMARY KEY CHECK (end_to_end <> ''),
  file_id TEXT NOT NULL REFERENCES payout_file,
  contributor_id TEXT NOT NULL CHECK (contributor_id <> ''),
  currency TEXT NOT NULL CHECK (currency = 'EUR'),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE payout_end (
  end_to_end TEXT NOT NULL REFERENCES payout_order,
  state TEXT NOT NULL CHECK (state IN ('paid', 'cancelled', 'returned')),
  at_us INTEGER NOT NULL,
  PRIMARY KEY (end_to_end, state)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER payout_end_can_be BEFORE INSERT ON payout_end
WHEN (NEW.state = 'returned') IS NOT EXISTS (SELECT 1 FROM payout_end
  WHERE end_to_end = NEW.end_to_end AND state = 'paid')
BEGIN SELECT RAISE(ABORT, 'this cannot become of a payout'); END
""",
    """
CREATE TRIGGER payout_order_is_owed BEFORE INSERT ON payout_order
WHEN NEW.amount_minor > -(SELECT coalesce(sum(posting.amount_minor), 0)
    FROM posting JOIN journal_entry AS entry ON entry.id = posting.entry_id
    WHERE posting.account = 'liability:payable:' || NEW.contributor_id
    AND entry.currency = NEW.currency)
  - (SELECT coalesce(sum(waiting.amount_minor), 0) FROM payout_order AS waiting
    WHERE waiting.contributor_id = NEW.contributor_id AND NOT EXISTS
      (SELECT 1 FROM payout_end WHERE payout_end.end_to_end = waiting.end_to_end))
BEGIN SELECT RAISE(ABORT, 'a payout is of what is owed and not in flight'); END
""",
    "CREATE INDEX payout_order_file ON payout_order (file_id)",
    "CREATE INDEX payout_order_who ON payout_order (contributor_id)",
    *append_only("payout_file", "a payout file"),
    *append_only("payout_order", "a payout"),
    *append_only("payout_end", "what became of a payout"),
)


RETURNED = (
    """
CREATE TABLE bank_use_next (
  movement_id TEXT NOT NULL REFERENCES bank_movement,
  position INTEGER NOT NULL CHECK (position > 0),
  used_for TEXT NOT NULL CHECK (used_for IN ('payment', 'returned', 'by-hand',
    'top-up', 'payout', 'payout-returned')),
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
def m001_rounds(db: Database) -> None:
    """Rounds, voice and runs, and what rounds may reach."""
    for statement in ROUNDS:
        db.execute(statement)


@migrations()
def m002_orders(db: Database) -> None:
    """Payout files, their orders, and what became of them."""
    for statement in PAYOUTS:
        db.execute(statement)


@migrations()
def m003_what_comes_back(db: Database) -> None:
    """Money that came in may be a payout that its receiver's bank sent back."""
    for statement in RETURNED:
        db.execute(statement)
