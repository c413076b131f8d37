"""Votes are counted in whole numbers, whatever their order, and nobody buys any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fund.voting.ballot import Ballot, ballot_of, commitment_of, cost
from gateway.fund.voting.box import Cast, closed, latest, told
from gateway.fund.voting.count import (
    QUADRATIC_VOTERS_MIN,
    answers_of,
    method_of,
    weights_of,
)
from gateway.fund.voting.decision import Decision, Kind, Outcome
from gateway.fund.voting.electorate import contributors, members
from gateway.fund.voting.tally import Method, Tally, assert_weights
from gateway.fund.voting.vote import Matter, Option, Vote
from gateway.identity.party import Party
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.contribution import Claim
from gateway.reciprocity.contribution import Kind as Work
from gateway.reciprocity.review import VESTS_AFTER_US
from gateway.reciprocity.standing import Judged

NAMES = ("records", "care", "mirrors")
NOW_US = 10 * VESTS_AFTER_US
SAID = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 12))
BALLOTS = st.lists(
    SAID.map(lambda said: ballot_of(said, NAMES, credits_max=432)), max_size=9
)


def a_ballot(said: Mapping[str, int], credits_max: int = 99) -> Ballot:
    return ballot_of(said, NAMES, credits_max=credits_max)


def test_99_credits_buy_nine_votes_for_one_thing_and_four_for_another() -> None:
    ballot = a_ballot({"records": 9, "care": 4})
    assert cost(ballot) == 81 + 16
    with pytest.raises(InvalidValue, match="cost 106"):
        a_ballot({"records": 9, "care": 5})


def test_99_credits_buy_one_vote_for_each_of_20_things_and_leave_the_rest() -> None:
    names = tuple(f"option-{number}" for number in range(20))
    ballot = ballot_of(dict.fromkeys(names, 1), names, credits_max=99)
    assert (cost(ballot), len(ballot)) == (20, 20)


@given(SAID, st.integers(1, 500))
def test_nobody_spends_more_than_they_have(
    said: Mapping[str, int], credits_max: int
) -> None:
    spent = sum(votes * votes for votes in said.values())
    if spent > credits_max:
        with pytest.raises(InvalidValue):
            a_ballot(said, credits_max)
    else:
        assert cost(a_ballot(said, credits_max)) == spent


@pytest.mark.parametrize("votes", [-1, -9, True, "3", 1.0])
def test_nobody_votes_against_anything_or_in_parts(votes: object) -> None:
    with pytest.raises(InvalidValue):
        a_ballot({"care": votes})  # type: ignore[dict-item]
    assert a_ballot({"care": 0}) == ()


def test_what_is_not_on_the_paper_gets_no_votes() -> None:
    with pytest.raises(InvalidValue, match="records, care, mirrors"):
        a_ballot({"roof": 1})


@given(BALLOTS, st.randoms(use_true_random=False))
def test_the_order_of_ballots_changes_nothing(
    ballots: Sequence[Ballot], chance: object
) -> None:
    mixed = list(ballots)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    for method in Method:
        assert weights_of(NAMES, mixed, method) == weights_of(NAMES, ballots, method)


@given(BALLOTS, SAID)
def test_more_votes_for_something_never_make_its_weight_less(
    ballots: Sequence[Ballot], said: Mapping[str, int]
) -> None:
    before = dict(weights_of(NAMES, ballots, Method.QUADRATIC))
    more = [*ballots, a_ballot(said, 1_000)]
    after = dict(weights_of(NAMES, more, Method.QUADRATIC))
    assert after == {name: before[name] + said.get(name, 0) for name in NAMES}


@given(BALLOTS)
def test_with_one_vote_each_every_ballot_that_says_something_weighs_the_same(
    ballots: Sequence[Ballot],
) -> None:
    weights = weights_of(NAMES, ballots, Method.ONE_EACH)
    assert_weights(weights)
    speaking = [each for each in ballots if each]
    total = sum(weight for _, weight in weights)
    assert total % max(1, len(speaking)) == 0
    assert bool(total) == bool(speaking)


def test_from_five_voters_on_it_is_quadratic_and_members_always_have_one_vote() -> None:
    assert QUADRATIC_VOTERS_MIN == 5
    assert method_of(5, decides=False) is Method.QUADRATIC
    assert method_of(4, decides=False) is Method.ONE_EACH
    assert method_of(0, decides=False) is Method.ONE_EACH
    assert method_of(500, decides=True) is Method.ONE_EACH


def test_fewer_than_five_have_one_vote_for_what_they_put_first() -> None:
    loud = a_ballot({"records": 9, "care": 1})
    quiet = a_ballot({"care": 2, "mirrors": 1})
    counted = weights_of(NAMES, [loud, quiet], Method.ONE_EACH)
    assert counted == (("records", 1), ("care", 1), ("mirrors", 0))


def test_who_puts_several_things_first_divides_the_vote_among_them() -> None:
    undecided = a_ballot({"records": 3, "care": 3, "mirrors": 3})
    counted = weights_of(NAMES, [undecided, a_ballot({"care": 1})], Method.ONE_EACH)
    assert counted == (("records", 1), ("care", 4), ("mirrors", 1))


def test_a_blank_ballot_is_a_voter_without_weight() -> None:
    assert weights_of(NAMES, [()], Method.ONE_EACH) == tuple((n, 0) for n in NAMES)
    assert Tally("v", Method.ONE_EACH, (("a", 0),), 1, 1, 0).is_empty


def test_answers_are_counted_one_by_one() -> None:
    ballots = [(("yes", 1),), (("no", 1),), (("yes", 1),), (("abstain", 1),)]
    assert answers_of(ballots) == (2, 1, 1)


def a_decision(yes: int, no: int, abstain: int = 0, quorum_bp: int = 5_000) -> Decision:
    return Decision(
        "dec_1", Kind.RESOLVE, "roof", "", "vot_1", yes, no, abstain, 10, quorum_bp, 1
    )


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        (a_decision(3, 2), Outcome.ACCEPTED),
        (a_decision(2, 3), Outcome.REFUSED),
        (a_decision(5, 5), Outcome.REFUSED),  # a tie changes nothing
        (a_decision(1, 0, 4), Outcome.ACCEPTED),  # who abstains was there
        (a_decision(4, 0), Outcome.NO_QUORUM),
        (a_decision(0, 0, 0, quorum_bp=0), Outcome.NO_QUORUM),
        (a_decision(1, 0, 0, quorum_bp=0), Outcome.ACCEPTED),
    ],
    ids=lambda each: each.value if isinstance(each, Outcome) else "counts",
)
def test_the_outcome_follows_from_the_counts(made: Decision, outcome: Outcome) -> None:
    assert made.outcome is outcome


def test_a_decision_counts_no_more_members_than_there_are() -> None:
    with pytest.raises(InvalidValue, match="no more members"):
        a_decision(6, 5)


def test_weights_are_replaced_by_a_decision_that_says_so_and_by_no_other() -> None:
    with pytest.raises(InvalidValue, match="by which weights"):
        Matter(Kind.OVERRIDE_WEIGHTS, "vot_1")
    with pytest.raises(InvalidValue, match="divides nothing"):
        Matter(Kind.OVERRIDE_WEIGHTS, "vot_1", weights=(("care", 0), ("code", 0)))
    with pytest.raises(InvalidValue, match="by which weights"):
        Matter(Kind.RESOLVE, "roof", weights=(("care", 1),))


@pytest.mark.parametrize(
    "names", [("one",), ("one", "one"), ("One", "two"), tuple("abcdefghijklmnopqrstu")]
)
def test_a_paper_has_two_to_twenty_options_with_names(names: tuple[str, ...]) -> None:
    options = tuple(Option(name, name) for name in names)
    with pytest.raises(InvalidValue):
        Vote("vot_1", "What?", None, options, 99, 0, 0, 1)
    fine = (Option("a", "A"), Option("b-2", "B"))
    assert Vote("vot_1", "What?", None, fine, 99, 0, 0, 1).names == ("a", "b-2")


def work(party_id: str, hundredths: int, number: int = 1, ago: int = 1) -> Judged:
    claimed_us = NOW_US - ago * VESTS_AFTER_US
    claim = Claim(
        f"ctb_{party_id}_{number}",
        party_id,
        Work.CARE,
        "t",
        "e",
        hundredths,
        claimed_us,
    )
    return Judged(claim)


def people(owner_id: str = "", count: int = 12) -> dict[str, Party]:
    ids = [f"pty_{number}" for number in range(count)]
    return {each: Party(each, each, owner_id=owner_id) for each in ids}


def entitled(judged: Sequence[Judged], known: Mapping[str, Party]) -> set[str]:
    found = contributors(judged, known.get, vested_hundredths_min=100, at_us=NOW_US)
    return set(found)


@given(st.lists(st.integers(1, 400), min_size=10, max_size=10))
def test_ten_parties_of_one_owner_have_one_vote_at_most(parts: list[int]) -> None:
    judged = [work(f"pty_{number}", part) for number, part in enumerate(parts)]
    assert len(entitled(judged, people("pty_0"))) <= 1


@given(st.integers(1, 2_000))
def test_dividing_ones_work_among_strangers_gains_no_vote_that_was_not_worked_for(
    whole: int,
) -> None:
    part, rest = divmod(whole, 10)
    parts = [part + (1 if number < rest else 0) for number in range(10)]
    judged = [work(f"pty_{n}", each) for n, each in enumerate(parts) if each]
    assert len(entitled(judged, people())) <= whole // 100


def test_work_has_to_have_vested_within_12_months() -> None:
    known = people()
    assert entitled([work("pty_1", 99)], known) == set()
    assert entitled([work("pty_1", 99), work("pty_1", 1, 2)], known) == {"pty_1"}
    assert entitled([work("pty_1", 100, ago=0)], known) == set()
    assert entitled([work("pty_1", 100, ago=14)], known) == set()


def test_who_was_erased_votes_no_more() -> None:
    known = {**people(), "pty_1": Party("pty_1", "gone", erased_us=1)}
    assert entitled([work("pty_1", 100), work("pty_2", 100)], known) == {"pty_2"}


def on(kind: Kind, party_id: str, number: int, yes: int = 9) -> Decision:
    return Decision(
        f"dec_{number}",
        kind,
        party_id,
        "",
        f"vot_{number}",
        yes,
        0,
        0,
        10,
        5_000,
        number,
    )


def test_a_member_is_who_gave_or_whom_members_admitted_and_did_not_release() -> None:
    known = people()
    giving = {"pty_1": "pty_1"}
    admitted = on(Kind.ADMIT_MEMBER, "pty_2", 1)
    assert set(members(giving, (), known.get)) == {"pty_1"}
    assert set(members(giving, (admitted,), known.get)) == {"pty_1", "pty_2"}
    released = on(Kind.RELEASE_MEMBER, "pty_2", 2)
    assert set(members(giving, (admitted, released), known.get)) == {"pty_1"}
    nobody_came = on(Kind.ADMIT_MEMBER, "pty_3", 3, yes=1)
    assert set(members(giving, (nobody_came,), known.get)) == {"pty_1"}
    gives_too = on(Kind.RELEASE_MEMBER, "pty_1", 4)
    assert set(members(giving, (gives_too,), known.get)) == {"pty_1"}


def a_cast(number: int, owner: int) -> Cast:
    nonce = f"{number:032x}"
    ballot = (("care", 1 + number),)
    commitment = commitment_of("vot_1", ballot, nonce=nonce)
    return Cast(commitment, "vot_1", f"pty_{owner}", nonce, ballot, number)


CASTS = st.lists(st.integers(0, 30), max_size=60).map(
    lambda owners: [a_cast(number, owner) for number, owner in enumerate(owners)]
)


@given(CASTS)
def test_of_each_voter_the_last_ballot_counts_and_none_is_lost(
    casts: list[Cast],
) -> None:
    kept = closed(casts)
    counting = {each.commitment for each in kept if each.is_counted}
    assert counting == {each.commitment for each in latest(casts)}
    assert len(counting) == len({each.owner_id for each in casts})
    assert sorted(each.commitment for each in kept) == [e.commitment for e in kept]
    assert len(kept) == len(casts)
    assert all(each.nonce or not each.is_counted for each in kept)


@given(CASTS, st.lists(st.integers(0, 60), max_size=6))
def test_commitments_are_told_in_groups_of_five_voters_the_last_group_too(
    casts: list[Cast], looks: list[int]
) -> None:
    logged: set[str] = set()
    groups: list[set[str]] = []
    for upto in sorted(looks):
        now = set(told(casts[:upto], logged))
        assert logged <= now
        groups.append(now - logged)
        logged = now
    last = {each.commitment for each in latest(casts)} - logged
    owner_of = {each.commitment: each.owner_id for each in casts}
    for group in groups:
        assert not group or len({owner_of[each] for each in group}) >= 5
    if any(groups):
        assert len(last) >= 5


@given(CASTS)
def test_a_commitment_opens_with_its_own_nonce_and_ballot_only(
    casts: list[Cast],
) -> None:
    for each in casts[:3]:
        other = (("care", 99),)
        assert commitment_of("vot_1", each.ballot, nonce=each.nonce) == each.commitment
        assert commitment_of("vot_1", other, nonce=each.nonce) != each.commitment
        assert commitment_of("vot_2", each.ballot, nonce=each.nonce) != each.commitment
        assert commitment_of("vot_1", each.ballot, nonce="0") != each.commitment
