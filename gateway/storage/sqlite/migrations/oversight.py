"""Tables around claims: where they were found, appeals, samples, harms, corrections."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("oversight")

FOUND = (
    "ALTER TABLE contribution_claim ADD COLUMN done_us INTEGER",
    "ALTER TABLE contribution_claim ADD COLUMN origin TEXT NOT NULL DEFAULT ''",
    """
CREATE UNIQUE INDEX contribution_claim_origin ON contribution_claim (origin)
WHERE origin <> ''
""",
    """
CREATE INDEX contribution_review_reviewer
ON contribution_review (reviewer_id, reviewed_us)
""",
)

APPEALS = (
    """
CREATE TABLE contribution_appeal (
  id TEXT PRIMARY KEY,
  about TEXT NOT NULL UNIQUE,
  party_id TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason <> ''),
  appealed_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    *append_only("contribution_appeal", "an appeal"),
    """
CREATE TRIGGER contribution_review_hears_an_appeal
BEFORE INSERT ON contribution_review
WHEN (SELECT verdict FROM contribution_review WHERE claim_id = NEW.claim_id
      ORDER BY reviewed_us DESC, id DESC LIMIT 1) IS 'reverse'
  AND (NOT EXISTS (SELECT 1 FROM contribution_appeal WHERE about =
      (SELECT id FROM contribution_review WHERE claim_id = NEW.claim_id
       ORDER BY reviewed_us DESC, id DESC LIMIT 1))
    OR EXISTS (SELECT 1 FROM contribution_review
      WHERE claim_id = NEW.claim_id AND verdict = 'reverse'
        AND reviewer_id = NEW.reviewer_id))
BEGIN SELECT RAISE(ABORT, 'a reversal is lifted on appeal, by another'); END
""",
)

DRAWS = (
    """
CREATE TABLE review_draw (
  seed TEXT NOT NULL,
  reviewer_id TEXT NOT NULL,
  claim_ids_json TEXT NOT NULL,
  drawn_from INTEGER NOT NULL CHECK (drawn_from >= 0),
  weight_hundredths INTEGER NOT NULL CHECK (weight_hundredths >= 0),
  drawn_us INTEGER NOT NULL,
  PRIMARY KEY (seed, reviewer_id)
) STRICT, WITHOUT ROWID
""",
    *append_only("review_draw", "a draw"),
)

HARMS = (
    """
CREATE TABLE harm (
  id TEXT PRIMARY KEY,
  party_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  units INTEGER NOT NULL CHECK (units > 0),
  evidence TEXT NOT NULL CHECK (evidence <> ''),
  entered_by TEXT NOT NULL CHECK (entered_by <> party_id),
  harmed_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE harm_ruling (
  harm_id TEXT PRIMARY KEY REFERENCES harm,
  outcome TEXT NOT NULL CHECK (outcome IN ('upheld', 'withdrawn')),
  ruled_by TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason <> ''),
  ruled_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER harm_ruling_is_by_another BEFORE INSERT ON harm_ruling
WHEN NOT EXISTS (SELECT 1 FROM contribution_appeal WHERE about = NEW.harm_id)
  OR NEW.ruled_by = (SELECT entered_by FROM harm WHERE id = NEW.harm_id)
  OR NEW.ruled_by = (SELECT party_id FROM harm WHERE id = NEW.harm_id)
BEGIN SELECT RAISE(ABORT, 'a harm is ruled on after an appeal, by another'); END
""",
    *append_only("harm", "a harm entry"),
    *append_only("harm_ruling", "a ruling"),
)

CORRECTIONS = (
    """
CREATE TABLE correction (
  id TEXT PRIMARY KEY,
  archive TEXT NOT NULL,
  about TEXT NOT NULL,
  text TEXT NOT NULL CHECK (text <> ''),
  name TEXT NOT NULL,
  contact TEXT NOT NULL,
  received_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE correction_decision (
  correction_id TEXT PRIMARY KEY REFERENCES correction,
  claim_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  decided_us INTEGER NOT NULL,
  CHECK ((claim_id = '') <> (reason = ''))
) STRICT, WITHOUT ROWID
""",
    *append_only("correction", "a correction"),
    *append_only("correction_decision", "what became of a correction"),
)


@migrations()
def m001_origins_appeals_samples_harms_and_corrections(db: Database) -> None:
    """Make the columns, the tables and their guards."""
    for statement in (*FOUND, *APPEALS, *DRAWS, *HARMS, *CORRECTIONS):
        db.execute(statement)
