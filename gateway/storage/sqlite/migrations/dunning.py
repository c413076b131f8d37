"""Tables of disputes and reminders: said once, and never taken back."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("dunning")

DISPUTES = (
    """
CREATE TABLE dispute (
  id TEXT PRIMARY KEY,
  invoice_id TEXT NOT NULL REFERENCES invoice,
  said_by TEXT NOT NULL CHECK (said_by <> ''),
  reason TEXT NOT NULL CHECK (reason <> ''),
  opened_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE dispute_line (
  dispute_id TEXT NOT NULL REFERENCES dispute,
  invoice_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (dispute_id, position),
  FOREIGN KEY (invoice_id, position) REFERENCES invoice_line (invoice_id, position)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE dispute_end (
  dispute_id TEXT PRIMARY KEY REFERENCES dispute,
  outcome TEXT NOT NULL CHECK (outcome IN ('upheld', 'rejected')),
  said_by TEXT NOT NULL CHECK (said_by <> ''),
  reason TEXT NOT NULL CHECK (reason <> ''),
  at_us INTEGER NOT NULL,
  note_id TEXT REFERENCES credit_note,
  CHECK ((outcome = 'upheld') = (note_id IS NOT NULL))
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX dispute_invoice ON dispute (invoice_id, id)",
    "CREATE INDEX dispute_line_invoice ON dispute_line (invoice_id, position)",
    """
CREATE TRIGGER dispute_of_what_was_issued BEFORE INSERT ON dispute
WHEN (SELECT status FROM invoice WHERE id = NEW.invoice_id) IS NOT 'finalised'
BEGIN SELECT RAISE(ABORT, 'only a finalised invoice is disputed'); END
""",
    """
CREATE TRIGGER dispute_line_once BEFORE INSERT ON dispute_line
WHEN (SELECT invoice_id FROM dispute WHERE id = NEW.dispute_id) IS NOT NEW.invoice_id
  OR EXISTS (SELECT 1 FROM dispute_end WHERE dispute_id = NEW.dispute_id)
  OR EXISTS (
    SELECT 1 FROM dispute_line AS other
    WHERE other.invoice_id = NEW.invoice_id AND other.position = NEW.position
      AND NOT EXISTS (
        SELECT 1 FROM dispute_end WHERE dispute_id = other.dispute_id))
BEGIN SELECT RAISE(ABORT, 'a line is in one dispute at a time'); END
""",
    """
CREATE TRIGGER dispute_ends_later BEFORE INSERT ON dispute_end
WHEN NEW.at_us < (SELECT opened_us FROM dispute WHERE id = NEW.dispute_id)
  OR (NEW.note_id IS NOT NULL
    AND (SELECT invoice_id FROM credit_note WHERE id = NEW.note_id)
      IS NOT (SELECT invoice_id FROM dispute WHERE id = NEW.dispute_id))
BEGIN SELECT RAISE(ABORT, 'a dispute ends later, by a note on its invoice'); END
""",
    *append_only("dispute", "a dispute"),
    *append_only("dispute_line", "a dispute"),
    *append_only("dispute_end", "the end of a dispute"),
)

REMINDERS = (
    """
CREATE TABLE reminder (
  invoice_id TEXT NOT NULL REFERENCES invoice,
  level INTEGER NOT NULL CHECK (level > 0),
  is_last INTEGER NOT NULL CHECK (is_last IN (0, 1)),
  overdue_minor INTEGER NOT NULL CHECK (overdue_minor > 0),
  days INTEGER NOT NULL CHECK (days >= 0),
  address TEXT NOT NULL CHECK (address <> ''),
  language TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  decided_us INTEGER NOT NULL,
  PRIMARY KEY (invoice_id, level)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE reminder_sent (
  invoice_id TEXT NOT NULL,
  level INTEGER NOT NULL,
  at_us INTEGER NOT NULL,
  PRIMARY KEY (invoice_id, level),
  FOREIGN KEY (invoice_id, level) REFERENCES reminder (invoice_id, level)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER reminder_in_order BEFORE INSERT ON reminder
WHEN (SELECT status FROM invoice WHERE id = NEW.invoice_id) IS NOT 'finalised'
  OR NEW.level IS NOT
    (SELECT count(*) + 1 FROM reminder WHERE invoice_id = NEW.invoice_id)
BEGIN SELECT RAISE(ABORT, 'reminders come one after the other, each once'); END
""",
    *append_only("reminder", "a reminder"),
    *append_only("reminder_sent", "that a reminder was sent"),
)


@migrations()
def m001_disputes_and_reminders(db: Database) -> None:
    """Disputes, how they ended, and the letters about what is overdue."""
    for statement in (*DISPUTES, *REMINDERS):
        db.execute(statement)
