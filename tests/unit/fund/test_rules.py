"""gateway.fund.rules: the hand-computed vectors, and what must hold for all rounds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fund.gate import Verdict, equal_split, gate
from gateway.fund.replay import RULES, Terms, replay
from gateway.fund.rules import clusters, pairwise, quadratic
from gateway.fund.rules.balanced import balanced, recent
from gateway.fund.rules.ballots import Ballots, ballots_of, by_owner
from gateway.fund.rules.conviction import (
    Course,
    Proposal,
    conviction,
    passing,
    threshold,
)
from gateway.fund.rules.flow import flow
from gateway.fund.rules.shapley import of_joint_uses, shapley
from gateway.fund.rules.sharing import Limits, Rounding, shared
from gateway.kernel.errors import InvalidValue

NAMES = "abcdefg"
GIFTS = st.lists(
    st.tuples(st.sampled_from("PQRS"), st.sampled_from(NAMES), st.integers(0, 10**6)),
    min_size=1,
    max_size=24,
)
LIMITS = st.builds(
    Limits,
    st.fractions(Fraction(1, 20), 1, max_denominator=20),
    st.integers(0, 50),
    st.sampled_from(Rounding),
)
CLUSTERS = {"one": frozenset("abc"), "two": frozenset("cd")}


def terms_of(pool: int, limits: Limits | None = None) -> Terms:
    return Terms(pool, limits or Limits(), bound=25, clusters=CLUSTERS)


def round_of_vectors() -> Ballots:
    given = {"p1": [1, 4, 1, 9], "p2": [1] * 6 + [4], "p3": [1, 9, 1, 9, 1, 9, 4]}
    return ballots_of(
        (recipient, who, amount)
        for recipient, amounts in given.items()
        for who, amount in zip(NAMES, amounts, strict=False)
    )


def a_pool_for(fed: Ballots, rule: str, pool: int) -> int:
    given = sum(sum(to.values()) for to in fed.values())
    return pool + given if rule == "capital-constrained" else pool


def can_be_matched(fed: Ballots) -> bool:
    return any(len(to) > 1 for to in fed.values())


@pytest.mark.parametrize("rule", RULES)
@given(given=GIFTS, pool=st.integers(0, 10**6), limits=LIMITS)
def test_no_rule_makes_or_loses_a_unit(
    rule: str, given: list[tuple[str, str, int]], pool: int, limits: Limits
) -> None:
    fed = ballots_of(given)
    if rule == "capital-constrained" and not can_be_matched(fed):
        return
    budget = a_pool_for(fed, rule, pool)

    made = replay(fed, rule=rule, terms=terms_of(budget, limits))

    assert sum(made.paid.values()) + made.to_reserve == budget
    assert made.to_reserve >= 0
    assert min(made.paid.values()) >= 0


@pytest.mark.parametrize("rule", RULES)
@given(given=GIFTS, seed=st.randoms(use_true_random=False))
def test_the_order_of_gifts_changes_nothing(
    rule: str, given: list[tuple[str, str, int]], seed: object
) -> None:
    mixed = list(given)
    seed.shuffle(mixed)  # type: ignore[attr-defined]
    fed = ballots_of(given)
    if rule == "capital-constrained" and not can_be_matched(fed):
        return
    terms = terms_of(a_pool_for(fed, rule, 1000))

    assert replay(fed, rule=rule, terms=terms) == replay(
        ballots_of(mixed), rule=rule, terms=terms
    )


@given(
    pool=st.integers(0, 10**6),
    scores=st.dictionaries(st.sampled_from(NAMES), st.integers(0, 100), min_size=1),
    limits=LIMITS,
)
def test_nobody_is_above_the_cap_or_between_nothing_and_the_minimum(
    pool: int, scores: dict[str, int], limits: Limits
) -> None:
    made = shared(pool, scores, limits)

    assert all(units <= pool * limits.cap_share for units in made.paid.values())
    assert all(units == 0 or units >= limits.minimum for units in made.paid.values())


@pytest.mark.parametrize("rule", ["proportional", "quadratic"])
@given(given=GIFTS, more=st.integers(1, 10**6), who=st.sampled_from(NAMES))
def test_giving_more_to_somebody_never_gets_them_less(
    rule: str, given: list[tuple[str, str, int]], more: int, who: str
) -> None:
    terms = terms_of(1000, Limits(rounding=Rounding.FLOOR))
    before = replay(ballots_of([*given, ("P", who, 0)]), rule=rule, terms=terms)

    after = replay(ballots_of([*given, ("P", who, more)]), rule=rule, terms=terms)

    assert after.paid["P"] >= before.paid["P"]


@given(
    gifts=st.lists(
        st.tuples(st.integers(1, 10**12), st.integers(1, 10**12)),
        min_size=1,
        max_size=12,
    ),
    bound=st.integers(1, 1000),
)
def test_two_who_collude_everywhere_move_less_than_twice_the_bound(
    gifts: list[tuple[int, int]], bound: int
) -> None:
    fed = ballots_of(
        (f"p{number}", who, amount)
        for number, pair in enumerate(gifts)
        for who, amount in zip("ab", pair, strict=True)
    )

    assert sum(pairwise.subsidies(fed, bound=bound).values()) < 2 * bound


@given(given=GIFTS, parts=st.integers(2, 10), amount=st.integers(10, 10**6))
def test_one_owner_behind_ten_parties_counts_as_one(
    given: list[tuple[str, str, int]], parts: int, amount: int
) -> None:
    pieces = [
        ("P", f"shell{number}", amount // parts + (number < amount % parts))
        for number in range(parts)
    ]
    owners = {who: "one owner" for _, who, _ in pieces}

    split = by_owner(ballots_of([*given, *pieces]), owners)

    assert split == ballots_of([*given, ("P", "one owner", amount)])


def test_splitting_gains_where_owners_are_not_looked_through() -> None:
    """The neighbour: why owners are looked through before any rule."""
    one = ballots_of([("P", "owner", 100)])
    split = ballots_of([("P", f"shell{number}", 25) for number in range(4)])

    assert quadratic.subsidies(one) == {"P": 0}
    assert quadratic.subsidies(split) == {"P": 300}


@given(amount=st.integers(0, 10**24))
def test_a_single_contributor_is_never_matched(amount: int) -> None:
    assert quadratic.subsidies(ballots_of([("P", "a", amount)])) == {"P": 0}


def test_without_groups_the_cluster_match_is_the_quadratic_rule() -> None:
    fed = round_of_vectors()

    assert clusters.subsidies(fed, {}) == quadratic.subsidies(fed)


def test_overlapping_groups_weigh_as_computed_by_hand() -> None:
    fed = ballots_of(
        [
            *(("P", "a", 1), ("P", "b", 4), ("P", "c", 1), ("P", "d", 9)),
            *(("Q", "a", 4), ("Q", "d", 1)),
        ]
    )
    groups = {"1": frozenset("ab"), "2": frozenset("bcd")}

    found = clusters.subsidies(fed, groups)

    assert float(found["P"]) == pytest.approx(6.324555, abs=1e-6)
    assert float(found["Q"]) == pytest.approx(2.828427, abs=1e-6)


def test_capital_constrained_pays_what_was_given_and_a_match() -> None:
    fed = round_of_vectors()  # 15 + 10 + 34 were given; 34, 54 and 162 are deserved

    made = replay(fed, rule="capital-constrained", terms=Terms(59 + 125))

    assert made.paid == {"p1": 15 + 17, "p2": 10 + 27, "p3": 34 + 81}


def test_a_budget_larger_than_what_is_deserved_leaves_the_rest_in_reserve() -> None:
    made = replay(
        round_of_vectors(), rule="capital-constrained", terms=Terms(59 + 1000)
    )

    assert made.paid == {"p1": 49, "p2": 64, "p3": 196}
    assert made.to_reserve == 750


@pytest.mark.parametrize(
    ("gifts", "budget", "told"),
    [
        ([("P", "a", 10), ("P", "b", 10)], 19, "below the 20 given"),
        ([("P", "a", 10), ("Q", "b", 10)], 50, "nothing to match"),
    ],
    ids=["less than was given", "nobody agrees with anybody"],
)
def test_capital_constrained_refuses_what_it_cannot_divide(
    gifts: list[tuple[str, str, int]], budget: int, told: str
) -> None:
    with pytest.raises(InvalidValue, match=told):
        replay(ballots_of(gifts), rule="capital-constrained", terms=Terms(budget))


@pytest.mark.parametrize(
    "limits", [(Fraction(0), 0), (Fraction(2), 0), (Fraction(1), -1)]
)
def test_limits_that_mean_nothing_are_refused(limits: tuple[Fraction, int]) -> None:
    with pytest.raises(InvalidValue):
        Limits(*limits)


def test_a_tie_goes_to_the_lower_id_and_a_floor_to_the_reserve() -> None:
    even = {"b": 1, "a": 1, "c": 1}

    assert shared(100, even, Limits()).paid == {"a": 34, "b": 33, "c": 33}
    floored = shared(100, even, Limits(rounding=Rounding.FLOOR))
    assert (floored.paid["a"], floored.to_reserve) == (33, 1)


def test_who_stays_below_the_minimum_leaves_their_part_to_the_others() -> None:
    made = shared(100, {"a": 60, "b": 35, "c": 5}, Limits(minimum=10))

    assert made.paid == {"a": 63, "b": 37, "c": 0}


def test_the_pairwise_rule_asks_for_its_bound() -> None:
    with pytest.raises(InvalidValue, match="--bound"):
        replay(round_of_vectors(), rule="pairwise", terms=Terms(100))


# Rules over time, and across collections


def test_conviction_grows_with_time_and_more_asks_for_more() -> None:
    kept = Fraction(9, 10)
    course = Course(kept, Fraction(2, 1000), Fraction(1, 5))
    grown = conviction(Fraction(0), 15_000, steps=10, kept=kept)
    small, large = Proposal(1_000, grown), Proposal(10_000, grown)
    proposals = {"large": large, "small": small}

    passed = passing(proposals, funds=100_000, voices=60_000, course=course)

    assert passed == ("small",)
    assert threshold(Fraction(1, 5), voices=60_000, course=course) is None


def test_proposals_never_get_more_than_there_is() -> None:
    course = Course(Fraction(0), Fraction(1, 1000), Fraction(1))
    certain = Proposal(60, Fraction(10**9))
    proposals = {"a": certain, "b": certain}

    assert passing(proposals, funds=100, voices=1, course=course) == ("a",)


@given(
    st.lists(
        st.tuples(
            st.frozensets(st.sampled_from("ABCD"), min_size=1), st.integers(0, 1000)
        ),
        max_size=8,
    )
)
def test_joint_uses_are_shared_as_shapley_would(
    uses: list[tuple[frozenset[str], int]],
) -> None:
    def brought(coalition: frozenset[str]) -> int:
        return sum(value for needed, value in uses if needed <= coalition)

    exact = shapley("ABCD", brought)
    quick = of_joint_uses(uses)

    assert {who: quick.get(who, Fraction(0)) for who in "ABCD"} == exact
    assert sum(exact.values()) == brought(frozenset("ABCD"))


def test_shapley_refuses_more_players_than_it_can_try() -> None:
    with pytest.raises(InvalidValue, match="at most 14"):
        shapley([str(number) for number in range(15)], len)


@given(
    credit=st.dictionaries(st.sampled_from("abc"), st.integers(1, 100), min_size=1),
    budget=st.integers(0, 10**6),
    paid=st.dictionaries(st.sampled_from("abc"), st.integers(0, 1000)),
)
def test_making_up_for_the_past_spends_the_budget_exactly(
    credit: dict[str, int], budget: int, paid: dict[str, int]
) -> None:
    assert sum(balanced(budget, credit, paid).values()) == budget


def test_older_credit_counts_less() -> None:
    half = Fraction(1, 2)

    assert [recent(each, discount=half) for each in ([10, 0, 0], [0, 0, 5], [4, 4, 4])]
    assert recent([10, 0, 0], discount=half) == Fraction(5, 2)
    assert recent([4, 4, 4], discount=half) == 7


def test_credit_that_flows_is_never_lost() -> None:
    edges = [("a", "b"), ("b", "a"), ("b", "c"), ("d", "c")]

    assert sum(flow(edges, damping=Fraction(85, 100)).values()) == 1
    with pytest.raises(InvalidValue):
        flow([], damping=Fraction(85, 100))


# The concentration gate


@pytest.mark.parametrize(
    ("amounts", "verdict"),
    [
        ([20, 20, 20, 20, 20], Verdict.PASS),
        ([40, 15, 15, 15, 15], Verdict.PASS),  # 2 ÷ 5 is the limit of five
        ([41, 15, 15, 15, 14], Verdict.FAIL),
        ([21, *([8] * 9), 7], Verdict.FAIL),  # above 0.20, and above 2 ÷ 11
        ([50, 50, 0, 0, 0], Verdict.EQUAL_SPLIT),
        ([], Verdict.EQUAL_SPLIT),
    ],
    ids=["equal", "at the limit", "above", "many", "few", "none"],
)
def test_the_gate_judges_from_five_recipients_on(
    amounts: list[int], verdict: Verdict
) -> None:
    paid = {str(number): units for number, units in enumerate(amounts)}

    assert gate(paid).verdict is verdict


@given(st.lists(st.integers(1, 10**6), min_size=5, max_size=40))
def test_who_passes_by_the_largest_share_passes_by_concentration(
    amounts: list[int],
) -> None:
    """Of n with at most 2 ÷ n each it is at most 1 ÷ (n - 1): the share binds first."""
    judged = gate({str(number): units for number, units in enumerate(amounts)})

    if judged.figures.top_share <= judged.top_share_max:
        assert judged.figures.normalised_hhi <= judged.hhi_max
        assert judged.verdict is Verdict.PASS


def test_an_equal_split_loses_nothing() -> None:
    assert equal_split(100, frozenset("cab")) == {"a": 34, "b": 33, "c": 33}
