"""What guards votes, switched off one by one: each time something that holds breaks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.fund.voting import ballot, box, count, electorate, office
from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.vote import Matter
from gateway.kernel.errors import InvalidValue
from gateway.services.stewards import Stewards
from tests.fakes.voters import WEEK_US, Assembly, assembly, persons

Law = Callable[[], bool]


def counted(*wishes: dict[str, int]) -> dict[str, int]:
    made = assembly(len(wishes))
    vote_id = made.ask()
    for number, wish in enumerate(wishes, start=1):
        made.box.cast(vote_id, f"pty_{number}", wish)
    tally = made.votes.close(vote_id).tally
    assert tally is not None
    return dict(tally.weights)


def loud_and_few_do_not_win() -> bool:
    """Of three people one is loud; the other two agree."""
    weights = counted({"records": 9}, {"care": 1}, {"care": 1})
    return weights["care"] > weights["records"]


def nobody_votes_beyond_their_credits() -> bool:
    try:
        counted({"records": 10})
    except InvalidValue:
        return True
    return False


def shells_have_one_vote() -> bool:
    made = Assembly(*persons(10, owner_id="pty_1"))
    for party in made.parties.all_parties():
        made.gave(party.id)
    return made.votes.show(made.ask()).entitled == 1


def crumbs_of_work_give_no_votes() -> bool:
    made = Assembly(*persons(10))
    made.gave("pty_1")
    for party in made.parties.all_parties()[1:]:
        made.gave(party.id, 1)
    return made.votes.show(made.ask()).entitled == 1


def a_late_ballot_is_never_told_alone() -> bool:
    made = assembly(12)
    vote_id = made.ask()
    logged: tuple[str, ...] = ()
    for number in range(1, 13):
        made.box.cast(vote_id, f"pty_{number}", {"care": 1})
        casts = made.books.votes.casts(vote_id)
        before, logged = logged, box.told(casts, logged)
        if 0 < len(logged) - len(before) < 5:
            return False
    return True


def few_decide_nothing() -> bool:
    made = assembly(10)
    matter = Matter(Kind.RESOLVE, "roof")
    vote_id = made.votes.open_matter("A roof?", matter, lasts_us=WEEK_US).vote.id
    made.box.cast(vote_id, "pty_1", {"yes": 1})
    made.week_later()
    decision = made.votes.close(vote_id).decision
    assert decision is not None
    return not decision.is_accepted


def silence_wakes_the_deputy() -> bool:
    made = assembly(2)
    made.stewards.begin("registers", "pty_1", "pty_2", days=365)
    made.clock.forward(s=90 * 86_400)
    (seat,) = made.stewards.seats()
    return "pty_2" in seat.office.holders


def nobody_stays_for_ever() -> bool:
    before = [
        office.Term(f"t{n}", "reg", "pty_1", "pty_2", n, n + 1, "") for n in (1, 2)
    ]
    third = office.Term("t3", "reg", "pty_1", "pty_2", 3, 4, "dec_1")
    made = Decision(
        "dec_1", Kind.APPOINT_STEWARD, "reg/pty_1", "", "v", 1, 0, 0, 1, 0, 1
    )
    try:
        office.assert_may_begin(
            third, before, decisions=[made], owner_of=lambda party_id: party_id
        )
    except InvalidValue:
        return True
    return False


def who_counts_forgets() -> bool:
    """Two who swap their ballots leave the same things behind."""

    def left(first: str, second: str) -> object:
        made = assembly(2)
        vote_id = made.ask()
        made.box.cast(vote_id, first, {"care": 1})
        made.box.cast(vote_id, second, {"records": 1})
        return box.closed(made.books.votes.casts(vote_id))

    return left("pty_1", "pty_2") == left("pty_2", "pty_1")


def no_cost(_ballot: ballot.Ballot) -> int:
    return 0


def not_shuffled(casts: tuple[box.Cast, ...]) -> tuple[box.Kept, ...]:
    ordered = sorted(casts, key=lambda each: each.owner_id)
    return tuple(
        box.Kept(each.commitment, each.vote_id, True, each.nonce, each.ballot)
        for each in ordered
    )


def any_weight(_judged: object, *, at_us: int) -> int:
    return at_us


SWITCHES: dict[str, tuple[Law, object, str, object]] = {
    "one vote each below five": (
        *(loud_and_few_do_not_win, count, "QUADRATIC_VOTERS_MIN", 1),
    ),
    "credits": (nobody_votes_beyond_their_credits, ballot, "cost", no_cost),
    "vested work": (
        crumbs_of_work_give_no_votes,
        electorate,
        "vested_hundredths",
        any_weight,
    ),
    "groups of five": (a_late_ballot_is_never_told_alone, box, "TOGETHER_MIN", 1),
    "silence": (silence_wakes_the_deputy, office, "SILENCE_US", 10**18),
    "terms in a row": (nobody_stays_for_ever, office, "TERMS_IN_A_ROW_MAX", 99),
    "forgetting": (who_counts_forgets, box, "closed", not_shuffled),
}


@pytest.mark.parametrize("name", list(SWITCHES))
def test_what_holds_breaks_when_its_guard_is_switched_off(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    law, module, attribute, off = SWITCHES[name]
    assert law()
    monkeypatch.setattr(module, attribute, off)
    assert not law()


def test_an_owner_is_looked_through_and_without_it_ten_shells_have_ten_votes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert shells_have_one_vote()
    alone = property(lambda party: party.id)
    monkeypatch.setattr("gateway.identity.party.Party.beneficial_owner_id", alone)
    assert not shells_have_one_vote()


def test_a_quorum_keeps_few_from_deciding_and_without_it_one_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert few_decide_nothing()
    monkeypatch.setattr("gateway.fund.voting.decision.BASIS_POINTS", 10**9)
    assert not few_decide_nothing()


def test_a_paper_ballot_needs_a_steward_and_without_the_check_anybody_hands_it_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def is_refused() -> bool:
        made = assembly(3)
        made.stewards.begin("registers", "pty_1", "pty_2", days=365)
        vote_id = made.ask(by="pty_1")
        try:
            made.box.cast(vote_id, "pty_3", {"care": 1}, by="pty_3")
        except InvalidValue:
            return True
        return False

    assert is_refused()
    monkeypatch.setattr(Stewards, "act", lambda *_, **__: None)
    assert not is_refused()
