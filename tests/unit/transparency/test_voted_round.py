"""A vote, the round it weighs, its failure, a decision and the run that follows it.

All of it in rows, and none of them can be left out, moved or turned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from gateway.fund.rounds.division import Outcome
from gateway.fund.rounds.terms import Terms
from gateway.fund.voting.decision import Kind
from gateway.fund.voting.vote import Matter, Option
from gateway.services.ballot_box import BallotBox
from gateway.services.stewards import Stewards
from gateway.services.votes import Votes, VoteTerms
from gateway.transparency.recompute import BadRow, recomputed
from gateway.transparency.round_kinds import ROUND
from gateway.transparency.rows import Row
from tests.fakes.books import MemoryBooks
from tests.fakes.commons import Commons
from tests.fakes.time_and_chance import SeededChance
from tests.fakes.voters import WEEK_S, WEEK_US, FakeSalts

OPTIONS = (Option("care", "Care"), Option("records", "Records"))


class Voting:
    """The votes of a commons."""

    def __init__(self, commons: Commons) -> None:
        self.commons = commons
        books, ids, clock = commons.books, commons.office.ids, commons.clock
        parties, salts = commons.parties, FakeSalts()
        stewards = Stewards(books, parties=parties, clock=clock, ids=ids)
        self.votes = Votes(
            books,
            parties=parties,
            salts=salts,
            stewards=stewards,
            terms=VoteTerms(),
            clock=clock,
            ids=ids,
        )
        self.box = BallotBox(
            books,
            parties=parties,
            salts=salts,
            stewards=stewards,
            clock=clock,
            chance=SeededChance(1),
        )

    def priorities(self, *, by: str = "") -> str:
        """Everybody wants care more than records."""
        view = self.votes.open_priorities(
            "What comes first?", OPTIONS, credits_each=99, lasts_us=WEEK_US, by=by
        )
        return self._counted(view.vote.id, {"care": 3, "records": 1}, by=by)

    def decide(self, subject: str, *, by: str = "") -> str:
        """Everybody says yes; the decision's id."""
        matter = Matter(Kind.RESOLVE, subject)
        view = self.votes.open_matter("Again?", matter, lasts_us=WEEK_US, by=by)
        self._counted(view.vote.id, {"yes": 1}, by=by)
        return self.votes.decisions()[-1].id

    def _counted(self, vote_id: str, said: dict[str, int], *, by: str) -> str:
        for number in range(1, 7):
            self.box.cast(vote_id, f"pty_{number}", said)
        self.commons.clock.forward(s=WEEK_S)
        self.votes.close(vote_id, by=by)
        return vote_id


def told() -> list[Row]:
    """Nearly everything would go to one; with a cap it does not."""
    commons = Commons(MemoryBooks())
    commons.earn(10_000)
    for number in range(1, 9):
        commons.work(number)
    voting = Voting(commons)
    vote_id = voting.priorities()
    commons.open()
    for number in range(2, 9):
        commons.voice(number, number - 1, 40, option="records")
        commons.voice(number, 1, 800, option="care")
        if number > 2:
            commons.voice(number, number - 1, 60, option="care")
    failed = commons.runs.run("autumn").run
    assert (failed.outcome, failed.vote_id) == (Outcome.FAILED, vote_id)
    decision = voting.decide("round:autumn")
    commons.clock.forward(s=1)
    capped = Terms("proportional", cap_share=Fraction(1, 5))
    assert commons.runs.again("autumn", capped, decision).run.outcome is Outcome.PAID
    commons.open_books.grow()
    return commons.log.rows


ROWS = told()
FIRST, SECOND = (place for place, row in enumerate(ROWS) if row.kind == ROUND)


def refused(rows: list[Row]) -> BadRow:
    with pytest.raises(BadRow) as fault:
        recomputed(row.line for row in rows)
    return fault.value


def test_a_vote_a_failed_round_a_decision_and_its_second_run_come_out() -> None:
    rows = recomputed(row.line for row in ROWS).rows
    assert (rows[ROUND], rows["tally"], rows["decision"]) == (2, 2, 1)
    assert ROWS[FIRST].body["weights"] == [["care", 18], ["records", 6]]


@pytest.mark.parametrize(
    "drop",
    [
        lambda row: row.kind == "tally",
        lambda row: row.kind == "decision",
        lambda row: row.key == "autumn/1",
        lambda row: row.key == "autumn/2",
    ],
    ids=["tally", "decision", "first-run", "second-run"],
)
def test_nothing_on_which_the_second_run_rests_can_be_left_out(
    drop: Callable[[Row], bool],
) -> None:
    assert refused([row for row in ROWS if not drop(row)]).number is not None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"again_by": ""}, "no decision"),
        ({"again_by": "dec_9"}, "no decision"),
        ({"number": 3}, "not the next run"),
        ({"vote": ""}, "rest on no vote"),
        ({"weights_by": "dec_9"}, "not those of its vote"),
        ({"pool_minor": 9_999}, "other voices"),
    ],
    ids=["by-nobody", "by-another", "number", "vote", "override", "pool"],
)
def test_a_second_run_is_the_first_ones_voices_under_the_members_terms(
    change: dict[str, object], says: str
) -> None:
    row = ROWS[SECOND]
    other = replace(row, body={**row.body, **change})
    fault = refused([*ROWS[:SECOND], other, *ROWS[SECOND + 1 :]])
    assert (fault.number, says in fault.detail) == (SECOND, True), fault.detail
