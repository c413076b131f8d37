"""Tables of the fund: the journal, and what was allocated.

An entry is written open, gets its postings, and is sealed in the same transaction;
sealing refuses what does not balance, and any way out of the labour reserve but to
contributors by name.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only, never_deleted

migrations = Migrations("fund")

JOURNAL_ENTRY = """
CREATE TABLE journal_entry (
  id TEXT PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  currency TEXT NOT NULL,
  effective_us INTEGER NOT NULL,
  reverses TEXT UNIQUE REFERENCES journal_entry,
  is_sealed INTEGER NOT NULL DEFAULT 0 CHECK (is_sealed IN (0, 1))
) STRICT, WITHOUT ROWID
"""

POSTING = """
CREATE TABLE posting (
  entry_id TEXT NOT NULL REFERENCES journal_entry,
  position INTEGER NOT NULL CHECK (position > 0),
  account TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor <> 0),
  PRIMARY KEY (entry_id, position)
) STRICT, WITHOUT ROWID
"""

ALLOCATION = """
CREATE TABLE allocation (
  key TEXT NOT NULL,
  source TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  at_us INTEGER NOT NULL,
  PRIMARY KEY (key, source, currency)
) STRICT, WITHOUT ROWID
"""

ALLOCATION_SHARE = """
CREATE TABLE allocation_share (
  key TEXT NOT NULL,
  source TEXT NOT NULL,
  currency TEXT NOT NULL,
  contributor_id TEXT NOT NULL,
  weight INTEGER NOT NULL CHECK (weight > 0),
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
  PRIMARY KEY (key, source, currency, contributor_id),
  FOREIGN KEY (key, source, currency) REFERENCES allocation
) STRICT, WITHOUT ROWID
"""

GUARDS = (
    """
CREATE TRIGGER journal_entry_begins BEFORE INSERT ON journal_entry
WHEN NEW.is_sealed <> 0
BEGIN SELECT RAISE(ABORT, 'an entry is sealed after its postings'); END
""",
    """
CREATE TRIGGER journal_entry_seals BEFORE UPDATE ON journal_entry
WHEN OLD.is_sealed = 1 OR NEW.is_sealed <> 1
  OR NEW.id <> OLD.id OR NEW.key <> OLD.key OR NEW.kind <> OLD.kind
  OR NEW.ref <> OLD.ref OR NEW.currency <> OLD.currency
  OR NEW.effective_us <> OLD.effective_us OR NEW.reverses IS NOT OLD.reverses
BEGIN SELECT RAISE(ABORT, 'a journal entry never changes'); END
""",
    """
CREATE TRIGGER journal_entry_balances BEFORE UPDATE OF is_sealed ON journal_entry
WHEN (SELECT count(*) FROM posting WHERE entry_id = NEW.id) < 2
  OR (SELECT sum(amount_minor) FROM posting WHERE entry_id = NEW.id) <> 0
BEGIN SELECT RAISE(ABORT, 'a journal entry balances'); END
""",
    """
CREATE TRIGGER labour_reserve_is_labours
BEFORE UPDATE OF is_sealed ON journal_entry
WHEN NEW.reverses IS NULL
  AND EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.id
    AND account = 'equity:labour_reserve' AND amount_minor > 0)
  AND EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.id
    AND account NOT LIKE 'liability:payable:_%' AND amount_minor < 0)
BEGIN SELECT RAISE(ABORT, 'the labour reserve is paid to contributors'); END
""",
    never_deleted("journal_entry", "a journal entry"),
    """
CREATE TRIGGER posting_only_before_sealing BEFORE INSERT ON posting
WHEN (SELECT is_sealed FROM journal_entry WHERE id = NEW.entry_id) IS NOT 0
BEGIN SELECT RAISE(ABORT, 'a sealed entry takes no posting'); END
""",
    *append_only("posting", "a posting"),
    *append_only("allocation", "an allocation"),
    *append_only("allocation_share", "an allocation"),
)


@migrations()
def m001_journal_and_allocations(db: Database) -> None:
    """Make the tables, their indexes and their guards."""
    for table in (JOURNAL_ENTRY, POSTING, ALLOCATION, ALLOCATION_SHARE):
        db.execute(table)
    db.execute("CREATE INDEX journal_entry_ref ON journal_entry (ref)")
    db.execute("CREATE INDEX posting_account ON posting (account, amount_minor)")
    for guard in GUARDS:
        db.execute(guard)
