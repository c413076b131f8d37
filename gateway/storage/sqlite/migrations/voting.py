"""Tables of voting: what votes came to, and what members decided."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only, never_deleted

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


VOTES = (
    """
CREATE TABLE vote (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  title TEXT NOT NULL CHECK (title <> ''),
  kind TEXT NOT NULL,
  subject TEXT NOT NULL CHECK ((kind = '') = (subject = '')),
  digest TEXT NOT NULL,
  credits INTEGER NOT NULL CHECK (credits > 0),
  quorum_bp INTEGER NOT NULL CHECK (quorum_bp BETWEEN 0 AND 10000),
  opened_us INTEGER NOT NULL,
  closes_us INTEGER NOT NULL CHECK (closes_us > opened_us),
  closed_us INTEGER CHECK (closed_us IS NULL OR closed_us >= opened_us)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE vote_option (
  vote_id TEXT NOT NULL REFERENCES vote,
  position INTEGER NOT NULL CHECK (position > 0),
  name TEXT NOT NULL CHECK (name <> ''),
  title TEXT NOT NULL,
  PRIMARY KEY (vote_id, position),
  UNIQUE (vote_id, name)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE vote_weight (
  vote_id TEXT NOT NULL REFERENCES vote,
  position INTEGER NOT NULL CHECK (position > 0),
  option TEXT NOT NULL CHECK (option <> ''),
  weight INTEGER NOT NULL CHECK (weight >= 0),
  PRIMARY KEY (vote_id, position),
  UNIQUE (vote_id, option)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE voter (
  vote_id TEXT NOT NULL REFERENCES vote,
  owner_id TEXT NOT NULL CHECK (owner_id <> ''),
  party_id TEXT NOT NULL CHECK (party_id <> ''),
  mark TEXT NOT NULL UNIQUE CHECK (mark <> ''),
  has_voted INTEGER NOT NULL DEFAULT 0 CHECK (has_voted IN (0, 1)),
  PRIMARY KEY (vote_id, owner_id)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE ballot_cast (
  place INTEGER PRIMARY KEY,
  commitment TEXT NOT NULL UNIQUE CHECK (commitment <> ''),
  vote_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  nonce TEXT NOT NULL CHECK (nonce <> ''),
  ballot TEXT NOT NULL CHECK (ballot LIKE '[%]'),
  cast_us INTEGER NOT NULL,
  FOREIGN KEY (vote_id, owner_id) REFERENCES voter
) STRICT
""",
    """
CREATE TABLE ballot_kept (
  commitment TEXT PRIMARY KEY CHECK (commitment <> ''),
  vote_id TEXT NOT NULL REFERENCES vote,
  is_counted INTEGER NOT NULL CHECK (is_counted IN (0, 1)),
  nonce TEXT NOT NULL CHECK ((is_counted = 1) = (nonce <> '')),
  ballot TEXT NOT NULL CHECK (ballot LIKE '[%]')
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX ballot_cast_vote ON ballot_cast (vote_id, place)",
    "CREATE INDEX ballot_kept_vote ON ballot_kept (vote_id, commitment)",
    """
CREATE TRIGGER vote_closes BEFORE UPDATE ON vote
WHEN OLD.closed_us IS NOT NULL OR NEW.closed_us IS NULL
  OR NEW.id <> OLD.id OR NEW.title <> OLD.title OR NEW.kind <> OLD.kind
  OR NEW.subject <> OLD.subject OR NEW.digest <> OLD.digest
  OR NEW.credits <> OLD.credits OR NEW.quorum_bp <> OLD.quorum_bp
  OR NEW.opened_us <> OLD.opened_us OR NEW.closes_us <> OLD.closes_us
BEGIN SELECT RAISE(ABORT, 'a vote is closed, once, and nothing else'); END
""",
    """
CREATE TRIGGER voter_votes BEFORE UPDATE ON voter
WHEN NEW.vote_id <> OLD.vote_id OR NEW.owner_id <> OLD.owner_id
  OR NEW.party_id <> OLD.party_id OR NEW.mark <> OLD.mark OR NEW.has_voted <> 1
  OR (SELECT closed_us FROM vote WHERE id = OLD.vote_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'who may vote never changes'); END
""",
    """
CREATE TRIGGER ballot_cast_while_open BEFORE INSERT ON ballot_cast
WHEN (SELECT closed_us FROM vote WHERE id = NEW.vote_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the vote is closed'); END
""",
    """
CREATE TRIGGER ballot_cast_stays BEFORE UPDATE ON ballot_cast
BEGIN SELECT RAISE(ABORT, 'a ballot never changes; another one is cast'); END
""",
    """
CREATE TRIGGER ballot_cast_until_closed BEFORE DELETE ON ballot_cast
WHEN (SELECT closed_us FROM vote WHERE id = OLD.vote_id) IS NULL
  OR NOT EXISTS (SELECT 1 FROM ballot_kept WHERE commitment = OLD.commitment)
BEGIN SELECT RAISE(ABORT, 'a ballot lies in the box until it is counted'); END
""",
    """
CREATE TRIGGER ballot_kept_once BEFORE INSERT ON ballot_kept
WHEN (SELECT closed_us FROM vote WHERE id = NEW.vote_id) IS NOT NULL
  OR NOT EXISTS (SELECT 1 FROM ballot_cast
    WHERE commitment = NEW.commitment AND vote_id = NEW.vote_id)
BEGIN SELECT RAISE(ABORT, 'what was cast is counted, when the vote closes'); END
""",
    never_deleted("vote", "a vote"),
    never_deleted("voter", "who may vote"),
    *append_only("vote_option", "an option"),
    *append_only("vote_weight", "what was proposed"),
    *append_only("ballot_kept", "a counted ballot"),
)
OFFICES = (
    """
CREATE TABLE steward_term (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  collection TEXT NOT NULL CHECK (collection <> ''),
  steward_id TEXT NOT NULL CHECK (steward_id <> ''),
  deputy_id TEXT NOT NULL CHECK (deputy_id NOT IN ('', steward_id)),
  starts_us INTEGER NOT NULL,
  ends_us INTEGER NOT NULL CHECK (ends_us > starts_us),
  decision_id TEXT UNIQUE REFERENCES decision
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE steward_act (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  party_id TEXT NOT NULL CHECK (party_id <> ''),
  what TEXT NOT NULL CHECK (what <> ''),
  about TEXT NOT NULL,
  at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX steward_act_time ON steward_act (at_us, id)",
    *append_only("steward_term", "a term"),
    *append_only("steward_act", "what an officer did"),
)


@migrations()
def m002_votes(db: Database) -> None:
    """Votes, who may vote, and their ballots."""
    for statement in VOTES:
        db.execute(statement)


@migrations()
def m003_offices(db: Database) -> None:
    """Terms of stewards, and what officers did."""
    for statement in OFFICES:
        db.execute(statement)
