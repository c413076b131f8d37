"""Tables of notices: the outbox, webhooks, and which alerts were made."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only, never_deleted

migrations = Migrations("notices")

OUTGOING = """
CREATE TABLE outgoing (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  way TEXT NOT NULL CHECK (way IN ('mail', 'webhook')),
  address TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  once TEXT NOT NULL UNIQUE,
  made_us INTEGER NOT NULL,
  tries INTEGER NOT NULL CHECK (tries >= 0),
  next_us INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
  answer TEXT NOT NULL,
  ended_us INTEGER
) STRICT
"""

WEBHOOK = """
CREATE TABLE webhook (
  id TEXT PRIMARY KEY,
  party_id TEXT NOT NULL REFERENCES party,
  url TEXT NOT NULL CHECK (url <> ''),
  pepper_id TEXT NOT NULL,
  made_us INTEGER NOT NULL,
  ended_us INTEGER
) STRICT, WITHOUT ROWID
"""

CAP_ALERT = """
CREATE TABLE cap_alert (
  agreement_id TEXT NOT NULL REFERENCES agreement,
  key_id TEXT NOT NULL,
  name TEXT NOT NULL,
  strength TEXT NOT NULL,
  amount INTEGER NOT NULL,
  period_start_us INTEGER NOT NULL,
  threshold INTEGER NOT NULL CHECK (threshold IN (50, 80, 100)),
  at_us INTEGER NOT NULL,
  PRIMARY KEY (agreement_id, key_id, name, strength, amount, period_start_us,
    threshold)
) STRICT, WITHOUT ROWID
"""


@migrations()
def m001_notices(db: Database) -> None:
    """Make the tables and their guards."""
    for table in (OUTGOING, WEBHOOK, CAP_ALERT):
        db.execute(table)
    db.execute("CREATE INDEX outgoing_due ON outgoing (state, way, next_us)")
    db.execute("CREATE INDEX outgoing_address ON outgoing (address, seq)")
    for guard in (
        *append_only("cap_alert", "an alert"),
        never_deleted("outgoing", "what was sent"),
        never_deleted("webhook", "a webhook"),
    ):
        db.execute(guard)
