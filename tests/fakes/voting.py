"""Tallies and decisions in memory; held to the same contracts as the real stores."""

from __future__ import annotations

from gateway.fund.voting.decision import Decision, Kind, Outcome
from gateway.fund.voting.tally import Tally
from gateway.kernel.errors import Conflict


class FakeTallies:
    def __init__(self) -> None:
        self.rows: dict[str, Tally] = {}

    def add(self, tally: Tally) -> None:
        if tally.vote_id in self.rows:
            raise Conflict("the vote has a tally")
        self.rows[tally.vote_id] = tally

    def find(self, vote_id: str) -> Tally | None:
        return self.rows.get(vote_id)

    def latest(self) -> Tally | None:
        return self.all()[-1] if self.rows else None

    def all(self) -> tuple[Tally, ...]:
        rows = self.rows.values()
        return tuple(sorted(rows, key=lambda each: (each.closed_us, each.vote_id)))


class FakeDecisions:
    def __init__(self) -> None:
        self.rows: dict[str, Decision] = {}

    def add(self, decision: Decision) -> None:
        votes = {each.vote_id for each in self.rows.values()}
        if decision.id in self.rows or decision.vote_id in votes:
            raise Conflict("the id is taken, or its vote has one")
        self.rows[decision.id] = decision

    def find(self, decision_id: str) -> Decision | None:
        return self.rows.get(decision_id)

    def ratified(self, kind: Kind, subject: str) -> Decision | None:
        found = [
            each
            for each in self.all()
            if (each.kind, each.subject) == (kind, subject)
            and each.outcome is not Outcome.NO_QUORUM
        ]
        return found[-1] if found and found[-1].is_accepted else None

    def all(self) -> tuple[Decision, ...]:
        rows = self.rows.values()
        return tuple(sorted(rows, key=lambda each: (each.decided_us, each.id)))
