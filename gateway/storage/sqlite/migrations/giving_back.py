"""Needs that claims answer, proofs of openness, and notices to very large takers."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("giving_back")

STATEMENTS = (
    """
CREATE TABLE claim_need (
  claim_id TEXT PRIMARY KEY REFERENCES contribution_claim,
  need_id TEXT NOT NULL CHECK (need_id <> ''),
  unit TEXT NOT NULL CHECK (unit <> ''),
  quantity TEXT NOT NULL CHECK (quantity <> ''),
  equivalence TEXT NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE openness_proof (
  id TEXT PRIMARY KEY,
  agreement_id TEXT NOT NULL REFERENCES agreement,
  party_id TEXT NOT NULL CHECK (party_id <> ''),
  model TEXT NOT NULL CHECK (model <> ''),
  openness TEXT NOT NULL CHECK (openness <> ''),
  shown_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL,
  CHECK (until_us > shown_us)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE openness_evidence (
  proof_id TEXT NOT NULL REFERENCES openness_proof,
  position INTEGER NOT NULL CHECK (position > 0),
  part TEXT NOT NULL CHECK (part <> ''),
  shown_at TEXT NOT NULL CHECK (shown_at <> ''),
  sha256 TEXT NOT NULL,
  PRIMARY KEY (proof_id, position)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE openness_review (
  id TEXT PRIMARY KEY,
  proof_id TEXT NOT NULL REFERENCES openness_proof,
  reviewer_id TEXT NOT NULL CHECK (reviewer_id <> ''),
  finding TEXT NOT NULL CHECK (finding IN ('accept', 'refuse', 'withdraw')),
  reason TEXT NOT NULL,
  reviewed_us INTEGER NOT NULL,
  CHECK (finding = 'accept' OR reason <> '')
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER openness_is_not_found_by_oneself BEFORE INSERT ON openness_review
WHEN NEW.reviewer_id = (SELECT party_id FROM openness_proof WHERE id = NEW.proof_id)
BEGIN SELECT RAISE(ABORT, 'nobody looks at their own proof'); END
""",
    """
CREATE TABLE taker_notice (
  id TEXT PRIMARY KEY,
  owner_id TEXT NOT NULL CHECK (owner_id <> ''),
  permille INTEGER NOT NULL CHECK (permille >= 0),
  takers INTEGER NOT NULL CHECK (takers >= 0),
  said_by TEXT NOT NULL CHECK (said_by <> ''),
  told_us INTEGER NOT NULL,
  is_lifted INTEGER NOT NULL CHECK (is_lifted IN (0, 1))
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX contribution_claim_party ON contribution_claim (party_id, id)",
    "CREATE INDEX openness_proof_agreement ON openness_proof (agreement_id, id)",
    "CREATE INDEX openness_proof_party ON openness_proof (party_id, id)",
    "CREATE INDEX openness_review_proof ON openness_review (proof_id, reviewed_us, id)",
    "CREATE INDEX taker_notice_owner ON taker_notice (owner_id, told_us, id)",
    *append_only("claim_need", "what a claim answers"),
    *append_only("openness_proof", "a proof of openness"),
    *append_only("openness_evidence", "evidence of openness"),
    *append_only("openness_review", "what was found of openness"),
    *append_only("taker_notice", "a notice to a taker"),
)


@migrations()
def m001_needs_proofs_and_notices(db: Database) -> None:
    """Make the tables and their guards."""
    for statement in STATEMENTS:
        db.execute(statement)
