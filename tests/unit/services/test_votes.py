"""A vote from its opening to its tally: what people do, and what nobody may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.settlement import Payment
from gateway.fund.bookings import topped_up
from gateway.fund.voting.decision import Kind, Outcome
from gateway.fund.voting.tally import Method
from gateway.fund.voting.vote import Matter
from gateway.identity.party import Party
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.services.bookkeeping import book
from gateway.services.vote_checks import votes
from gateway.services.votes import VoteTerms
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import an_agreement
from tests.fakes.voters import WEEK_US, Assembly, assembly, persons

WISHES = st.lists(
    st.dictionaries(
        st.sampled_from(("records", "care", "mirrors")), st.integers(0, 5), max_size=3
    ),
    min_size=1,
    max_size=8,
)


def counted(
    wishes: list[dict[str, int]], order: list[int] | None = None
) -> tuple[Method, Mapping[str, int]]:
    made = assembly(len(wishes))
    vote_id = made.ask()
    for number in order or range(len(wishes)):
        made.box.cast(vote_id, f"pty_{number + 1}", wishes[number])
    made.week_later()
    tally = made.votes.close(vote_id).tally
    assert tally is not None
    return tally.method, dict(tally.weights)


def test_five_voters_are_counted_quadratically_and_four_have_one_vote_each() -> None:
    wishes = [{"records": 9}, {"care": 1}, {"care": 1}, {"care": 1}, {}]
    assert counted(wishes) == (
        Method.QUADRATIC,
        {"records": 9, "care": 3, "mirrors": 0},
    )
    assert counted(wishes[:4]) == (
        Method.ONE_EACH,
        {"records": 1, "care": 3, "mirrors": 0},
    )


@settings(max_examples=25)
@given(WISHES, st.randoms(use_true_random=False))
def test_who_casts_first_changes_nothing(
    wishes: list[dict[str, int]], chance: st.DrawFn
) -> None:
    order = list(range(len(wishes)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    assert counted(wishes, order) == counted(wishes)


def test_of_each_voter_the_last_ballot_counts_until_the_vote_closes() -> None:
    made = assembly(5)
    vote_id = made.ask()
    first = made.box.cast(vote_id, "pty_1", {"records": 9})
    last = made.box.cast(vote_id, "pty_1", {"care": 2})
    assert first.commitment != last.commitment
    assert made.box.ballot_of(vote_id, "pty_1") == (("care", 2),)
    with pytest.raises(Conflict, match="still taken"):
        made.votes.close(vote_id)
    made.week_later()
    with pytest.raises(Conflict, match="no more ballots"):
        made.box.cast(vote_id, "pty_2", {"care": 2})
    view = made.votes.close(vote_id)
    assert (view.voted, view.entitled) == (1, 5)
    assert view.tally is not None
    assert dict(view.tally.weights) == {"records": 0, "care": 1, "mirrors": 0}
    assert made.votes.close(vote_id) == view
    assert made.box.ballot_of(vote_id, "pty_1") is None


def test_a_vote_in_which_everybody_voted_may_be_counted_at_once() -> None:
    made = assembly(2)
    vote_id = made.ask()
    made.box.cast(vote_id, "pty_1", {"care": 1})
    with pytest.raises(Conflict):
        made.votes.close(vote_id)
    made.box.cast(vote_id, "pty_2", {})
    assert made.votes.close(vote_id).voted == 2


def test_who_gave_nothing_may_not_vote_nor_who_gave_only_after_it_opened() -> None:
    made = Assembly(*persons(3))
    with pytest.raises(InvalidValue, match="nobody may vote yet"):
        made.ask()
    made.gave("pty_1", 60)
    made.gave("pty_1", 40)
    made.gave("pty_2", 99)
    vote_id = made.ask()
    made.box.cast(vote_id, "pty_1", {"care": 1})
    made.gave("pty_2", 1)
    for who in ("pty_2", "pty_3"):
        with pytest.raises(InvalidValue, match="may not vote here"):
            made.box.cast(vote_id, who, {"care": 1})
        assert made.box.mark(vote_id, who) is None
    with pytest.raises(NotFound):
        made.box.cast(vote_id, "pty_9", {"care": 1})
    with pytest.raises(NotFound):
        made.box.cast("vot_9", "pty_1", {"care": 1})


def test_how_much_has_to_be_given_is_the_commons_to_say() -> None:
    made = Assembly(*persons(2), terms=VoteTerms(vested_hundredths_min=500))
    made.gave("pty_1", 500)
    made.gave("pty_2", 499)
    assert made.votes.show(made.ask()).entitled == 1


def test_ten_parties_of_one_owner_have_one_vote_through_any_of_them() -> None:
    crowd = [Party(f"pty_{n}", f"Shell {n}", owner_id="pty_1") for n in range(2, 11)]
    made = Assembly(Party("pty_1", "Holding"), *crowd, Party("pty_11", "Amina"))
    for party in made.parties.all_parties():
        made.gave(party.id, 1_000)
    vote_id = made.ask()
    assert made.votes.show(vote_id).entitled == 2
    for party in crowd:
        made.box.cast(vote_id, party.id, {"mirrors": 1})
    made.box.cast(vote_id, "pty_11", {"care": 1})
    view = made.votes.close(vote_id)
    assert view.tally is not None
    assert dict(view.tally.weights) == {"records": 0, "care": 1, "mirrors": 1}


@settings(max_examples=25)
@given(
    WISHES, st.lists(st.tuples(st.integers(1, 8), st.integers(1, 10**9)), max_size=6)
)
def test_no_payment_and_no_agreement_changes_a_vote(
    wishes: list[dict[str, int]], payments: list[tuple[int, int]]
) -> None:
    made = assembly(len(wishes))
    for number, (who, minor) in enumerate(payments):
        paid = Payment(f"pay_{number}", "bank", f"{who}/{number}", "EUR", minor, 1)
        made.books.payments.add(paid, ())
        made.books.agreements.add(an_agreement(number, party=who))
        ahead = topped_up(f"agr_{number}", minor)
        book(
            made.books,
            made.ids,
            ahead,
            key=f"{number}",
            kind="top-up",
            ref=f"agr_{number}",
            currency="EUR",
            at_us=1,
        )
    vote_id = made.ask()
    before = [made.box.mark(vote_id, f"pty_{n + 1}") for n in range(len(wishes))]
    assert None not in before
    for number, wish in enumerate(wishes):
        made.box.cast(vote_id, f"pty_{number + 1}", wish)
    tally = made.votes.close(vote_id).tally
    assert tally is not None
    assert (tally.method, dict(tally.weights)) == counted(wishes)


def test_members_ratify_with_one_vote_each_and_the_latest_word_counts() -> None:
    made = assembly(6)
    matter = Matter(Kind.RATIFY_TARIFF, "ai-2026@3", "a" * 64)

    def decided(yes: int, no: int) -> Outcome:
        vote = made.votes.open_matter("The prices", matter, lasts_us=WEEK_US).vote
        for number in range(yes + no):
            answer = "yes" if number < yes else "no"
            made.box.cast(vote.id, f"pty_{number + 1}", {answer: 1})
        made.week_later()
        decision = made.votes.close(vote.id).decision
        assert decision is not None
        return decision.outcome

    ratified = made.books.decisions.ratified
    assert decided(1, 0) is Outcome.NO_QUORUM
    assert ratified(matter.kind, matter.subject) is None
    assert decided(2, 1) is Outcome.ACCEPTED
    assert ratified(matter.kind, matter.subject) == made.votes.decisions()[-1]
    assert decided(2, 3) is Outcome.REFUSED
    assert ratified(matter.kind, matter.subject) is None


@pytest.mark.parametrize("said", [{}, {"yes": 2}, {"yes": 1, "no": 1}, {"maybe": 1}])
def test_a_member_says_yes_no_or_abstain_and_once(said: Mapping[str, int]) -> None:
    made = assembly(1)
    matter = Matter(Kind.RESOLVE, "roof")
    vote_id = made.votes.open_matter("A roof?", matter, lasts_us=WEEK_US).vote.id
    with pytest.raises(InvalidValue):
        made.box.cast(vote_id, "pty_1", said)
    made.box.cast(vote_id, "pty_1", {"abstain": 1})


def test_only_a_decision_of_the_members_puts_other_weights_in_a_tally_s_place() -> None:
    made = assembly(5)
    vote_id = made.ask()
    for number in range(1, 6):
        made.box.cast(vote_id, f"pty_{number}", {"records": 3})
    made.votes.close(vote_id)
    others = (("records", 0), ("care", 1), ("mirrors", 1))
    with pytest.raises(InvalidValue, match="every option"):
        made.votes.open_matter(
            "Others",
            Matter(Kind.OVERRIDE_WEIGHTS, vote_id, weights=others[:2]),
            lasts_us=WEEK_US,
        )
    with pytest.raises(NotFound):
        made.votes.open_matter(
            "Others",
            Matter(Kind.OVERRIDE_WEIGHTS, "vot_9", weights=others),
            lasts_us=WEEK_US,
        )
    matter = Matter(Kind.OVERRIDE_WEIGHTS, vote_id, weights=others)
    override = made.votes.open_matter("Others", matter, lasts_us=WEEK_US).vote
    for number in range(1, 6):
        made.box.cast(override.id, f"pty_{number}", {"yes": 1})
    shown = made.votes.show(vote_id).in_force
    assert shown is not None
    assert dict(shown.weights)["records"] == 15
    decision = made.votes.close(override.id).decision
    shown = made.votes.show(vote_id).in_force
    assert shown is not None
    assert decision is not None
    assert (shown.weights, shown.decision_id) == (others, decision.id)


def test_whom_members_admit_decides_with_them_and_sets_no_priorities() -> None:
    made = Assembly(*persons(2))
    made.gave("pty_1")
    matter = Matter(Kind.ADMIT_MEMBER, "pty_2")
    vote_id = made.votes.open_matter("Admit?", matter, lasts_us=WEEK_US).vote.id
    made.box.cast(vote_id, "pty_1", {"yes": 1})
    made.votes.close(vote_id)
    resolve = Matter(Kind.RESOLVE, "roof")
    next_id = made.votes.open_matter("A roof?", resolve, lasts_us=WEEK_US).vote.id
    made.box.cast(next_id, "pty_2", {"no": 1})
    with pytest.raises(InvalidValue, match="may not vote"):
        made.box.cast(made.ask(), "pty_2", {"care": 1})


def test_an_erased_voter_s_mark_stays_and_nothing_opens_it() -> None:
    made = assembly(5)
    vote_id = made.ask()
    before = made.box.mark(vote_id, "pty_3")
    assert before is not None
    made.salts.erased.add("pty_3")
    after = made.box.mark(vote_id, "pty_3")
    assert after == (before[0], "")
    assert before[1]


def test_the_audit_finds_a_tally_or_a_decision_that_ballots_do_not_give() -> None:
    made = assembly(5)
    vote_id = made.ask()
    for number in range(1, 6):
        made.box.cast(vote_id, f"pty_{number}", {"care": number})
    made.votes.close(vote_id)
    resolve = Matter(Kind.RESOLVE, "roof")
    decided = made.votes.open_matter("A roof?", resolve, lasts_us=WEEK_US).vote.id
    for number in range(1, 6):
        made.box.cast(decided, f"pty_{number}", {"yes": 1})
    decision = made.votes.close(decided).decision
    assert decision is not None
    books = made.books
    assert isinstance(books, MemoryBooks)
    assert list(votes(books)) == []

    tally = books.tallies.rows[vote_id]
    lighter = (("records", 0), ("care", 14), ("mirrors", 0))
    books.tallies.rows[vote_id] = replace(tally, weights=lighter)
    assert "not what its ballots give" in "".join(votes(books))
    books.tallies.rows[vote_id] = tally
    books.decisions.rows[decision.id] = replace(decision, yes=4)
    assert "not what the ballots give" in "".join(votes(books))
    books.decisions.rows = {}
    assert "nobody decided" in "".join(votes(books))
    books.decisions.rows = {decision.id: decision}
    first, *rest = books.votes.counted
    books.votes.counted = (replace(first, ballot=(("care", 3),)), *rest)
    assert "is not what was cast" in "".join(votes(books))
    books.votes.counted = tuple(rest)
    assert "more or fewer ballots" in "".join(votes(books))
