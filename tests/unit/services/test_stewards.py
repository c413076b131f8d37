"""Which acts need a steward, and who may act when the steward is silent."""

from __future__ import annotations

import pytest

from gateway.fund.voting.decision import Kind
from gateway.fund.voting.office import DEPUTY_WAKES, SILENCE_US
from gateway.fund.voting.vote import Matter
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.reciprocity.review import Review, Verdict
from tests.fakes.voters import WEEK_US, Assembly, assembly

SILENCE_S = SILENCE_US // US_PER_S


@pytest.fixture
def made() -> Assembly:
    commons = assembly(4)
    commons.stewards.begin("registers", "pty_1", "pty_2", days=365)
    return commons


def test_without_a_recorded_term_nobody_is_asked_who_they_are() -> None:
    commons = assembly(1)
    vote_id = commons.ask()
    commons.box.cast(vote_id, "pty_1", {"care": 1})
    assert commons.votes.close(vote_id).voted == 1
    assert commons.stewards.seats() == ()
    assert commons.books.offices.acts() == ()


def test_opening_closing_and_paper_ballots_need_the_steward(made: Assembly) -> None:
    for by, told in (("", "--by"), ("pty_3", "no steward"), ("pty_2", "no steward")):
        with pytest.raises(InvalidValue, match=told):
            made.ask(by=by)
    vote_id = made.ask(by="pty_1")
    made.box.cast(vote_id, "pty_3", {"care": 1})
    with pytest.raises(InvalidValue, match="no steward"):
        made.box.cast(vote_id, "pty_4", {"care": 1}, by="pty_3")
    assert made.votes.show(vote_id).voted == 1
    made.box.cast(vote_id, "pty_4", {"care": 1}, by="pty_1")
    made.week_later()
    with pytest.raises(InvalidValue, match="no steward"):
        made.votes.close(vote_id, by="pty_3")
    assert made.votes.show(vote_id).vote.closed_us is None
    made.votes.close(vote_id, by="pty_1")
    said = [each.what for each in made.books.offices.acts()]
    assert said == ["open-vote", "paper-ballot", "close-vote"]


def test_a_silent_steward_is_stood_in_for_and_it_is_put_on_record_once(
    made: Assembly,
) -> None:
    began_us = made.clock.now_us()
    assert made.stewards.notice() == ()
    made.clock.forward(s=SILENCE_S)
    (seat,) = made.stewards.notice()
    assert seat.office.holders == {"pty_1", "pty_2"}
    for _ in range(2):
        made.stewards.notice()
    woken = [each for each in made.books.offices.acts() if each.what == DEPUTY_WAKES]
    assert [(each.party_id, each.at_us) for each in woken] == [
        ("pty_2", began_us + SILENCE_US)
    ]


def test_the_deputy_acts_then_and_the_steward_may_come_back(made: Assembly) -> None:
    for person in ("pty_3", "pty_4"):
        made.clock.forward(s=SILENCE_S // 2)
        made.gave(person)
    made.ask(by="pty_2")
    made.stewards.check_in("pty_1")
    with pytest.raises(InvalidValue, match="no steward"):
        made.ask(by="pty_2")
    made.ask(by="pty_1")


def test_who_holds_no_office_cannot_check_in(made: Assembly) -> None:
    with pytest.raises(InvalidValue, match="neither steward nor deputy"):
        made.stewards.check_in("pty_3")
    with pytest.raises(NotFound):
        made.stewards.begin("registers", "pty_77", "pty_2", days=1)


def test_where_both_are_silent_any_contributor_may_act_and_nobody_unnamed(
    made: Assembly,
) -> None:
    made.clock.forward(s=2 * SILENCE_S - 1)
    made.gave("pty_3")
    with pytest.raises(InvalidValue, match="no steward"):
        made.ask(by="pty_3")
    made.clock.forward(s=1)
    made.ask(by="pty_3")
    with pytest.raises(InvalidValue, match="--by"):
        made.ask()


def test_a_second_term_rests_on_a_decision_that_is_used_once(made: Assembly) -> None:
    with pytest.raises(InvalidValue, match="decision of the members"):
        made.stewards.begin("registers", "pty_3", "pty_2", days=365)
    matter = Matter(Kind.APPOINT_STEWARD, "registers/pty_3")
    vote = made.votes.open_matter("Whom?", matter, lasts_us=WEEK_US, by="pty_1").vote
    for number in range(1, 5):
        made.box.cast(vote.id, f"pty_{number}", {"yes": 1})
    decision = made.votes.close(vote.id, by="pty_1").decision
    assert decision is not None
    made.clock.forward(s=1)
    made.stewards.begin(
        "registers", "pty_3", "pty_2", days=365, decision_id=decision.id
    )
    (seat,) = made.stewards.seats()
    assert seat.office.holders == {"pty_3"}
    with pytest.raises(InvalidValue):
        made.stewards.begin(
            "registers", "pty_3", "pty_2", days=365, decision_id=decision.id
        )


def test_a_review_is_an_act_as_well(made: Assembly) -> None:
    made.clock.forward(s=SILENCE_S - 1)
    claim_id = next(
        each.claim.id
        for each in made.books.contributions.all()
        if each.claim.party_id == "pty_4"
    )
    now_us = made.clock.now_us()
    made.books.contributions.add_review(
        Review("rev_1", claim_id, "pty_1", Verdict.ACCEPT, now_us)
    )
    made.clock.forward(s=10)
    (seat,) = made.stewards.seats()
    assert seat.office.deputy_since_us is None
