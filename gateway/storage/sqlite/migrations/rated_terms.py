"""The table that says once for many events which run took them up."""

from __future__ import annotations

from gateway.storage.sqlite.migrations.guards import append_only

# A run takes up, of these terms, every event that no earlier run took up, that stands
# up to a place and occurred before an instant; one row for each fate they had.
RATED_TERMS = (
    """
CREATE TABLE rated_terms (
  terms_id INTEGER NOT NULL REFERENCES usage_terms,
  run_id TEXT NOT NULL REFERENCES billing_run DEFERRABLE INITIALLY DEFERRED,
  excluded TEXT NOT NULL,
  events INTEGER NOT NULL CHECK (events > 0),
  units INTEGER NOT NULL CHECK (units >= 0),
  upto_seq INTEGER NOT NULL CHECK (upto_seq > 0),
  before_us INTEGER NOT NULL,
  CHECK ((excluded = '') = (units > 0)),
  PRIMARY KEY (terms_id, run_id, excluded)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX rated_terms_run ON rated_terms (run_id)",
    """
CREATE TRIGGER rated_terms_go_on BEFORE INSERT ON rated_terms WHEN EXISTS (
  SELECT 1 FROM rated_terms AS earlier WHERE earlier.terms_id = NEW.terms_id
  AND earlier.run_id <> NEW.run_id AND (earlier.upto_seq > NEW.upto_seq
    OR earlier.upto_seq = NEW.upto_seq AND earlier.before_us >= NEW.before_us))
BEGIN SELECT RAISE(ABORT, 'usage is never taken up twice'); END
""",
    *append_only("rated_terms", "rated usage"),
)
