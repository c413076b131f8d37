"""Tallies and decisions, in tables that only grow."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gateway.fund.voting.decision import Decision, Kind, Outcome
from gateway.fund.voting.tally import Method, Tally, Weights
from gateway.storage.database import Database, Row, Transaction

ADD_TALLY = """
INSERT INTO tally (vote_id, method, voters, entitled, closed_us)
VALUES (:vote_id, :method, :voters, :entitled, :closed_us)
"""
ADD_TALLY_WEIGHT = """
INSERT INTO tally_weight (vote_id, position, option, weight)
VALUES (:whose, :position, :option, :weight)
"""
TALLY_WEIGHTS = """
SELECT option, weight FROM tally_weight WHERE vote_id = :whose ORDER BY position
"""
ADD_DECISION = """
INSERT INTO decision (id, kind, subject, digest, vote_id, yes, no, abstain, entitled,
  quorum_bp, decided_us)
VALUES (:id, :kind, :subject, :digest, :vote_id, :yes, :no, :abstain, :entitled,
  :quorum_bp, :decided_us)
"""
ADD_DECISION_WEIGHT = """
INSERT INTO decision_weight (decision_id, position, option, weight)
VALUES (:whose, :position, :option, :weight)
"""
DECISION_WEIGHTS = """
SELECT option, weight FROM decision_weight WHERE decision_id = :whose ORDER BY position
"""
ON_THE_MATTER = """
SELECT * FROM decision WHERE kind = :kind AND subject = :subject
ORDER BY decided_us DESC, id DESC
"""


class StoredTallies:
    """`gateway.fund.voting.ports.TallyStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, tally: Tally) -> None:
        """Keep a tally; see the port."""
        with self._db.transaction() as tx:
            tx.run(ADD_TALLY, {**_row(tally), "method": tally.method.value})
            _add_weights(
                tx, ADD_TALLY_WEIGHT, whose=tally.vote_id, weights=tally.weights
            )

    def find(self, vote_id: str) -> Tally | None:
        """What a vote came to."""
        sql = "SELECT * FROM tally WHERE vote_id = :vote_id"
        row = self._db.row(sql, {"vote_id": vote_id})
        return self._tally(row) if row else None

    def latest(self) -> Tally | None:
        """The one that closed last."""
        sql = "SELECT * FROM tally ORDER BY closed_us DESC, vote_id DESC LIMIT 1"
        row = self._db.row(sql)
        return self._tally(row) if row else None

    def all(self) -> tuple[Tally, ...]:
        """Every tally, by when it closed and vote."""
        rows = self._db.rows("SELECT * FROM tally ORDER BY closed_us, vote_id")
        return tuple(map(self._tally, rows))

    def _tally(self, row: Row) -> Tally:
        weights = _weights(self._db, TALLY_WEIGHTS, row["vote_id"])
        return Tally(**{**row, "method": Method(row["method"]), "weights": weights})


class StoredDecisions:
    """`gateway.fund.voting.ports.DecisionStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, decision: Decision) -> None:
        """Keep a decision; see the port."""
        with self._db.transaction() as tx:
            tx.run(ADD_DECISION, {**_row(decision), "kind": decision.kind.value})
            _add_weights(
                tx, ADD_DECISION_WEIGHT, whose=decision.id, weights=decision.weights
            )

    def find(self, decision_id: str) -> Decision | None:
        """A decision by its id."""
        row = self._db.row("SELECT * FROM decision WHERE id = :id", {"id": decision_id})
        return self._decision(row) if row else None

    def ratified(self, kind: Kind, subject: str) -> Decision | None:
        """The decision by which something stands; see the port."""
        asked = {"kind": kind.value, "subject": subject}
        for row in self._db.rows(ON_THE_MATTER, asked):
            found = self._decision(row)
            if found.outcome is not Outcome.NO_QUORUM:
                return found if found.is_accepted else None
        return None

    def all(self) -> tuple[Decision, ...]:
        """Every decision, by date and id."""
        rows = self._db.rows("SELECT * FROM decision ORDER BY decided_us, id")
        return tuple(map(self._decision, rows))

    def _decision(self, row: Row) -> Decision:
        weights = _weights(self._db, DECISION_WEIGHTS, row["id"])
        return Decision(**{**row, "kind": Kind(row["kind"]), "weights": weights})


def _row(kept: Tally | Decision) -> dict[str, Any]:
    return {name: value for name, value in asdict(kept).items() if name != "weights"}


def _add_weights(tx: Transaction, sql: str, *, whose: str, weights: Weights) -> None:
    for position, (option, weight) in enumerate(weights, start=1):
        part = {"position": position, "option": option, "weight": weight}
        tx.run(sql, {"whose": whose, **part})


def _weights(db: Database, sql: str, whose: str) -> Weights:
    rows = db.rows(sql, {"whose": whose})
    return tuple((each["option"], each["weight"]) for each in rows)
