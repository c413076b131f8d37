"""A round's division: to the unit, in any order, and never for the few."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.canonical import canonical_json
from gateway.fund.rounds.division import Division, Outcome, divided
from gateway.fund.rounds.equation import equation
from gateway.fund.rounds.inputs import ALIKE, Inputs, Person, Voice, inputs_in
from gateway.fund.rounds.terms import EQUAL, RULES, Terms, exact, terms_in
from gateway.kernel.errors import InvalidValue
from tests.unit.fund.voices import ONE, a_round, person, round_robin, rounds

MODEST = settings(max_examples=60, deadline=None)


def by_owner(inputs: Inputs, made: Division) -> Counter[int]:
    got: Counter[int] = Counter()
    for number, minor in made.shares:
        got[inputs.people[number].owner] += minor
    return got


@MODEST
@given(rounds())
def test_no_unit_is_lost_and_none_is_made(inputs: Inputs) -> None:
    made = divided(inputs)
    given_away = sum(minor for _, minor in made.shares)
    assert given_away + made.to_reserve + made.kept == inputs.pool
    assert made.to_reserve >= 0 <= made.kept
    assert all(minor > 0 for _, minor in made.shares)
    parts = sum(minor for _, minor in made.parts)
    assert parts == given_away + made.to_reserve


@MODEST
@given(rounds(), st.randoms(use_true_random=False))
def test_the_order_of_voices_and_options_changes_nothing(
    inputs: Inputs, random: Random
) -> None:
    voices, weights = list(inputs.voices), list(inputs.weights)
    random.shuffle(voices)
    random.shuffle(weights)
    # Credits beyond a purse are cut by largest remainder, ties to the earlier voice.
    inputs = replace(
        inputs, people=tuple(replace(p, hundredths=10**6) for p in inputs.people)
    )
    other = replace(inputs, voices=tuple(voices), weights=tuple(weights))
    one, two = divided(inputs), divided(other)
    assert (one.shares, one.to_reserve, one.kept) == (
        (two.shares, two.to_reserve, two.kept)
    )
    assert sorted(one.parts) == sorted(two.parts)


@MODEST
@given(rounds())
def test_nobody_gets_more_than_the_cap_or_less_than_the_minimum(inputs: Inputs) -> None:
    made = divided(inputs)
    got, terms = by_owner(inputs, made), inputs.terms
    cap = sum(minor for _, minor in made.parts) * terms.cap_share
    assert all(minor <= cap for minor in got.values())
    if made.outcome is Outcome.PAID:
        assert all(minor >= terms.minimum for minor in got.values())


@MODEST
@given(rounds())
def test_a_round_that_is_written_down_reads_back_and_comes_to_the_same(
    inputs: Inputs,
) -> None:
    told = inputs.told(str)
    assert inputs_in(told) == inputs
    assert inputs_in(told).digest == inputs.digest
    assert canonical_json(told) == canonical_json(inputs_in(told).told(str))


@MODEST
@given(rounds())
def test_who_may_take_nothing_and_who_gave_to_themselves_get_nothing(
    inputs: Inputs,
) -> None:
    paid = {number for number, _ in divided(inputs).shares}
    for number in paid:
        assert inputs.people[number].may_take
        owner = inputs.people[number].owner
        givers = {
            inputs.people[each.giver].owner
            for each in inputs.voices
            if each.taker == number
        }
        assert givers - {owner}


@MODEST
@given(rounds(), st.integers(1, 10**9))
def test_payment_never_changes_a_division(inputs: Inputs, minor: int) -> None:
    """Money is the pool and nothing else: it moves everybody alike, or nobody."""
    inputs = replace(inputs, terms=replace(inputs.terms, minimum=0))
    assert replace(inputs, pool=minor).counted() == inputs.counted()
    assert replace(inputs, pool=minor).purses == inputs.purses


@MODEST
@given(rounds(), st.data())
def test_splitting_a_party_into_ten_never_gains(
    inputs: Inputs, data: st.DataObject
) -> None:
    """Ten parties of one owner have one purse and are one recipient."""
    split = data.draw(st.integers(0, len(inputs.people) - 1))
    owner, before = inputs.people[split].owner, divided(inputs)
    own = inputs.people[split]
    tenth, rest = divmod(own.hundredths, 10)
    smaller = replace(own, hundredths=tenth + rest)
    people = list(inputs.people)
    people[split] = smaller
    people += [replace(own, id=f"pty_9{n}", hundredths=tenth) for n in range(9)]
    count = len(inputs.people)
    voices = [
        replace(each, taker=count + place % 9) if each.taker == split else each
        for place, each in enumerate(inputs.voices)
    ]
    voices = [
        replace(each, giver=count + place % 9) if each.giver == split else each
        for place, each in enumerate(voices)
    ]
    after = divided(replace(inputs, people=tuple(people), voices=tuple(voices)))
    got = by_owner(replace(inputs, people=tuple(people)), after)
    assert got[owner] == by_owner(inputs, before)[owner]


@pytest.mark.parametrize("rule", ["proportional", "quadratic", "capital-constrained"])
@settings(max_examples=25, deadline=None)
@given(extra=st.integers(1, 800), voices=st.integers(3, 6))
def test_more_voice_for_somebody_never_gives_them_less(
    rule: str, extra: int, voices: int
) -> None:
    base = [
        (giver, (giver + step) % 10, 50)
        for giver in range(10)
        for step in range(1, voices)
    ]
    more = [(0, 1, 50 + extra), *base[1:]]
    assert base[0] == (0, 1, 50)
    few = divided(a_round(*base, rule=rule, people=10))
    many = divided(a_round(*more, rule=rule, people=10))
    assert dict(many.shares)[1] >= dict(few.shares)[1]


@settings(max_examples=20, deadline=None)
@given(st.integers(1_000, 10**9))
def test_two_who_collude_move_less_than_two_bounds_whatever_they_pour(
    poured: int,
) -> None:
    """Eleven agree on ten a little; two pour all they have on the eleventh."""
    honest = [(giver, taker, 100) for giver in range(11) for taker in range(11)]
    honest = [each for each in honest if each[0] != each[1]]
    colluding = ((11, 12, poured), (13, 12, poured))
    shares = {}
    for rule in ("pairwise", "quadratic"):
        inputs = a_round(*honest, *colluding, rule=rule, people=14)
        rich = tuple(replace(each, hundredths=10**12) for each in inputs.people)
        made = divided(replace(inputs, people=rich, pool=10**6))
        shares[rule] = dict(made.shares).get(12, 0)
    bound = 2 * Terms("pairwise").bound
    agreed = 11 * 10 * 9 * 100  # each of eleven is agreed on by ten, pair by pair
    kept = Fraction(2_500, 2_500 + 900)  # who agree on nine others count for less
    assert shares["pairwise"] <= 10**6 * bound / (bound + agreed * kept) + 1
    if poured > 10**7:
        assert shares["quadratic"] > 990_000


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_divides_voice(rule: str) -> None:
    made = divided(a_round(*round_robin(12), rule=rule))
    assert made.outcome is Outcome.PAID
    assert sum(minor for _, minor in made.shares) == 10_000
    assert len(made.shares) == 12


def test_the_pool_follows_the_vote_and_then_the_voice() -> None:
    inputs = a_round(*round_robin(10), people=10)
    voices = tuple(
        replace(each, option="care" if each.taker < 5 else "records")
        for each in inputs.voices
    )
    weights = (("care", 3), ("mirrors", 2), ("records", 5))
    made = divided(replace(inputs, weights=weights, voices=voices))
    assert dict(made.parts) == {"care": 3_000, "mirrors": 0, "records": 5_000}
    assert made.kept == 2_000
    got = dict(made.shares)
    assert sum(got[number] for number in range(5)) == 3_000


def test_fewer_than_five_share_equally_and_caps_that_cannot_be_go_to_the_reserve() -> (
    None
):
    inputs = a_round((5, 0, 900), (6, 1, 1), (7, 2, 1), rule="quadratic")
    made = divided(inputs)
    assert made.outcome is Outcome.EQUAL_SPLIT
    assert made.shares == ((0, 3_334), (1, 3_333), (2, 3_333))
    capped = replace(inputs, terms=Terms("quadratic", cap_share=Fraction(1, 5)))
    made = divided(capped)
    assert made.shares == ((0, 2_000), (1, 2_000), (2, 2_000))
    assert made.to_reserve == 4_000


def test_a_round_over_the_limit_fails_and_its_neighbour_passes() -> None:
    small = [(giver, (giver + 1) % 8, 20) for giver in range(8)]
    most = [(giver, 0, 900) for giver in range(1, 7)]
    failed = divided(a_round(*small, *most, people=8))
    assert failed.outcome is Outcome.FAILED
    assert failed.gate.figures.top_share > failed.gate.top_share_max
    passed = divided(a_round(*small, *most, people=8, cap_share=Fraction(1, 5)))
    assert passed.outcome is Outcome.PAID
    assert passed.to_reserve == 0


def test_nobody_was_heard_and_it_all_stays_in_the_pool() -> None:
    for inputs in (a_round(), a_round((0, 0, 5))):
        made = divided(inputs)
        assert (made.outcome, made.kept) == (Outcome.NOTHING, inputs.pool)


def test_the_gate_looks_through_parties_to_their_owner() -> None:
    """Two that take a quarter each pass alone, and are one that takes half."""
    voices = [(giver, taker, 100) for giver, taker in ((4, 0), (5, 1), (6, 0), (7, 1))]
    voices += [(0, 2, 100), (2, 3, 100), (3, 4, 100), (1, 5, 100)]
    apart = a_round(*voices, people=8)
    one = replace(
        apart,
        people=tuple(
            replace(each, owner=0) if number == 1 else each
            for number, each in enumerate(apart.people)
        ),
    )

    assert divided(apart).outcome is Outcome.PAID
    assert divided(one).outcome is Outcome.FAILED
    assert divided(one).gate.figures.top_share == Fraction(1, 2)


def test_a_year_is_split_equally_once_for_each_owner() -> None:
    people = (
        person(0),
        person(1, credit=1),
        person(2, owner=1, credit=3),
        replace(person(3), may_take=False),
        person(4, credit=0),
    )
    inputs = replace(a_round(), people=people, terms=Terms(EQUAL), pool=301)
    made = divided(inputs)
    assert made.outcome is Outcome.EQUAL_SPLIT
    assert made.shares == ((0, 151), (1, 38), (2, 112))
    nobody = divided(replace(inputs, people=(person(0, credit=0),)))
    assert nobody.outcome is Outcome.NOTHING


def test_who_gave_more_than_they_have_by_now_counts_with_what_they_have() -> None:
    inputs = a_round((0, 1, 600), (0, 2, 400), people=6)
    poorer = (person(0, credit=500), *inputs.people[1:])
    counted = replace(inputs, people=poorer).counted()
    assert [each.hundredths for each in counted] == [300, 200]
    alike = replace(inputs, people=poorer, purse=ALIKE).counted()
    assert [each.hundredths for each in alike] == [600, 400]


@pytest.mark.parametrize("rule", [*RULES, EQUAL])
def test_terms_and_their_words_say_the_same_in_two_languages(rule: str) -> None:
    terms = Terms(rule, cap_share=Fraction(1, 5), minimum=500)
    if rule != EQUAL:
        assert terms_in(rule, terms.told()) == terms
    words = equation(terms, "credits")
    assert words.en != words.fr
    assert "{" not in words.en + words.fr
    if rule != EQUAL:
        assert "1/5" in words.en
        assert "1/5" in words.fr


PUBLISHED = {
    "balanced": "c3f96875b293",
    "capital-constrained": "39a6cb0b8fce",
    "cluster-match": "f2d98c08ae00",
    "conviction": "1f6264c05833",
    "equal": "06b28e9b2ea9",
    "flow": "9c99fbebffb3",
    "pairwise": "3e320fcfffd9",
    "proportional": "b06e3b4a1c81",
    "quadratic": "a87914f08a7b",
    "shapley": "e6ecfa908718",
}
"""What the words of each rule come to; a new rule adds a line."""


@pytest.mark.parametrize("rule", sorted([*RULES, EQUAL]))
def test_words_that_were_published_with_a_round_are_never_changed(rule: str) -> None:
    """They stand in rows that `log publish` makes again: others are another past."""
    terms = Terms(rule, cap_share=Fraction(1, 5), minimum=500)
    said = [equation(terms, purse) for purse in ("credits", "equal")]
    told = repr([(one.en, one.fr) for one in said]).encode()
    assert sha256(told).hexdigest()[:12] == PUBLISHED[rule]


@pytest.mark.parametrize("text", ["", "0.5", "-1", "1/0", "1/2/3", "٣", "9" * 31])
def test_a_parameter_is_told_exactly_or_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        exact(text)
    assert exact("1/5") == Fraction(1, 5)


@pytest.mark.parametrize(
    "told",
    [
        (("cap_share", "1"),),
        (("cap_share", "1"), ("minimum", "0"), ("alpha", "1/2")),
        (("cap_share", "1"), ("minimum", "1/2")),
        (("cap_share", "2"), ("minimum", "0")),
    ],
    ids=["missing", "of-another-rule", "not-whole", "above-all"],
)
def test_terms_that_cannot_be_are_refused(told: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(InvalidValue):
        terms_in("proportional", told)


def test_inputs_that_cannot_be_are_refused() -> None:
    fine = a_round((0, 1, 5))
    twice = (*fine.voices, *fine.voices)
    wrong: list[dict[str, object]] = [
        {"pool": -1},
        {"purse": "money"},
        {"weights": ()},
        {"weights": (("care", -1), ("records", 2))},
        {"weights": (*ONE, *ONE)},
        {"voices": twice},
        {"voices": (Voice("everything", 0, 99, 5, 0),)},
        {"voices": (Voice("everything", 0, 1, 0, 0),)},
        {"people": (Person("pty_0", 0, -5, may_take=True),)},
    ]
    for change in wrong:
        with pytest.raises(InvalidValue):
            replace(fine, **change)  # type: ignore[arg-type]  # that is the point
