"""Tables a customer can hold against us: statements, and what passed on the wire."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only, never_deleted

migrations = Migrations("evidence")

USAGE_STATEMENT = (
    """
CREATE TABLE usage_statement (
  id TEXT PRIMARY KEY,
  agreement_id TEXT NOT NULL,
  start_us INTEGER NOT NULL,
  end_us INTEGER NOT NULL CHECK (end_us > start_us),
  number INTEGER NOT NULL CHECK (number > 0),
  after_seq INTEGER NOT NULL CHECK (after_seq >= 0),
  upto_seq INTEGER NOT NULL CHECK (upto_seq >= after_seq),
  events INTEGER NOT NULL CHECK (events >= 0),
  body_bytes INTEGER NOT NULL CHECK (body_bytes >= 0),
  issued_us INTEGER NOT NULL CHECK (issued_us >= end_us),
  jws TEXT NOT NULL,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  UNIQUE (agreement_id, start_us, number)
) STRICT
""",
    # The first begins at nothing; each later one where the one before it ended.
    """
CREATE TRIGGER usage_statement_follows BEFORE INSERT ON usage_statement
WHEN NEW.number <> 1 + (SELECT count(*) FROM usage_statement
    WHERE agreement_id = NEW.agreement_id AND start_us = NEW.start_us)
  OR NEW.after_seq <> coalesce((SELECT max(upto_seq) FROM usage_statement
    WHERE agreement_id = NEW.agreement_id AND start_us = NEW.start_us), 0)
BEGIN SELECT RAISE(ABORT, 'a statement begins where the last one ended'); END
""",
    *append_only("usage_statement", "an issued statement"),
)

WIRE_COUNT = (
    """
CREATE TABLE wire_count (
  agreement_id TEXT NOT NULL,
  hour_us INTEGER NOT NULL CHECK (hour_us % 3600000000 = 0),
  responses INTEGER NOT NULL CHECK (responses > 0),
  body_bytes INTEGER NOT NULL CHECK (body_bytes >= 0),
  PRIMARY KEY (agreement_id, hour_us)
) STRICT, WITHOUT ROWID
""",
    """
INSERT INTO wire_count (agreement_id, hour_us, responses, body_bytes)
SELECT terms.agreement_id, event.occurred_us - event.occurred_us % 3600000000,
  count(*), sum(event.body_bytes)
FROM usage_event AS event JOIN usage_terms AS terms ON terms.id = event.terms_id
WHERE event.had_intent = 1 GROUP BY 1, 2
""",
    """
CREATE TRIGGER wire_count_grows BEFORE UPDATE ON wire_count
WHEN NEW.agreement_id <> OLD.agreement_id OR NEW.hour_us <> OLD.hour_us
  OR NEW.responses <= OLD.responses OR NEW.body_bytes < OLD.body_bytes
BEGIN SELECT RAISE(ABORT, 'what passed on the wire only grows'); END
""",
    never_deleted("wire_count", "what passed on the wire"),
)


@migrations()
def m001_statements(db: Database) -> None:
    """Signed statements of usage, each kept once."""
    for statement in USAGE_STATEMENT:
        db.execute(statement)


@migrations()
def m002_wire_count(db: Database) -> None:
    """What the transport counted, beside the events; older usage begins as recorded."""
    for statement in WIRE_COUNT:
        db.execute(statement)
