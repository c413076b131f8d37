"""Every vote counted again, from published rows and nothing else.

A ballot that is opened must open a commitment that stood there before; each counts
once; as many count as voted; what is neither counted nor superseded is missing. Tally
and decision must be what the ballots give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.fund.voting.ballot import Ballot, ballot_of, commitment_of
from gateway.fund.voting.count import answers_of, method_of, weights_of
from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.office import Act, Term, assert_may_begin
from gateway.fund.voting.tally import Method, Tally
from gateway.fund.voting.vote import ANSWERS, PRIORITIES, assert_options
from gateway.kernel.errors import InvalidValue
from gateway.transparency import vote_kinds as kinds
from gateway.transparency.rows import Row

ACTS_ON_VOTES = frozenset({"open-vote", "close-vote", "paper-ballot"})
ACTS = ACTS_ON_VOTES | {"check-in", "deputy-wakes"}
Contributors = Callable[[int], int | None]
"""From an instant to how many parties had vested work; None where nobody knows."""


@dataclass(slots=True)
class Polled:
    """A vote as far as it was read.

    Attributes:
        number: Its row's place in the log.
        row: What it asks.
        commitments: Ballots that were cast, as far as told.
        opened: Those that were opened.
        opened_us: When they were.
        is_counted: Whether its tally was read.
        closed_us: When it was counted; 0 before.
    """

    number: int
    row: Row
    commitments: set[str] = field(default_factory=set)
    opened: dict[str, Ballot] = field(default_factory=dict)
    opened_us: set[int] = field(default_factory=set)
    is_counted: bool = False
    closed_us: int = 0

    @property
    def decides(self) -> bool:
        """Do members decide on a matter?"""
        return bool(self.row.body["about"] != PRIORITIES)


@dataclass(slots=True)
class Recount:
    """What was read of votes so far.

    Attributes:
        votes: By id.
        tallies: What votes on priorities came to.
        decisions: What members decided.
        terms: Stewards' terms, by start.
        acts: What stewards and deputies did.
        used: Decisions by which a term began.
    """

    votes: dict[str, Polled] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def take(self, row: Row, number: int) -> None:
        """Take a row in.

        Raises:
            InvalidValue: it does not come to what it says.
        """
        _TAKEN[row.kind](self, row, number)

    def left(self) -> tuple[int, str] | None:
        """The first vote whose counting is not complete; None without one.

        Returns:
            The place of its row, and what is missing.
        """
        for vote_id, polled in self.votes.items():
            if polled.opened and not polled.is_counted:
                return polled.number, f"vote {vote_id}: ballots are opened, no tally is"
            decided = any(each.vote_id == vote_id for each in self.decisions.values())
            if polled.is_counted and polled.decides and not decided:
                return polled.number, f"vote {vote_id}: it was counted, nobody decided"
        return None

    def crowded(self, contributors: Contributors) -> Iterator[tuple[int, Row]]:
        """Votes in which more may vote than contributed, or were admitted."""
        for polled in self.votes.values():
            row = polled.row
            admitted = sum(
                each.is_accepted
                and each.kind is Kind.ADMIT_MEMBER
                and each.decided_us <= row.at_us
                for each in self.decisions.values()
            )
            known = contributors(row.at_us)
            most = None if known is None else known + admitted * polled.decides
            if most is not None and len(row.body["electorate"]) > most:
                yield polled.number, row

    def polled(self, vote_id: str) -> Polled:
        """A vote that was read before.

        Raises:
            InvalidValue: there is none.
        """
        polled = self.votes.get(vote_id)
        if polled is None:
            detail = f"there is no vote {vote_id} before it"
            raise InvalidValue(detail)
        return polled


def _vote(votes: Recount, row: Row, number: int) -> None:
    body = row.body
    assert_options(body["options"])
    electorate = body["electorate"]
    if not electorate or electorate != sorted(set(electorate)):
        raise InvalidValue("who may vote stands there once each, in order")
    if body["about"] == PRIORITIES and (
        body["subject"] or body["digest"] or body["weights"] or body["quorum_bp"]
    ):
        raise InvalidValue("a vote on priorities is about nothing else")
    if body["credits"] < 1 or body["closes_us"] <= row.at_us:
        raise InvalidValue("a vote gives credits, and time")
    polled = Polled(number, row)
    if polled.decides and (tuple(body["options"]) != ANSWERS or body["credits"] != 1):
        raise InvalidValue("members have one vote each: yes, no or abstain")
    votes.votes[row.key] = polled


def _ballot(votes: Recount, row: Row, _number: int) -> None:
    polled = votes.polled(row.body["vote"])
    if polled.is_counted or polled.opened:
        raise InvalidValue("a ballot came after the vote was counted")
    if row.at_us != polled.row.at_us:
        raise InvalidValue("a ballot has the instant of its vote, never its own")
    polled.commitments.add(row.key)


def _opened(votes: Recount, row: Row, _number: int) -> None:
    body = row.body
    polled = votes.polled(body["vote"])
    if polled.is_counted:
        raise InvalidValue("a ballot was opened after the vote was counted")
    if row.key not in polled.commitments:
        raise InvalidValue("nobody cast that ballot before the vote closed")
    asked = polled.row.body
    said = dict(body["votes"])
    ballot = ballot_of(said, tuple(asked["options"]), credits_max=asked["credits"])
    if [list(each) for each in ballot] != body["votes"]:
        raise InvalidValue("its votes stand there in another order, or twice")
    if polled.decides and not ballot:
        raise InvalidValue("it says neither yes, no nor abstain")
    if commitment_of(body["vote"], ballot, nonce=body["nonce"]) != row.key:
        raise InvalidValue("it does not open the commitment under which it was cast")
    polled.opened[row.key] = ballot
    polled.opened_us.add(row.at_us)


def _tally(votes: Recount, row: Row, _number: int) -> None:
    polled, body = votes.polled(row.key), row.body
    asked = polled.row.body
    _assert_complete(polled, body)
    if not polled.opened_us <= {row.at_us}:
        raise InvalidValue("its ballots were opened at another instant")
    early = row.at_us < asked["closes_us"]
    if early and len(body["voted"]) < len(asked["electorate"]):
        raise InvalidValue("it was counted while ballots were still taken")
    ballots = list(polled.opened.values())
    method = method_of(len(ballots), decides=polled.decides)
    if body["method"] != method.value:
        detail = f"{len(ballots)} voted, so it is counted as {method.value}"
        raise InvalidValue(detail)
    right = weights_of(asked["options"], ballots, method)
    if [list(each) for each in right] != body["weights"]:
        detail = f"the ballots come to {_spelled(right)}"
        raise InvalidValue(detail)
    polled.is_counted, polled.closed_us = True, row.at_us
    if not polled.decides:
        entitled = len(asked["electorate"])
        votes.tallies[row.key] = Tally(
            row.key, Method(body["method"]), right, len(ballots), entitled, row.at_us
        )


def _assert_complete(polled: Polled, body: Mapping[str, Any]) -> None:
    """Every ballot is counted or superseded, and as many count as people voted."""
    if polled.is_counted:
        raise InvalidValue("the vote was counted before")
    voted, electorate = body["voted"], polled.row.body["electorate"]
    if voted != sorted(set(voted)) or not set(voted) <= set(electorate):
        raise InvalidValue("somebody voted who might not, or twice")
    superseded = body["superseded"]
    apart = len(polled.opened) + len(superseded)
    if len(set(superseded)) != len(superseded) or (
        {*polled.opened, *superseded} != polled.commitments
        or apart != len(polled.commitments)
    ):
        raise InvalidValue("a ballot was cast and is neither counted nor superseded")
    if len(polled.opened) != len(voted):
        detail = f"{len(voted)} voted and {len(polled.opened)} ballots count"
        raise InvalidValue(detail)


def _decision(votes: Recount, row: Row, _number: int) -> None:
    body = row.body
    polled = votes.polled(body["vote"])
    if not polled.decides or not polled.is_counted or row.at_us != polled.closed_us:
        raise InvalidValue("no vote of members was counted then")
    if any(each.vote_id == body["vote"] for each in votes.decisions.values()):
        raise InvalidValue("its vote decided before")
    asked = polled.row.body
    for name in ("about", "subject", "digest", "weights", "quorum_bp"):
        if body[name] != asked[name]:
            detail = f"its {name} is not what was voted on"
            raise InvalidValue(detail)
    said = answers_of(list(polled.opened.values()))
    if said != (body["yes"], body["no"], body["abstain"]):
        detail = "the ballots come to {} yes, {} no, {} abstained".format(*said)
        raise InvalidValue(detail)
    if body["entitled"] != len(asked["electorate"]):
        raise InvalidValue("it counts others than might vote")
    made = _decision_in(row)
    if made.outcome.value != body["outcome"]:
        detail = f"these counts come to {made.outcome.value}"
        raise InvalidValue(detail)
    votes.decisions[row.key] = made


def _decision_in(row: Row) -> Decision:
    body = row.body
    try:
        kind = Kind(body["about"])
    except ValueError:
        detail = f"nobody decides on {body['about']!r}"
        raise InvalidValue(detail) from None
    counts = ("yes", "no", "abstain", "entitled", "quorum_bp", "subject", "digest")
    return Decision(
        id=row.key,
        kind=kind,
        vote_id=body["vote"],
        decided_us=row.at_us,
        weights=tuple((name, weight) for name, weight in body["weights"]),
        **{name: body[name] for name in counts},
    )


def _term(votes: Recount, row: Row, _number: int) -> None:
    body = row.body
    if body["decision"] and body["decision"] not in votes.decisions:
        raise InvalidValue("it rests on a decision that stands nowhere")
    term = Term(
        id=row.key,
        collection=body["collection"],
        steward_id=body["steward"],
        deputy_id=body["deputy"],
        starts_us=row.at_us,
        ends_us=body["ends_us"],
        decision_id=body["decision"],
    )
    assert_may_begin(
        term,
        [one for one in votes.terms if one.collection == term.collection],
        decisions=votes.decisions.values(),
        owner_of=lambda commitment: commitment,
        acts=votes.acts,
    )
    if term.decision_id in votes.used:
        raise InvalidValue("its decision was used for another term")
    if term.decision_id:
        votes.used.add(term.decision_id)
    votes.terms.append(term)


def _act(votes: Recount, row: Row, _number: int) -> None:
    """What officers did is on record; of a vote, one that stands there."""
    body = row.body
    if body["what"] not in ACTS:
        detail = f"no officer does {body['what']!r}"
        raise InvalidValue(detail)
    if body["what"] in ACTS_ON_VOTES:
        votes.polled(body["about"])
    votes.acts.append(Act(row.key, body["by"], body["what"], body["about"], row.at_us))


_TAKEN: Mapping[str, Callable[[Recount, Row, int], None]] = {
    kinds.VOTE: _vote,
    kinds.BALLOT: _ballot,
    kinds.OPENED_BALLOT: _opened,
    kinds.TALLY: _tally,
    kinds.DECISION: _decision,
    kinds.TERM: _term,
    kinds.OFFICER_ACT: _act,
}


def _spelled(weights: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{name} {weight}" for name, weight in weights)
