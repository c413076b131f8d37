"""Tables of disputes and reminders: said once, and never taken back."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only
from gateway.storage.sqlite.migrations.span_charges import allow_kinds

migrations = Migrations("dunning")

# No key leads to `invoice_line`: a table that is made anew would take it along.
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
  PRIMARY KEY (dispute_id, position)
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
  OR NOT EXISTS (
    SELECT 1 FROM invoice_line
    WHERE invoice_id = NEW.invoice_id AND position = NEW.position)
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

CARRIED = (
    """
CREATE TABLE carried (
  run_id TEXT NOT NULL REFERENCES billing_run,
  agreement_id TEXT NOT NULL REFERENCES agreement,
  currency TEXT NOT NULL,
  net_minor INTEGER NOT NULL CHECK (net_minor > 0),
  PRIMARY KEY (run_id, agreement_id, currency)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE carried_billed (
  run_id TEXT NOT NULL,
  agreement_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  invoice_id TEXT NOT NULL REFERENCES invoice,
  PRIMARY KEY (run_id, agreement_id, currency),
  FOREIGN KEY (run_id, agreement_id, currency) REFERENCES carried
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER carried_is_what_was_rated BEFORE INSERT ON carried
WHEN NEW.net_minor IS NOT (
    SELECT sum(net_minor) FROM rated_line WHERE run_id = NEW.run_id
      AND agreement_id = NEW.agreement_id AND currency = NEW.currency)
  OR EXISTS (
    SELECT 1 FROM invoice WHERE run_id = NEW.run_id
      AND agreement_id = NEW.agreement_id AND currency = NEW.currency)
BEGIN SELECT RAISE(ABORT, 'what is carried was rated, and is on no draft'); END
""",
    """
CREATE TRIGGER carried_to_its_own BEFORE INSERT ON carried_billed
WHEN NOT EXISTS (
  SELECT 1 FROM invoice WHERE id = NEW.invoice_id AND status = 'draft'
    AND agreement_id = NEW.agreement_id AND currency = NEW.currency
    AND run_id <> NEW.run_id)
BEGIN SELECT RAISE(ABORT, 'what is carried goes on a later draft of its own'); END
""",
    *append_only("carried", "what was carried"),
    *append_only("carried_billed", "where it was billed"),
)

IN_KIND = (
    """
CREATE TABLE in_kind (
  invoice_id TEXT NOT NULL REFERENCES invoice,
  position INTEGER NOT NULL,
  claim_id TEXT NOT NULL CHECK (claim_id <> ''),
  net_minor INTEGER NOT NULL CHECK (net_minor > 0),
  said_by TEXT NOT NULL CHECK (said_by <> ''),
  at_us INTEGER NOT NULL,
  PRIMARY KEY (invoice_id, position)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX in_kind_claim ON in_kind (claim_id, invoice_id, position)",
    """
CREATE TRIGGER in_kind_is_a_line BEFORE INSERT ON in_kind
WHEN NOT EXISTS (
  SELECT 1 FROM invoice_line WHERE invoice_id = NEW.invoice_id
    AND position = NEW.position AND kind = 'in-kind' AND net_minor = -NEW.net_minor)
BEGIN SELECT RAISE(ABORT, 'what is settled in kind stands on its invoice'); END
""",
    *append_only("in_kind", "what was settled in kind"),
)


@migrations()
def m001_disputes_and_reminders(db: Database) -> None:
    """Disputes, how they ended, and the letters about what is overdue."""
    for statement in (*DISPUTES, *REMINDERS):
        db.execute(statement)


@migrations()
def m002_small_amounts_carried(db: Database) -> None:
    """What was too little for an invoice, and where it went."""
    for statement in CARRIED:
        db.execute(statement)


@migrations()
def m003_settled_in_kind(db: Database) -> None:
    """Lines that contributions settle, and on what they rest."""
    allow_kinds(db, "in-kind")
    for statement in IN_KIND:
        db.execute(statement)
