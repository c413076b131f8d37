"""Tables of metering: what was about to pass, and what did.

An intent is open, or over for one reason; it leaves the open ones in the transaction
that says why. A usage event never changes and never goes.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.narrow_usage import make_narrow

migrations = Migrations("metering")

INTENT = """
CREATE TABLE intent (
  request_id TEXT PRIMARY KEY,
  agreement_id TEXT NOT NULL,
  hold_micros INTEGER NOT NULL CHECK (hold_micros >= 0),
  opened_us INTEGER NOT NULL,
  node TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'settled', 'released', 'orphaned')),
  closed_us INTEGER,
  CHECK ((state = 'open') = (closed_us IS NULL))
) STRICT, WITHOUT ROWID
"""

USAGE_EVENT = """
CREATE TABLE usage_event (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  agreement_id TEXT NOT NULL,
  party_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  collection TEXT NOT NULL,
  tariff TEXT NOT NULL,
  tariff_version INTEGER NOT NULL,
  use TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  object_sha256 TEXT NOT NULL,
  status INTEGER NOT NULL,
  ending TEXT NOT NULL CHECK (
    ending IN ('complete', 'aborted', 'capped', 'cut', 'not-billable', 'tunnel')),
  body_bytes INTEGER NOT NULL CHECK (body_bytes >= 0),
  billable_bytes INTEGER NOT NULL CHECK (billable_bytes BETWEEN 0 AND body_bytes),
  billable_requests INTEGER NOT NULL CHECK (billable_requests IN (0, 1)),
  is_repeat INTEGER NOT NULL CHECK (is_repeat IN (0, 1)),
  priced_at_zero INTEGER NOT NULL CHECK (priced_at_zero IN (0, 1)),
  floor_bracket INTEGER NOT NULL CHECK (floor_bracket >= 0),
  is_test INTEGER NOT NULL CHECK (is_test IN (0, 1)),
  occurred_us INTEGER NOT NULL,
  policy_version TEXT NOT NULL,
  node TEXT NOT NULL,
  recorded_us INTEGER NOT NULL
) STRICT
"""

HEARTBEAT = """
CREATE TABLE heartbeat (
  node TEXT NOT NULL,
  hour_us INTEGER NOT NULL CHECK (hour_us % 3600000000 = 0),
  beats INTEGER NOT NULL CHECK (beats > 0),
  last_us INTEGER NOT NULL,
  PRIMARY KEY (node, hour_us)
) STRICT, WITHOUT ROWID
"""

NODE_BOOT = """
CREATE TABLE node_boot (
  boot_id TEXT PRIMARY KEY,
  node TEXT NOT NULL,
  started_us INTEGER NOT NULL,
  orphaned INTEGER NOT NULL CHECK (orphaned >= 0)
) STRICT, WITHOUT ROWID
"""

INDEXES = (
    "CREATE INDEX intent_open ON intent (node, boot_id) WHERE state = 'open'",
    "CREATE INDEX usage_rating ON usage_event (agreement_id, occurred_us)",
    """
CREATE INDEX usage_repeat ON usage_event (agreement_id, object_sha256, occurred_us)
WHERE object_sha256 <> '' AND billable_requests = 1 AND is_repeat = 0
  AND ending = 'complete' AND status IN (200, 203)
""",
)

GUARDS = (
    """
CREATE TRIGGER usage_event_stays BEFORE UPDATE ON usage_event
BEGIN SELECT RAISE(ABORT, 'a usage event never changes'); END
""",
    """
CREATE TRIGGER usage_event_remains BEFORE DELETE ON usage_event
BEGIN SELECT RAISE(ABORT, 'a usage event is never deleted'); END
""",
    """
CREATE TRIGGER intent_closes_once BEFORE UPDATE ON intent
WHEN OLD.state <> 'open' OR NEW.state = 'open'
  OR NEW.request_id <> OLD.request_id OR NEW.agreement_id <> OLD.agreement_id
  OR NEW.hold_micros <> OLD.hold_micros OR NEW.opened_us <> OLD.opened_us
  OR NEW.node <> OLD.node OR NEW.boot_id <> OLD.boot_id
BEGIN SELECT RAISE(ABORT, 'an intent closes once and else never changes'); END
""",
    """
CREATE TRIGGER intent_opens_first BEFORE INSERT ON intent WHEN NEW.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'an intent starts open'); END
""",
    """
CREATE TRIGGER intent_remains BEFORE DELETE ON intent
BEGIN SELECT RAISE(ABORT, 'an intent is never deleted'); END
""",
)


@migrations()
def m001_intents_and_usage_events(db: Database) -> None:
    """Make the tables, the indexes rating needs, and the guards."""
    for table in (INTENT, USAGE_EVENT, HEARTBEAT, NODE_BOOT):
        db.execute(table)
    for statement in (*INDEXES, *GUARDS):
        db.execute(statement)


@migrations()
def m002_usage_that_is_never_owed(db: Database) -> None:
    """Events say whether they were metered while nothing was invoiced."""
    db.execute(
        "ALTER TABLE usage_event ADD COLUMN is_statement INTEGER NOT NULL DEFAULT 0"
        " CHECK (is_statement IN (0, 1))"
    )


@migrations()
def m003_repeats_found_at_once(db: Database) -> None:
    """Keep what can never make a repeat out of the index that finds them.

    Each delivery under a test agreement, or priced at zero, was looked at again for
    every later one of the same object.
    """
    db.execute("DROP INDEX usage_repeat")
    db.execute(
        """
CREATE INDEX usage_repeat ON usage_event (agreement_id, object_sha256, occurred_us)
WHERE object_sha256 <> '' AND billable_requests = 1 AND is_repeat = 0
  AND priced_at_zero = 0 AND is_test = 0
  AND ending = 'complete' AND status IN (200, 203)
"""
    )


@migrations()
def m004_usage_made_narrow(db: Database) -> None:
    """Write a third of the pages for each event, and keep open intents apart."""
    make_narrow(db)
