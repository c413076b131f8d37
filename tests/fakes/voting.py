"""Votes, tallies, decisions and terms in memory; held to the stores' contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.fund.voting.box import Cast, Kept
from gateway.fund.voting.decision import Decision, Kind, Outcome
from gateway.fund.voting.office import Act, Term
from gateway.fund.voting.tally import Tally
from gateway.fund.voting.vote import Entitled, Vote
from gateway.kernel.errors import Conflict


class FakeVotes:
    def __init__(self) -> None:
        self.rows: dict[str, Vote] = {}
        self.voters: dict[str, tuple[Entitled, ...]] = {}
        self.marked: dict[str, frozenset[str]] = {}
        self.box: tuple[Cast, ...] = ()
        self.counted: tuple[Kept, ...] = ()

    def add(self, vote: Vote, entitled: Sequence[Entitled]) -> None:
        owners = {one.owner_id for one in entitled}
        if vote.id in self.rows or len(owners) != len(entitled):
            raise Conflict("the id is taken, or somebody may vote twice")
        self.rows[vote.id] = vote
        listed = sorted(entitled, key=lambda one: one.mark)
        self.voters[vote.id] = tuple(listed)

    def find(self, vote_id: str) -> Vote | None:
        return self.rows.get(vote_id)

    def all(self) -> tuple[Vote, ...]:
        rows = self.rows.values()
        return tuple(sorted(rows, key=lambda each: (each.opened_us, each.id)))

    def entitled(self, vote_id: str) -> tuple[Entitled, ...]:
        return self.voters.get(vote_id, ())

    def voted(self, vote_id: str) -> frozenset[str]:
        owners = {each.owner_id for each in self.casts(vote_id)}
        marks = {e.mark for e in self.entitled(vote_id) if e.owner_id in owners}
        return self.marked.get(vote_id, frozenset()) | marks

    def cast(self, cast: Cast) -> None:
        vote = self.rows.get(cast.vote_id)
        owners = {one.owner_id for one in self.entitled(cast.vote_id)}
        taken = {each.commitment for each in self.box}
        is_open = vote is not None and vote.closed_us is None
        if not is_open or cast.owner_id not in owners or cast.commitment in taken:
            raise Conflict("the vote is closed, or the voter may not, or it is there")
        self.box = (*self.box, cast)

    def casts(self, vote_id: str) -> tuple[Cast, ...]:
        return tuple(each for each in self.box if each.vote_id == vote_id)

    def close(self, vote_id: str, kept: Sequence[Kept], *, at_us: int) -> None:
        vote = self.rows[vote_id]
        there = {each.commitment for each in self.casts(vote_id)}
        if vote.closed_us is not None or there != {each.commitment for each in kept}:
            raise Conflict("it is closed, or these are not all its ballots")
        self.marked = {**self.marked, vote_id: self.voted(vote_id)}
        self.rows = {**self.rows, vote_id: replace(vote, closed_us=at_us)}
        self.box = tuple(each for each in self.box if each.vote_id != vote_id)
        self.counted = (*self.counted, *kept)

    def kept(self, vote_id: str) -> tuple[Kept, ...]:
        own = [each for each in self.counted if each.vote_id == vote_id]
        return tuple(sorted(own, key=lambda each: each.commitment))


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


class FakeOffices:
    def __init__(self) -> None:
        self.begun: dict[str, Term] = {}
        self.done: dict[str, Act] = {}

    def begin(self, term: Term) -> None:
        used = {each.decision_id for each in self.begun.values() if each.decision_id}
        if term.id in self.begun or term.decision_id in used:
            raise Conflict("its id or its decision is taken")
        self.begun[term.id] = term

    def terms(self) -> tuple[Term, ...]:
        rows = self.begun.values()
        return tuple(sorted(rows, key=lambda each: (each.starts_us, each.id)))

    def note(self, act: Act) -> None:
        if act.id in self.done:
            raise Conflict("its id is taken")
        self.done[act.id] = act

    def acts(self) -> tuple[Act, ...]:
        rows = self.done.values()
        return tuple(sorted(rows, key=lambda each: (each.at_us, each.id)))
