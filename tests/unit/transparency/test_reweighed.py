"""A tally weighs one round: whoever reads the rows sees where it weighed a second."""

from __future__ import annotations

from dataclasses import replace

from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.tally import Method, Tally
from gateway.kernel.errors import InvalidValue
from gateway.transparency.recount import Recount
from gateway.transparency.reround import Rerounds
from gateway.transparency.round_kinds import ROUND
from gateway.transparency.rows import Row
from tests.unit.transparency.test_reround import PLACES, ROWS

BY_VOTE = [
    replace(row, body={**row.body, "vote": "vot_1"}) if row.kind == ROUND else row
    for row in ROWS
]


def test_a_tally_that_weighed_a_round_weighs_no_second_one_by_itself() -> None:
    between_us = BY_VOTE[PLACES[1]].at_us - 1
    decided = a_decision(between_us)
    known_before = a_decision(BY_VOTE[PLACES[0]].at_us)

    refused = "its vote weighed a round before, and nobody decided so"
    assert said_of_the_second() == refused
    assert said_of_the_second(known_before) == refused
    assert said_of_the_second(replace(decided, yes=1)) == refused
    assert said_of_the_second(replace(decided, subject="vote:vot_3")) != ""
    assert said_of_the_second(decided) == ""


def a_decision(decided_us: int) -> Decision:
    return Decision(
        id="dec_1",
        kind=Kind.RESOLVE,
        subject="vote:vot_1",
        digest="",
        vote_id="vot_2",
        yes=5,
        no=2,
        abstain=0,
        entitled=8,
        quorum_bp=2_500,
        decided_us=decided_us,
    )


def said_of_the_second(*decisions: Decision) -> str:
    """What is said against the second round; empty where nothing is."""
    weights = BY_VOTE[PLACES[0]].body["weights"]
    votes = Recount(decisions={each.id: each for each in decisions})
    votes.tallies["vot_1"] = Tally(
        "vot_1",
        Method.QUADRATIC,
        tuple((option, weight) for option, weight in weights),
        voters=5,
        entitled=8,
        closed_us=1,
    )
    rounds = Rerounds()
    for number, row in enumerate(BY_VOTE):
        if row.kind == "allocation":
            rounds.allocated(row, number)
    first, second = (BY_VOTE[place] for place in PLACES)
    taken(rounds, votes, first)
    try:
        taken(rounds, votes, second)
    except InvalidValue as fault:
        return fault.detail
    return ""


def taken(rounds: Rerounds, votes: Recount, row: Row) -> None:
    """A round's row, with what it left booked to the reserve."""
    if row.body["to_reserve_minor"]:
        name = f"round:{row.body['round']}", "round-rest", row.body["currency"]
        rounds.entries[name] = 0, row.body["to_reserve_minor"]
    rounds.take(row, 1, votes)
