"""What banks take back: gifts as well, what never was here, and found by its name."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("taken-back")

TABLE = """
CREATE TABLE bank_taken_back_next (
  back_id TEXT NOT NULL REFERENCES bank_movement,
  position INTEGER NOT NULL CHECK (position > 0),
  movement_id TEXT NOT NULL REFERENCES bank_movement,
  kind TEXT NOT NULL CHECK (kind IN ('payment', 'top-up', 'draw', 'gift')),
  ref TEXT NOT NULL,
  invoice_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  PRIMARY KEY (back_id, position)
) STRICT, WITHOUT ROWID
"""

# Gifts were taken back in the journal alone: `gift-taken-back:{back}:{gift}`, and
# `gift-borne:…` for what the reserve bore of it.
FROM_THE_JOURNAL = """
INSERT INTO bank_taken_back_next
  (back_id, position, movement_id, kind, ref, invoice_id, amount_minor)
SELECT told.back_id,
  row_number() OVER (PARTITION BY told.back_id ORDER BY told.ref)
    + (SELECT count(*) FROM bank_taken_back b WHERE b.back_id = told.back_id),
  (SELECT movement_id FROM bank_use
   WHERE used_for IN ('gift', 'donation') AND ref = told.ref),
  'gift', told.ref, '', told.minor
FROM (
  SELECT substr(e.key, length(e.kind) + 2,
      length(e.key) - length(e.kind) - length(e.ref) - 2) AS back_id,
    e.ref AS ref, -sum(p.amount_minor) AS minor
  FROM journal_entry e JOIN posting p ON p.entry_id = e.id
  WHERE e.kind IN ('gift-taken-back', 'gift-borne')
    AND p.account IN ('asset:bank', 'asset:stripe')
  GROUP BY 1, 2
) AS told
WHERE told.minor > 0
"""

FITS = """
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
"""

STATEMENTS = (
    TABLE,
    "INSERT INTO bank_taken_back_next SELECT * FROM bank_taken_back",
    FROM_THE_JOURNAL,
    "DROP TABLE bank_taken_back",
    "ALTER TABLE bank_taken_back_next RENAME TO bank_taken_back",
    "CREATE INDEX bank_taken_back_of ON bank_taken_back (movement_id)",
    "CREATE INDEX bank_taken_back_on ON bank_taken_back (invoice_id)",
    FITS,
    *append_only("bank_taken_back", "what was taken back"),
    """
CREATE INDEX bank_movement_called ON bank_movement (account, end_to_end)
WHERE end_to_end <> ''
""",
    """
CREATE TABLE bank_outside (
  back_id TEXT PRIMARY KEY REFERENCES bank_movement,
  reason TEXT NOT NULL CHECK (reason <> ''),
  said_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER bank_outside_fits BEFORE INSERT ON bank_outside
WHEN (SELECT direction FROM bank_movement WHERE id = NEW.back_id) IS NOT 'out'
BEGIN SELECT RAISE(ABORT, 'only money that went out was taken back'); END
""",
    *append_only("bank_outside", "what is outside the books"),
)


@migrations()
def m001_gifts_are_taken_back_where_it_is_read(db: Database) -> None:
    """Gifts join what was taken back; a table of what never was in the books."""
    for statement in STATEMENTS:
        db.execute(statement)
