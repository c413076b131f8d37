"""Usage events made narrow: what repeats stands in a table of its own.

An open intent lives in a small table, which it leaves in the same transaction that
records its event; what became of every intent can still be told. Old stores are
brought over row by row, and nothing they say is lost.
"""

from __future__ import annotations

from sqlite_utils import Database

from gateway.storage.sqlite.migrations.guards import append_only, never_deleted
from gateway.storage.stores.usage_repeats import object_key
from gateway.storage.stores.usage_terms import TERMS_COLUMNS, digest_of

USAGE_TERMS = """
CREATE TABLE usage_terms (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
  agreement_id TEXT NOT NULL,
  party_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  collection TEXT NOT NULL,
  tariff TEXT NOT NULL,
  use TEXT NOT NULL,
  ending TEXT NOT NULL CHECK (
    ending IN ('complete', 'aborted', 'capped', 'cut', 'not-billable', 'tunnel')),
  policy_version TEXT NOT NULL,
  node TEXT NOT NULL,
  tariff_version INTEGER NOT NULL,
  status INTEGER NOT NULL,
  priced_at_zero INTEGER NOT NULL CHECK (priced_at_zero IN (0, 1)),
  floor_bracket INTEGER NOT NULL CHECK (floor_bracket >= 0),
  is_test INTEGER NOT NULL CHECK (is_test IN (0, 1)),
  is_statement INTEGER NOT NULL CHECK (is_statement IN (0, 1))
) STRICT
"""

OPEN_INTENT = """
CREATE TABLE open_intent (
  request_id TEXT PRIMARY KEY,
  agreement_id TEXT NOT NULL,
  hold_micros INTEGER NOT NULL CHECK (hold_micros >= 0),
  opened_us INTEGER NOT NULL,
  node TEXT NOT NULL,
  boot_id TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""

SETTLED_INTENTS = """
CREATE TABLE settled_intents (
  boot_id TEXT PRIMARY KEY,
  number INTEGER NOT NULL CHECK (number > 0)
) STRICT, WITHOUT ROWID
"""

USAGE_FACT = """
CREATE VIEW usage_fact AS
SELECT event.seq, event.id, terms.agreement_id, terms.party_id, terms.key_id,
  terms.collection, terms.tariff, terms.tariff_version, terms.use, event.method,
  event.path, event.object_sha256, terms.status, terms.ending, event.body_bytes,
  event.billable_bytes, event.billable_requests, event.is_repeat,
  terms.priced_at_zero, terms.floor_bracket, terms.is_test, event.occurred_us,
  terms.policy_version, terms.node, event.recorded_us, terms.is_statement,
  event.terms_id, event.had_intent
FROM usage_event AS event JOIN usage_terms AS terms ON terms.id = event.terms_id
"""

# Column by column, so that the name it takes in the end is the only difference.
NARROW_USAGE = """
CREATE TABLE usage_event_narrow (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  terms_id INTEGER NOT NULL REFERENCES usage_terms,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  object_sha256 TEXT NOT NULL,
  object_key INTEGER NOT NULL CHECK (object_key >= 0),
  body_bytes INTEGER NOT NULL CHECK (body_bytes >= 0),
  billable_bytes INTEGER NOT NULL CHECK (billable_bytes BETWEEN 0 AND body_bytes),
  billable_requests INTEGER NOT NULL CHECK (billable_requests IN (0, 1)),
  is_repeat INTEGER NOT NULL CHECK (is_repeat IN (0, 1)),
  had_intent INTEGER NOT NULL CHECK (had_intent IN (0, 1)),
  occurred_us INTEGER NOT NULL,
  recorded_us INTEGER NOT NULL
) STRICT
"""

RATED_EVENT = (
    """
CREATE TABLE rated_event (
  event_id TEXT PRIMARY KEY REFERENCES usage_event (id),
  run_id TEXT NOT NULL REFERENCES billing_run DEFERRABLE INITIALLY DEFERRED,
  units INTEGER NOT NULL CHECK (units >= 0),
  excluded TEXT,
  CHECK ((excluded IS NULL) = (units > 0))
) STRICT, WITHOUT ROWID
""",
    "INSERT INTO rated_event SELECT * FROM rated_event_kept",
    "DROP TABLE rated_event_kept",
    "CREATE INDEX rated_event_run ON rated_event (run_id, event_id)",
    *append_only("rated_event", "rated usage"),
)

GUARDS = (
    *append_only("usage_event", "a usage event"),
    *append_only("usage_terms", "a row of terms"),
    *append_only("intent", "an intent that is over"),
    never_deleted("settled_intents", "a count of settled intents"),
    """
CREATE TRIGGER intent_is_over BEFORE INSERT ON intent
WHEN NEW.state NOT IN ('released', 'orphaned')
BEGIN SELECT RAISE(ABORT, 'an intent starts among the open ones'); END
""",
    """
CREATE TRIGGER open_intent_opens_once BEFORE INSERT ON open_intent
WHEN EXISTS (SELECT 1 FROM usage_event WHERE id = NEW.request_id)
  OR EXISTS (SELECT 1 FROM intent WHERE request_id = NEW.request_id)
BEGIN SELECT RAISE(ABORT, 'a request has one intent, once'); END
""",
    """
CREATE TRIGGER open_intent_stays BEFORE UPDATE ON open_intent
BEGIN SELECT RAISE(ABORT, 'an open intent never changes'); END
""",
    """
CREATE TRIGGER open_intent_ends BEFORE DELETE ON open_intent
WHEN NOT EXISTS (SELECT 1 FROM usage_event WHERE id = OLD.request_id)
  AND NOT EXISTS (SELECT 1 FROM intent WHERE request_id = OLD.request_id)
BEGIN SELECT RAISE(ABORT, 'an intent never goes without what became of it'); END
""",
    """
CREATE TRIGGER settled_intents_grow BEFORE UPDATE ON settled_intents
WHEN NEW.boot_id <> OLD.boot_id OR NEW.number <= OLD.number
BEGIN SELECT RAISE(ABORT, 'a count of settled intents never shrinks'); END
""",
)

OLD_GUARDS = (
    "usage_event_stays",
    "usage_event_remains",
    "intent_closes_once",
    "intent_opens_first",
    "intent_remains",
)


def make_narrow(db: Database) -> None:
    """Change the tables, in a transaction that is under way."""
    for table in (USAGE_TERMS, OPEN_INTENT, SETTLED_INTENTS):
        db.execute(table)
    for name in OLD_GUARDS:
        db.execute(f"DROP TRIGGER {name}")
    _move_open_intents(db)
    _move_terms(db)
    _move_events(db)
    db.execute(USAGE_FACT)
    for statement in GUARDS:
        db.execute(statement)


def _move_open_intents(db: Database) -> None:
    db.execute(
        "INSERT INTO open_intent SELECT request_id, agreement_id, hold_micros,"
        " opened_us, node, boot_id FROM intent WHERE state = 'open'"
    )
    db.execute("DELETE FROM intent WHERE state = 'open'")
    db.execute("DROP INDEX intent_open")


def _move_terms(db: Database) -> None:
    names = ", ".join(TERMS_COLUMNS)
    places = ", ".join("?" * len(TERMS_COLUMNS))
    found = db.execute(f"SELECT DISTINCT {names} FROM usage_event").fetchall()  # noqa: S608 - columns of ours
    for terms in sorted(found):
        db.execute(
            f"INSERT INTO usage_terms (digest, {names}) VALUES (?, {places})",  # noqa: S608 - columns of ours
            (digest_of(tuple(terms)), *terms),
        )
    db.execute("CREATE INDEX usage_terms_agreement ON usage_terms (agreement_id)")
    db.execute("CREATE INDEX usage_terms_party ON usage_terms (party_id)")


def _move_events(db: Database) -> None:
    """What refers to the events stands aside meanwhile."""
    same = " AND ".join(f"terms.{each} = event.{each}" for each in TERMS_COLUMNS)
    db.register_function(object_key, deterministic=True)
    db.execute(NARROW_USAGE)
    db.execute(
        "INSERT INTO usage_event_narrow SELECT event.seq, event.id, terms.id,"  # noqa: S608 - columns of ours
        " event.method, event.path, event.object_sha256,"
        " CASE WHEN event.object_sha256 <> '' AND event.billable_requests = 1"
        " AND event.is_repeat = 0 AND event.priced_at_zero = 0 AND event.is_test = 0"
        " AND event.ending = 'complete' AND event.status IN (200, 203)"
        " THEN object_key(event.agreement_id, event.object_sha256) ELSE 0 END,"
        " event.body_bytes, event.billable_bytes, event.billable_requests,"
        " event.is_repeat, 0, event.occurred_us, event.recorded_us"
        f" FROM usage_event AS event JOIN usage_terms AS terms ON {same}"
        " ORDER BY event.seq"
    )
    is_rated = "rated_event" in db.table_names()
    if is_rated:
        db.execute("CREATE TABLE rated_event_kept AS SELECT * FROM rated_event")
        db.execute("DROP TABLE rated_event")
    db.execute("DROP TABLE usage_event")
    db.execute("ALTER TABLE usage_event_narrow RENAME TO usage_event")
    for statement in RATED_EVENT if is_rated else ():
        db.execute(statement)
    db.execute("CREATE INDEX usage_rating ON usage_event (terms_id, occurred_us)")
    db.execute(
        "CREATE INDEX usage_repeat ON usage_event (object_key) WHERE object_key <> 0"
    )
