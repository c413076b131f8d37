"""Live rounds, in tables that only grow."""

from __future__ import annotations

import json
from typing import Any

from gateway.billing.canonical import canonical_json
from gateway.fund.rounds.division import Outcome
from gateway.fund.rounds.inputs import inputs_in
from gateway.fund.rounds.round import Given, Round, Run
from gateway.fund.rounds.terms import terms_in
from gateway.storage.database import Database, Row

ADD_ROUND = """
INSERT INTO round (name, currency, pool_minor, rule, terms, purse, vote_id, options,
  clusters, opened_us)
VALUES (:name, :currency, :pool_minor, :rule, :terms, :purse, :vote_id, :options,
  :clusters, :opened_us)
"""
ADD_VOICE = """
INSERT INTO round_voice (round, position, giver_id, option, taker_id, hundredths, at_us)
VALUES (:round, (SELECT count(*) + 1 FROM round_voice WHERE round = :round), :giver_id,
  :option, :taker_id, :hundredths, :at_us)
"""
ADD_RUN = """
INSERT INTO round_run (round, number, inputs, vote_id, weights_by, again_by, outcome,
  at_us)
VALUES (:round, :number, :inputs, :vote_id, :weights_by, :again_by, :outcome, :at_us)
"""


class StoredRounds:
    """`gateway.fund.rounds.ports.RoundStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, opened: Round) -> None:
        """Keep a round."""
        with self._db.transaction() as tx:
            tx.run(
                ADD_ROUND,
                {
                    "name": opened.name,
                    "currency": opened.currency,
                    "pool_minor": opened.pool_minor,
                    "rule": opened.terms.rule,
                    "terms": canonical_json(opened.terms.told()),
                    "purse": opened.purse,
                    "vote_id": opened.vote_id,
                    "options": canonical_json(opened.options),
                    "clusters": canonical_json(opened.clusters),
                    "opened_us": opened.opened_us,
                },
            )

    def find(self, name: str) -> Round | None:
        """A round by its name."""
        row = self._db.row("SELECT * FROM round WHERE name = :name", {"name": name})
        return _round(row) if row else None

    def all(self) -> tuple[Round, ...]:
        """Every round, by when it was opened and name."""
        rows = self._db.rows("SELECT * FROM round ORDER BY opened_us, name")
        return tuple(map(_round, rows))

    def give(self, given: Given) -> None:
        """Keep what was given; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                ADD_VOICE,
                {
                    "round": given.round,
                    "giver_id": given.giver_id,
                    "option": given.option,
                    "taker_id": given.taker_id,
                    "hundredths": given.hundredths,
                    "at_us": given.at_us,
                },
            )

    def given(self, name: str) -> tuple[Given, ...]:
        """What was given in a round, in that order."""
        rows = self._db.rows(
            "SELECT round, giver_id, option, taker_id, hundredths, at_us"
            " FROM round_voice WHERE round = :name ORDER BY position",
            {"name": name},
        )
        return tuple(Given(**row) for row in rows)

    def run(self, made: Run) -> None:
        """Keep a run; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                ADD_RUN,
                {
                    "round": made.round,
                    "number": made.number,
                    "inputs": canonical_json(made.inputs.told(str)),
                    "vote_id": made.vote_id,
                    "weights_by": made.weights_by,
                    "again_by": made.again_by,
                    "outcome": made.outcome.value,
                    "at_us": made.at_us,
                },
            )

    def runs(self, name: str = "") -> tuple[Run, ...]:
        """Every run, or those of a round; see the port."""
        rows = self._db.rows(
            "SELECT * FROM round_run WHERE :name = '' OR round = :name"
            " ORDER BY at_us, round, number",
            {"name": name},
        )
        return tuple(map(_run, rows))


def _round(row: Row) -> Round:
    return Round(
        name=row["name"],
        currency=row["currency"],
        pool_minor=row["pool_minor"],
        terms=terms_in(row["rule"], _pairs(row["terms"])),
        purse=row["purse"],
        vote_id=row["vote_id"],
        options=tuple(json.loads(row["options"])),
        clusters=_pairs(row["clusters"]),
        opened_us=row["opened_us"],
    )


def _run(row: Row) -> Run:
    told = {**row, "inputs": inputs_in(json.loads(row["inputs"]))}
    return Run(**{**told, "outcome": Outcome(row["outcome"])})


def _pairs(text: str) -> tuple[tuple[Any, Any], ...]:
    return tuple((first, second) for first, second in json.loads(text))
