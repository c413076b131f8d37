"""Tables of checkouts: who was asked to pay by card, and what was heard of it."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("checkouts")

TABLES = (
    """
CREATE TABLE checkout (
  id TEXT PRIMARY KEY,
  target TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  created_us INTEGER NOT NULL,
  expires_us INTEGER NOT NULL CHECK (expires_us > created_us)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE checkout_step (
  checkout_id TEXT NOT NULL REFERENCES checkout,
  position INTEGER NOT NULL CHECK (position > 0),
  state TEXT NOT NULL
    CHECK (state IN ('unknown', 'open', 'paid', 'expired', 'refused')),
  session TEXT NOT NULL,
  url TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  PRIMARY KEY (checkout_id, position)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE provider_event (
  provider TEXT NOT NULL,
  event_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  heard_us INTEGER NOT NULL,
  PRIMARY KEY (provider, event_id)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX checkout_target ON checkout (target, id)",
    """
CREATE VIEW checkout_now AS
SELECT c.*, s.state, s.session, s.url FROM checkout c
JOIN checkout_step s ON s.checkout_id = c.id
WHERE s.position =
  (SELECT max(position) FROM checkout_step WHERE checkout_id = c.id)
""",
    """
CREATE TRIGGER checkout_alone BEFORE INSERT ON checkout
WHEN EXISTS (SELECT 1 FROM checkout_now
  WHERE target = NEW.target AND state IN ('unknown', 'open'))
BEGIN SELECT RAISE(ABORT, 'one checkout lives for a target'); END
""",
    """
CREATE TRIGGER checkout_step_follows BEFORE INSERT ON checkout_step
WHEN NEW.position <> 1 + (SELECT count(*) FROM checkout_step
    WHERE checkout_id = NEW.checkout_id)
  OR EXISTS (SELECT 1 FROM checkout_now
    WHERE id = NEW.checkout_id AND (state = 'paid'
      OR state IN ('expired', 'refused') AND NEW.state <> 'paid'))
BEGIN SELECT RAISE(ABORT, 'what is paid stays paid, what ended stays ended'); END
""",
    *append_only("checkout", "a checkout"),
    *append_only("checkout_step", "what was heard of a checkout"),
    *append_only("provider_event", "an event of a provider"),
)


@migrations()
def m001_checkouts(db: Database) -> None:
    """Checkouts, how they went, and the events that were heard."""
    for statement in TABLES:
        db.execute(statement)
