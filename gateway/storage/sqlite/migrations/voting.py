"""Tables of voting: what votes came to, and what members decided."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("voting")

TALLIES_AND_DECISIONS = (
    """
CREATE TABLE tally (
  vote_id TEXT PRIMARY KEY CHECK (vote_id <> ''),
  method TEXT NOT NULL CHECK (method <> ''),
  voters INTEGER NOT NULL CHECK (voters >= 0),
  entitled INTEGER NOT NULL CHECK (entitled >= voters),
  closed_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE tally_weight (
  vote_id TEXT NOT NULL REFERENCES tally,
  position INTEGER NOT NULL CHECK (position > 0),
  option TEXT NOT NULL CHECK (option <> ''),
  weight INTEGER NOT NULL CHECK (weight >= 0),
  PRIMARY KEY (vote_id, position),
  UNIQUE (vote_id, option)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE decision (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  kind TEXT NOT NULL CHECK (kind <> ''),
  subject TEXT NOT NULL CHECK (subject <> ''),
  digest TEXT NOT NULL,
  vote_id TEXT NOT NULL UNIQUE CHECK (vote_id <> ''),
  yes INTEGER NOT NULL CHECK (yes >= 0),
  no INTEGER NOT NULL CHECK (no >= 0),
  abstain INTEGER NOT NULL CHECK (abstain >= 0),
  entitled INTEGER NOT NULL CHECK (entitled >= yes + no + abstain),
  quorum_bp INTEGER NOT NULL CHECK (quorum_bp BETWEEN 0 AND 10000),
  decided_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE decision_weight (
  decision_id TEXT NOT NULL REFERENCES decision,
  position INTEGER NOT NULL CHECK (position > 0),
  option TEXT NOT NULL CHECK (option <> ''),
  weight INTEGER NOT NULL CHECK (weight >= 0),
  PRIMARY KEY (decision_id, position),
  UNIQUE (decision_id, option)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX decision_subject ON decision (kind, subject, decided_us, id)",
    *append_only("tally", "a tally"),
    *append_only("tally_weight", "a tally"),
    *append_only("decision", "a decision"),
    *append_only("decision_weight", "a decision"),
)


@migrations()
def m001_tallies_and_decisions(db: Database) -> None:
    """What votes came to, and what members decided."""
    for statement in TALLIES_AND_DECISIONS:
        db.execute(statement)
