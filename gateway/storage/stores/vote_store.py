"""Votes, who may vote, and their ballots, in tables.

Whose a ballot is stands in `ballot_cast`, which is emptied when the vote closes; what
is kept of it lies in the order of commitments, which is that of chance.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from gateway.fund.voting.ballot import Ballot
from gateway.fund.voting.box import Cast, Kept
from gateway.fund.voting.decision import Kind
from gateway.fund.voting.vote import Entitled, Matter, Option, Vote
from gateway.kernel.errors import Conflict
from gateway.storage.database import Database, Row

ADD_VOTE = """
INSERT INTO vote (id, title, kind, subject, digest, credits, quorum_bp, opened_us,
  closes_us)
VALUES (:id, :title, :kind, :subject, :digest, :credits, :quorum_bp, :opened_us,
  :closes_us)
"""
ADD_OPTION = """
INSERT INTO vote_option (vote_id, position, name, title)
VALUES (:vote_id, :position, :name, :title)
"""
ADD_WEIGHT = """
INSERT INTO vote_weight (vote_id, position, option, weight)
VALUES (:vote_id, :position, :option, :weight)
"""
ADD_VOTER = """
INSERT INTO voter (vote_id, owner_id, party_id, mark)
VALUES (:vote_id, :owner_id, :party_id, :mark)
"""
CAST = """
INSERT INTO ballot_cast (commitment, vote_id, owner_id, nonce, ballot, cast_us)
VALUES (:commitment, :vote_id, :owner_id, :nonce, :ballot, :cast_us)
"""
KEEP = """
INSERT INTO ballot_kept (commitment, vote_id, is_counted, nonce, ballot)
VALUES (:commitment, :vote_id, :is_counted, :nonce, :ballot)
"""
VOTED = """
SELECT mark FROM voter WHERE vote_id = :vote_id AND (has_voted = 1 OR EXISTS (
  SELECT 1 FROM ballot_cast
  WHERE ballot_cast.vote_id = voter.vote_id AND ballot_cast.owner_id = voter.owner_id))
"""
NOTE_VOTED = """
UPDATE voter SET has_voted = 1 WHERE vote_id = :vote_id AND owner_id IN (
  SELECT owner_id FROM ballot_cast WHERE vote_id = :vote_id)
"""


class StoredVotes:
    """`gateway.fund.voting.ports.VoteStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, vote: Vote, entitled: Sequence[Entitled]) -> None:
        """Keep an open vote; see the port."""
        matter = vote.matter
        row = {
            "id": vote.id,
            "title": vote.title,
            "kind": matter.kind.value if matter else "",
            "subject": matter.subject if matter else "",
            "digest": matter.digest if matter else "",
            "credits": vote.credits,
            "quorum_bp": vote.quorum_bp,
            "opened_us": vote.opened_us,
            "closes_us": vote.closes_us,
        }
        with self._db.transaction() as tx:
            tx.run(ADD_VOTE, row)
            own = {"vote_id": vote.id}
            for position, option in enumerate(vote.options, start=1):
                told = {"name": option.name, "title": option.title}
                tx.run(ADD_OPTION, {**own, "position": position, **told})
            weights = matter.weights if matter else ()
            for position, (name, weight) in enumerate(weights, start=1):
                part = {"option": name, "weight": weight}
                tx.run(ADD_WEIGHT, {**own, "position": position, **part})
            for one in entitled:
                who = {"owner_id": one.owner_id, "party_id": one.party_id}
                tx.run(ADD_VOTER, {**own, **who, "mark": one.mark})

    def find(self, vote_id: str) -> Vote | None:
        """A vote by its id."""
        row = self._db.row("SELECT * FROM vote WHERE id = :id", {"id": vote_id})
        return self._vote(row) if row else None

    def all(self) -> tuple[Vote, ...]:
        """Every vote, by when it was opened and id."""
        rows = self._db.rows("SELECT * FROM vote ORDER BY opened_us, id")
        return tuple(map(self._vote, rows))

    def entitled(self, vote_id: str) -> tuple[Entitled, ...]:
        """Who may vote, by mark."""
        rows = self._db.rows(
            "SELECT owner_id, party_id, mark FROM voter WHERE vote_id = :vote_id"
            " ORDER BY mark",
            {"vote_id": vote_id},
        )
        return tuple(Entitled(**row) for row in rows)

    def voted(self, vote_id: str) -> frozenset[str]:
        """The marks of those who did."""
        rows = self._db.rows(VOTED, {"vote_id": vote_id})
        return frozenset(row["mark"] for row in rows)

    def cast(self, cast: Cast) -> None:
        """Keep a ballot; see the port."""
        row = {
            "commitment": cast.commitment,
            "vote_id": cast.vote_id,
            "owner_id": cast.owner_id,
            "nonce": cast.nonce,
            "ballot": json.dumps(cast.ballot),
            "cast_us": cast.cast_us,
        }
        with self._db.transaction() as tx:
            tx.run(CAST, row)

    def casts(self, vote_id: str) -> tuple[Cast, ...]:
        """The ballots of an open vote, oldest first."""
        rows = self._db.rows(
            "SELECT commitment, vote_id, owner_id, nonce, ballot, cast_us"
            " FROM ballot_cast WHERE vote_id = :vote_id ORDER BY place",
            {"vote_id": vote_id},
        )
        return tuple(Cast(**{**row, "ballot": _ballot(row)}) for row in rows)

    def close(self, vote_id: str, kept: Sequence[Kept], *, at_us: int) -> None:
        """Close a vote; see the port."""
        own = {"vote_id": vote_id}
        with self._db.transaction() as tx:
            for one in kept:
                row = {
                    "commitment": one.commitment,
                    "vote_id": vote_id,
                    "is_counted": int(one.is_counted),
                    "nonce": one.nonce,
                    "ballot": json.dumps(one.ballot),
                }
                tx.run(KEEP, row)
            there = tx.rows(
                "SELECT commitment FROM ballot_cast WHERE vote_id = :vote_id", own
            )
            if len(there) != len(kept):
                raise Conflict("these are not all the ballots of the vote")
            tx.run(NOTE_VOTED, own)
            tx.run(
                "UPDATE vote SET closed_us = :at_us WHERE id = :vote_id",
                {**own, "at_us": at_us},
            )
            tx.run("DELETE FROM ballot_cast WHERE vote_id = :vote_id", own)

    def kept(self, vote_id: str) -> tuple[Kept, ...]:
        """The ballots of a closed vote, by commitment."""
        rows = self._db.rows(
            "SELECT * FROM ballot_kept WHERE vote_id = :vote_id ORDER BY commitment",
            {"vote_id": vote_id},
        )
        return tuple(
            Kept(
                row["commitment"],
                row["vote_id"],
                bool(row["is_counted"]),
                row["nonce"],
                _ballot(row),
            )
            for row in rows
        )

    def _vote(self, row: Row) -> Vote:
        own = {"vote_id": row["id"]}
        options = self._db.rows(
            "SELECT name, title FROM vote_option WHERE vote_id = :vote_id"
            " ORDER BY position",
            own,
        )
        return Vote(
            id=row["id"],
            title=row["title"],
            matter=self._matter(row),
            options=tuple(Option(**each) for each in options),
            credits=row["credits"],
            quorum_bp=row["quorum_bp"],
            opened_us=row["opened_us"],
            closes_us=row["closes_us"],
            closed_us=row["closed_us"],
        )

    def _matter(self, row: Row) -> Matter | None:
        if not row["kind"]:
            return None
        weights = self._db.rows(
            "SELECT option, weight FROM vote_weight WHERE vote_id = :vote_id"
            " ORDER BY position",
            {"vote_id": row["id"]},
        )
        vector = tuple((each["option"], each["weight"]) for each in weights)
        return Matter(Kind(row["kind"]), row["subject"], row["digest"], vector)


def _ballot(row: Row) -> Ballot:
    return tuple((name, votes) for name, votes in json.loads(row["ballot"]))
