"""Tables of reciprocity: claims of work, and what maintainers found."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("reciprocity")

CLAIM = """
CREATE TABLE contribution_claim (
  id TEXT PRIMARY KEY,
  party_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  evidence TEXT NOT NULL,
  weight_hundredths INTEGER NOT NULL CHECK (weight_hundredths > 0),
  paid_by TEXT NOT NULL CHECK (paid_by <> ''),
  claimed_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

REVIEW = """
CREATE TABLE contribution_review (
  id TEXT PRIMARY KEY,
  claim_id TEXT NOT NULL REFERENCES contribution_claim,
  reviewer_id TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('accept', 'reverse')),
  reason TEXT NOT NULL,
  reviewed_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

NOT_THEIR_OWN = """
CREATE TRIGGER contribution_review_is_not_ones_own
BEFORE INSERT ON contribution_review
WHEN NEW.reviewer_id =
  (SELECT party_id FROM contribution_claim WHERE id = NEW.claim_id)
BEGIN SELECT RAISE(ABORT, 'nobody reviews their own claim'); END
"""


@migrations()
def m001_claims_and_reviews(db: Database) -> None:
    """Make the tables and their guards."""
    for table in (CLAIM, REVIEW):
        db.execute(table)
    db.execute(
        "CREATE INDEX contribution_review_claim"
        " ON contribution_review (claim_id, reviewed_us, id)"
    )
    for guard in (
        *append_only("contribution_claim", "a claim"),
        *append_only("contribution_review", "a review"),
        NOT_THEIR_OWN,
    ):
        db.execute(guard)
