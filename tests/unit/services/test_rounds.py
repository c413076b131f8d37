"""Live rounds: labour first, then the pool by voice; once, to the unit, or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import pytest

from gateway.fund.accounts import LABOUR_RESERVE, RESERVE, ROUNDS, SOLIDARITY
from gateway.fund.rounds.division import Outcome
from gateway.fund.rounds.inputs import ALIKE
from gateway.fund.rounds.round import State
from gateway.fund.rounds.terms import Terms
from gateway.fund.voting.decision import Decision
from gateway.fund.voting.decision import Kind as Decided
from gateway.fund.voting.office import Term
from gateway.fund.voting.tally import Method, Tally
from gateway.fund.waterfall import FundTerms
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.services.rounds import Opening
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from tests.fakes.books import MemoryBooks
from tests.fakes.commons import Commons, a_member

DAY_S = 86_400


@pytest.fixture(params=["memory", "sqlite"])
def commons(request: pytest.FixtureRequest) -> Iterator[Commons]:
    if request.param == "memory":
        yield Commons(MemoryBooks())
        return
    db = open_sqlite(":memory:")
    yield Commons(StoredBooks(db))
    db.close()


def in_memory(*, terms: FundTerms | None = None) -> Commons:
    return Commons(MemoryBooks(), terms=terms)


def a_vote(commons: Commons, **weights: int) -> str:
    """A vote on priorities that closed now."""
    vote_id = f"vot_{len(commons.books.tallies.all()) + 1}"
    tally = Tally(
        vote_id,
        Method.QUADRATIC,
        tuple(weights.items()),
        voters=5,
        entitled=8,
        closed_us=commons.clock.now_us(),
    )
    commons.books.tallies.add(tally)
    return vote_id


def decided(
    commons: Commons,
    subject: str,
    *,
    yes: int = 5,
    kind: Decided = Decided.RESOLVE,
    **weights: int,
) -> str:
    """A decision of the members, taken now."""
    number = len(commons.books.decisions.all()) + 1
    commons.clock.forward(s=1)
    made = Decision(
        id=f"dec_{number}",
        kind=kind,
        subject=subject,
        digest="",
        vote_id=f"vot_d{number}",
        yes=yes,
        no=2,
        abstain=0,
        entitled=8,
        quorum_bp=2_500,
        decided_us=commons.clock.now_us(),
        weights=tuple(weights.items()),
    )
    commons.books.decisions.add(made)
    return made.id


def test_a_round_pays_labour_first_then_the_pool_and_the_same_again_changes_nothing(
    commons: Commons,
) -> None:
    commons.earn(10_000, labour=800)
    commons.open()
    commons.everybody_speaks()
    made = commons.runs.run("autumn")
    assert [one.source for one in made.allocations] == [LABOUR_RESERVE, ROUNDS]
    assert (made.is_new, made.run.outcome) == (True, Outcome.PAID)
    assert sum(commons.owed(number) for number in range(1, 9)) == 10_800
    assert commons.owed(1) == 100 + 1_250
    assert commons.books.journal.balance(ROUNDS, "EUR") == 0
    before = (commons.books.journal.entries(), commons.books.allocations.all())
    again = commons.runs.run("autumn")
    assert replace(made, is_new=False) == again
    assert (commons.books.journal.entries(), commons.books.allocations.all()) == before
    assert commons.rounds.show("autumn").state is State.PAID
    with pytest.raises(Conflict, match="closed"):
        commons.voice(1, 2, 5)


def test_a_stranger_divides_the_round_again(commons: Commons) -> None:
    commons.earn(10_001, labour=803)
    commons.open("quadratic")
    commons.everybody_speaks()
    commons.runs.run("autumn")
    made = commons.recomputed()
    assert made.rows["round"] == 1
    assert sum(made.balances.values()) == 0
    assert (ROUNDS, "EUR") not in made.balances


def test_voice_is_what_a_party_earned_and_may_change_until_the_close() -> None:
    commons = in_memory()
    commons.earn(10_000)
    commons.open()
    commons.work(1, 300)
    commons.work(2)
    commons.work(3)
    commons.voice(1, 2, 200)
    with pytest.raises(InvalidValue, match=r"3\.00 credits of voice"):
        commons.voice(1, 3, 101)
    commons.voice(1, 3, 100)
    commons.voice(1, 2, 0)
    commons.voice(1, 3, 300)
    (left,) = commons.rounds.show("autumn").voices
    assert (left.taker_id, left.hundredths) == ("pty_3", 300)


def test_one_beneficial_owner_has_one_purse() -> None:
    members = (a_member(1), a_member(2, owner="pty_1"), a_member(3), a_member(4))
    commons = Commons(MemoryBooks(), *members)
    commons.earn(10_000)
    commons.open()
    for number in (1, 2, 3, 4):
        commons.work(number, 100)
    commons.voice(1, 3, 150)
    with pytest.raises(InvalidValue, match=r"2\.00 credits"):
        commons.voice(2, 3, 51)
    commons.voice(2, 4, 50)
    with pytest.raises(InvalidValue, match="to themselves"):
        commons.voice(2, 1, 0)


def test_everybody_alike_may_be_the_rule() -> None:
    commons = in_memory()
    commons.earn(10_000)
    commons.open(purse=ALIKE)
    commons.work(1, 1)
    commons.work(2, 90_000)
    commons.voice(1, 2, 10_000)
    with pytest.raises(InvalidValue, match=r"100\.00 credits"):
        commons.voice(2, 1, 10_001)
    with pytest.raises(InvalidValue, match=r"0\.00 credits"):
        commons.voice(3, 1, 1)


def test_voice_goes_to_contributors_and_never_to_operator_steward_or_host() -> None:
    terms = FundTerms(barred=frozenset({"Member 3"}))
    commons = in_memory(terms=terms)
    commons.earn(10_000)
    commons.open()
    for number in (1, 3, 4):
        commons.work(number)
    with pytest.raises(InvalidValue, match="no vested contribution"):
        commons.voice(1, 2, 5)
    with pytest.raises(InvalidValue, match="never pay them"):
        commons.voice(1, 3, 5)
    commons.voice(3, 4, 5)
    commons.erase(4)
    with pytest.raises(InvalidValue, match="erased"):
        commons.voice(1, 4, 5)
    with pytest.raises(Conflict, match="nobody who may take"):
        commons.runs.run("autumn")
    assert commons.rounds.show("autumn").state is State.OPEN


def test_a_deputy_who_stands_in_is_paid_as_little_as_the_steward_would_be() -> None:
    commons = in_memory()
    commons.earn(9_000, labour=700)
    start_us = commons.clock.now_us()
    ends_us = start_us + 300 * DAY_S * 1_000_000
    commons.books.offices.begin(
        Term("trm_1", "registers", "pty_1", "pty_2", start_us, ends_us)
    )
    assert commons.fund.barred() == {"pty_1"}

    commons.clock.forward(s=90 * DAY_S)
    commons.open()
    for number in range(1, 9):
        commons.work(number)
    for giver in (3, 4, 5):
        with pytest.raises(InvalidValue, match="rounds never pay them"):
            commons.voice(giver, 2, 100)
        commons.voice(giver, giver + 1, 100)
    commons.runs.run("autumn")
    assert (commons.owed(1), commons.owed(2)) == (0, 0)
    assert commons.owed(4) > 0
    assert commons.fund.barred(at_us=start_us) == {"pty_1"}

    commons.clock.forward(s=300 * DAY_S)
    assert commons.fund.barred() == {"pty_2"}, "the term is over, and no other began"


def test_who_is_barred_by_the_time_it_closes_gets_nothing_of_it() -> None:
    commons = in_memory()
    commons.earn(10_000)
    commons.open()
    commons.everybody_speaks()
    barred = FundTerms(barred=frozenset({"pty_3"}))
    now = Commons(commons.office.memory, terms=barred)
    made = now.runs.run("autumn")
    assert "pty_3" not in made.run.shares()
    assert commons.owed(3) == 0


def test_work_that_was_reversed_before_the_close_gives_no_voice() -> None:
    commons = in_memory()
    commons.earn(10_000)
    commons.open()
    claims = [commons.work(number) for number in range(1, 5)]
    commons.voice(1, 2, 1_000)
    commons.voice(3, 4, 1_000)
    commons.reverse(claims[0])
    made = commons.runs.run("autumn")
    assert made.run.shares() == {"pty_4": 10_000}


def test_the_tally_is_the_weight_vector_and_only_a_decision_replaces_it(
    commons: Commons,
) -> None:
    vote_id = a_vote(commons, care=3, records=1)
    commons.earn(10_000)
    with pytest.raises(NotFound, match="no tally"):
        commons.open(vote_id="vot_9")
    commons.open()
    view = commons.rounds.show("autumn")
    assert (view.round.vote_id, view.round.options) == (vote_id, ("care", "records"))
    for number in range(1, 9):
        commons.work(number)
    with pytest.raises(NotFound, match="care, records"):
        commons.voice(1, 2, 5)
    for number in range(1, 9):
        option = "care" if number <= 4 else "records"
        commons.voice(number % 8 + 1, number, 100, option=option)
    decision = decided(
        commons, vote_id, kind=Decided.OVERRIDE_WEIGHTS, care=1, records=1
    )
    decided(commons, vote_id, yes=1, kind=Decided.OVERRIDE_WEIGHTS, care=9)
    made = commons.runs.run("autumn")
    assert made.run.weights_by == decision
    assert dict(made.division.parts) == {"care": 5_000, "records": 5_000}


def test_a_vote_that_waits_is_taken_by_the_next_round_and_by_no_other() -> None:
    commons = in_memory()
    commons.earn(10_000)
    first = a_vote(commons, care=3)
    commons.clock.forward(s=1)
    a_vote(commons, records=1)
    with pytest.raises(Conflict, match="weight vector of the next round"):
        commons.open(vote_id=first)
    commons.open()
    with pytest.raises(Conflict, match="not what decides"):
        commons.open(name="winter", weights_by="dec_1")
    assert commons.rounds.show("autumn").round.options == ("records",)
    commons.open(name="winter")
    assert commons.rounds.show("winter").round.options == ("records",)
    commons.work(1)
    commons.work(2)
    commons.voice(1, 2, 10)
    commons.runs.run("autumn")
    commons.earn(10_000)
    commons.open(name="spring")
    assert commons.rounds.show("spring").round.options == ("everything",)


def test_an_older_tally_weighs_another_round_only_if_members_decide_so() -> None:
    commons = in_memory()
    older = a_vote(commons, care=3)
    commons.clock.forward(s=1)
    last = a_vote(commons, records=1)
    commons.earn(3_000)
    for number in range(1, 9):
        commons.work(number)
    for name in ("autumn", "early"):
        commons.open(name=name, pool=1_000)
    commons.voice(1, 2, 10)
    commons.runs.run("autumn")

    with pytest.raises(Conflict, match=f"--resolve vote:{last}"):
        commons.runs.run("early")
    for vote_id in (older, last):
        with pytest.raises(Conflict, match=f"--resolve vote:{vote_id}"):
            commons.open(name="winter", vote_id=vote_id)
    decided(commons, f"vote:{older}", yes=1)
    decided(commons, f"vote:{last}")
    with pytest.raises(Conflict, match=f"--resolve vote:{older}"):
        commons.open(name="winter", vote_id=older)

    commons.open(name="winter", pool=1_000, vote_id=last)
    pair = commons.member(1), commons.member(2)
    commons.rounds.voice("winter", *pair, hundredths=10)
    commons.clock.forward(s=1)
    commons.runs.run("winter")
    with pytest.raises(Conflict, match=f"--resolve vote:{last}"):
        commons.open(name="spring", vote_id=last)
    decided(commons, f"vote:{older}")
    assert commons.open(name="spring", vote_id=older)


def test_a_round_that_was_opened_before_a_vote_does_not_get_past_its_tally() -> None:
    commons = in_memory()
    commons.earn(10_000)
    commons.open()
    commons.everybody_speaks()
    vote_id = a_vote(commons, records=1)
    with pytest.raises(Conflict, match=f"{vote_id} was counted since"):
        commons.runs.run("autumn")
    commons.open(name="winter")
    commons.rounds.voice("winter", commons.member(1), commons.member(2), hundredths=100)
    commons.runs.run("winter")
    commons.earn(10_000)
    assert commons.runs.run("autumn").run.outcome is Outcome.PAID


def test_a_round_that_failed_does_not_use_up_the_tally() -> None:
    commons = in_memory()
    vote_id = a_vote(commons, everything=1)
    a_round_that_fails(commons)
    commons.open(name="winter")
    assert commons.rounds.show("winter").round.vote_id == vote_id


def test_who_was_erased_takes_no_part_of_the_labour_reserve(commons: Commons) -> None:
    """What nobody could ever be paid is divided among those who are there."""
    commons.earn(7_000, labour=700)
    commons.open()
    commons.everybody_speaks()
    commons.erase(3)
    labour, _ = commons.runs.run("autumn").allocations
    assert dict(labour.shares) == {
        f"pty_{number}": 100 for number in range(1, 9) if number != 3
    }
    assert commons.owed(3) == 0
    commons.recomputed()


def a_round_that_fails(commons: Commons) -> None:
    """Nearly everything goes to one of eight."""
    commons.earn(10_000, labour=400)
    commons.open()
    commons.everybody_speaks()
    for number in range(2, 9):
        commons.voice(number, 1, 600)
    assert commons.runs.run("autumn").run.outcome is Outcome.FAILED


def test_a_round_over_the_limit_fails_and_nothing_is_paid(commons: Commons) -> None:
    a_round_that_fails(commons)
    view = commons.rounds.show("autumn")
    assert view.state is State.FAILED
    assert commons.books.allocations.all() == ()
    assert commons.books.journal.balance(LABOUR_RESERVE, "EUR") == -400
    assert not commons.runs.run("autumn").is_new
    assert commons.recomputed().rows["round"] == 1


def test_only_a_decision_of_the_members_has_a_failed_round_divided_again(
    commons: Commons,
) -> None:
    before = decided(commons, "round:autumn")
    a_round_that_fails(commons)
    milder = Terms("quadratic", cap_share=Fraction(1, 5))
    about_another = decided(commons, "round:winter")
    refused = decided(commons, "round:autumn", yes=1)
    for decision in (before, about_another, refused):
        with pytest.raises(Conflict):
            commons.runs.again("autumn", milder, decision)
    with pytest.raises(NotFound):
        commons.runs.again("autumn", milder, "dec_9")
    decision = decided(commons, "round:autumn")
    made = commons.runs.again("autumn", milder, decision)
    assert (made.run.number, made.run.outcome) == (2, Outcome.PAID)
    assert sum(commons.owed(number) for number in range(1, 9)) == (
        10_400 - made.division.to_reserve
    )
    assert not commons.runs.again("autumn", milder, decision).is_new
    with pytest.raises(Conflict, match="only a round that failed"):
        commons.runs.again("autumn", milder, decided(commons, "round:autumn"))


def test_caps_that_cannot_be_reached_leave_the_rest_to_the_reserve(
    commons: Commons,
) -> None:
    commons.earn(10_000)
    commons.rounds.open(
        Opening("autumn", "EUR", 9_000, Terms("proportional", Fraction(1, 10)))
    )
    for number in range(1, 7):
        commons.work(number)
        if number > 1:
            commons.voice(number, number - 1, 10)
    made = commons.runs.run("autumn")
    assert made.division.to_reserve == 9_000 - 5 * 900
    assert commons.books.journal.balance(RESERVE, "EUR") == -4_500
    assert commons.books.journal.balance(ROUNDS, "EUR") == -1_000
    assert commons.recomputed().balances[RESERVE, "EUR"] == -4_500


def test_solidarity_adds_to_the_pool_where_settings_say_so() -> None:
    for is_added, paid in ((False, 1_000), (True, 1_300)):
        commons = in_memory(terms=FundTerms(is_solidarity_in_rounds=is_added))
        commons.earn(1_000, solidarity=300)
        commons.open()
        commons.everybody_speaks()
        commons.runs.run("autumn")
        assert sum(commons.owed(number) for number in range(1, 9)) == paid
        assert commons.books.journal.balance(SOLIDARITY, "EUR") == paid - 1_300
        commons.recomputed()


def test_no_round_divides_more_than_the_pool_holds() -> None:
    commons = in_memory()
    commons.earn(1_000)
    commons.open(pool=1_001)
    commons.everybody_speaks()
    with pytest.raises(Conflict, match=r"10\.00 EUR$"):
        commons.runs.run("autumn")
    commons.earn(0, labour=800)
    with pytest.raises(Conflict, match=r"10\.00 EUR; 8\.00 EUR lies in the labour"):
        commons.runs.run("autumn")


def test_what_earlier_rounds_gave_is_made_up_for_by_the_balanced_rule() -> None:
    commons = in_memory()
    commons.earn(8_000)
    commons.open()
    commons.everybody_speaks()
    commons.runs.run("autumn")
    commons.earn(8_000)
    commons.rounds.open(Opening("winter", "EUR", None, Terms("balanced")))
    for giver in range(1, 9):
        taker = giver % 5 + 1
        if taker != giver:
            pair = commons.member(giver), commons.member(taker)
            commons.rounds.voice("winter", *pair, hundredths=100)
    made = commons.runs.run("winter")
    assert made.run.inputs.before == tuple((owner, 1_000) for owner in range(8))
    assert made.division.is_paid
    assert commons.recomputed().rows["round"] == 2


def test_voice_that_lasted_counts_more_under_conviction() -> None:
    commons = in_memory()
    commons.earn(8_000)
    commons.open("conviction")
    for number in range(1, 9):
        commons.work(number)
    for taker in range(1, 6):
        commons.voice(taker + 1, taker, 100)
    commons.clock.forward(s=3 * DAY_S)
    commons.voice(7, 6, 100)
    commons.clock.forward(s=DAY_S)
    shares = commons.runs.run("autumn").run.shares()
    assert shares["pty_1"] > shares["pty_6"] * 3 > 0


def test_a_small_pool_is_split_once_a_year_equally_and_with_one_word() -> None:
    terms = FundTerms(round_from_minor={"EUR": 50_000})
    commons = in_memory(terms=terms)
    assert commons.runs.yearly("2026", "EUR") is None
    assert commons.rounds.list() == ()
    commons.earn(30_000, labour=100)
    with pytest.raises(Conflict, match=r"--equal`; 1\.00 EUR lies in the labour"):
        commons.open()
    with pytest.raises(Conflict, match="vested work"):
        commons.runs.yearly("2026", "EUR")
    for number in (1, 2, 3):
        commons.work(number, number * 100)
    made = commons.runs.yearly("2026", "EUR")
    assert made is not None
    assert made.run.shares() == {"pty_1": 10_000, "pty_2": 10_000, "pty_3": 10_000}
    assert sum(commons.owed(number) for number in (1, 2, 3)) == 30_100
    commons.earn(30_000)
    again = commons.runs.yearly("2026", "EUR")
    assert again is not None
    assert not again.is_new
    assert commons.recomputed().rows["round"] == 1
    with pytest.raises(InvalidValue, match="such as 2026"):
        commons.runs.yearly("autumn", "EUR")


def test_where_all_work_goes_unpaid_the_year_pays_the_labour_reserve(
    commons: Commons,
) -> None:
    commons.earn(0, labour=300)
    commons.work(1, 200)
    commons.work(2, 100)
    made = commons.runs.yearly("2026", "EUR")
    assert made is not None
    assert [one.source for one in made.allocations] == [LABOUR_RESERVE]
    assert (commons.owed(1), commons.owed(2)) == (200, 100)
    assert made.run.shares() == {}
    assert commons.recomputed().rows["round"] == 1
    again = commons.runs.yearly("2026", "EUR")
    assert again is not None
    assert again.allocations == made.allocations


def test_a_large_pool_is_for_a_round() -> None:
    commons = in_memory(terms=FundTerms(round_from_minor={"EUR": 50_000}))
    commons.earn(50_000)
    commons.work(1)
    with pytest.raises(Conflict, match="round open"):
        commons.runs.yearly("2026", "EUR")
    commons.open()


def test_a_crash_amid_a_run_leaves_nothing(commons: Commons) -> None:
    commons.earn(10_000, labour=800)
    commons.open()
    commons.everybody_speaks()
    new = commons.office.ids.new
    for survived in range(2):
        left = iter(range(survived))

        def dying(kind: str, left: Iterator[int] = left) -> str:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return new(kind)

        _with_ids(commons, dying)
        entries = commons.books.journal.entries()
        with pytest.raises(KeyboardInterrupt):
            commons.runs.run("autumn")
        assert commons.books.journal.entries() == entries
        assert commons.books.rounds.runs() == ()
    _with_ids(commons, new)
    assert commons.runs.run("autumn").is_new


def _with_ids(commons: Commons, new: Callable[[str], str]) -> None:
    setattr(commons.office.ids, "new", new)  # noqa: B010 - a method, for a while


def test_names_are_taken_once_and_a_year_is_not_opened() -> None:
    commons = in_memory()
    commons.earn(10)
    commons.open()
    with pytest.raises(Conflict, match="there is a round"):
        commons.open()
    with pytest.raises(InvalidValue, match="--equal"):
        commons.open("equal", name="2026")
    with pytest.raises(InvalidValue, match="no name"):
        commons.open(name="Autumn!")
    for ask in (commons.rounds.show, commons.runs.run):
        with pytest.raises(NotFound, match="round list"):
            ask("winter")
