"""Standing is spent by use, exactly, in whatever order, and never below nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.review import VESTS_AFTER_US
from gateway.reciprocity.spending import (
    Counted,
    Rate,
    Spent,
    account_of,
    party_of,
    rate_named,
    spent_hundredths,
)
from gateway.reciprocity.standing import Judged, standing_hundredths, whole_credits

BY_BYTES = Rate(Counted.BYTES, 1_000).name
BY_REQUESTS = Rate(Counted.REQUESTS, 8).name
TODAY = 2_000


def vested(weight: int, *, on_day: int) -> Judged:
    """Work that vests on a day."""
    return Judged(
        Claim(
            id=f"ctb_{on_day}_{weight}",
            party_id="pty_1",
            kind=Kind.CARE,
            title="Cooked",
            evidence="minutes",
            weight_hundredths=weight,
            claimed_us=on_day * US_PER_DAY - VESTS_AFTER_US,
        )
    )


def took(kilobytes: int, *, on_day: int) -> Spent:
    """Use that costs a credit for each kilobyte."""
    return Spent(on_day, BY_BYTES, requests=1, body_bytes=kilobytes * 1_000)


def left(claims: list[Judged], spent: list[Spent], *, on_day: int = TODAY) -> Fraction:
    return standing_hundredths(claims, spent, at_us=on_day * US_PER_DAY)


def test_standing_counts_from_when_it_vests_for_twelve_months() -> None:
    given_once = [vested(150, on_day=100)]

    assert left(given_once, [], on_day=99) == 0
    assert left(given_once, [], on_day=100) == 150
    assert left(given_once, [], on_day=464) == 150
    assert left(given_once, [], on_day=465) == 0


def test_use_costs_exactly_what_the_rate_says() -> None:
    third = Spent(TODAY, BY_REQUESTS, requests=3, body_bytes=10**9)

    assert left([vested(100, on_day=TODAY)], [third]) == Fraction(125, 2)
    assert spent_hundredths([third]) == Fraction(75, 2)
    assert spent_hundredths([took(2, on_day=1)]) == 200


def test_what_was_spent_of_credits_that_are_over_costs_none_of_the_new_ones() -> None:
    claims = [vested(100, on_day=TODAY - 370), vested(100, on_day=TODAY - 1)]

    assert left(claims, [took(1, on_day=TODAY - 10)]) == 100
    assert left(claims, [took(1, on_day=TODAY)]) == 0


def test_what_went_beyond_is_made_good_by_credits_that_come_within_a_year() -> None:
    overspent = [took(3, on_day=TODAY - 300)]
    claims = [vested(100, on_day=TODAY - 310), vested(250, on_day=TODAY)]

    assert left(claims, overspent) == 50
    assert left(claims, [took(3, on_day=TODAY - 366)]) == 250


def test_a_part_of_a_credit_counts_as_one_and_nothing_as_none() -> None:
    assert [whole_credits(Fraction(each)) for each in (0, 1, 100, 101)] == [0, 1, 1, 2]
    assert whole_credits(Fraction(1, 10**9)) == 1


def test_a_rate_and_an_account_have_names_that_lead_back() -> None:
    rate = Rate(Counted.REQUESTS, 100_000)

    assert rate_named(rate.name) == rate
    assert party_of(account_of("pty_1")) == "pty_1"
    assert party_of("agr_1") == ""
    for wrong in (
        "ai-2026",
        "standing/bytes/0",
        "standing/bytes/-1",
        "standing/hours/1",
    ):
        with pytest.raises(InvalidValue):
            rate_named(wrong)
    with pytest.raises(InvalidValue):
        Rate(Counted.BYTES, 0)


claims = st.lists(
    st.builds(
        lambda weight, day: vested(weight, on_day=day),
        st.integers(1, 500),
        st.integers(TODAY - 800, TODAY + 20),
    ),
    max_size=6,
)
uses = st.lists(
    st.builds(
        Spent,
        st.integers(TODAY - 800, TODAY),
        st.sampled_from([BY_BYTES, BY_REQUESTS]),
        st.integers(0, 20),
        st.integers(0, 9_000),
    ),
    max_size=8,
)


@given(claims, uses, claims)
def test_more_contribution_never_leaves_less(
    some: list[Judged], spent: list[Spent], more: list[Judged]
) -> None:
    assert left([*some, *more], spent) >= left(some, spent) >= 0


@given(claims, uses, uses)
def test_more_use_never_leaves_more_and_never_less_than_it_costs(
    some: list[Judged], spent: list[Spent], more: list[Spent]
) -> None:
    before, after = left(some, spent), left(some, [*spent, *more])

    assert before >= after >= max(Fraction(0), before - spent_hundredths(more))


@given(claims, uses, st.randoms(use_true_random=False))
def test_the_order_of_claims_and_of_use_is_nothing(
    some: list[Judged], spent: list[Spent], chance: object
) -> None:
    told, taken = [*some], [*spent]
    chance.shuffle(told)  # type: ignore[attr-defined]  # a random.Random
    chance.shuffle(taken)  # type: ignore[attr-defined]  # a random.Random

    assert left(told, taken) == left(some, spent)


@given(claims, uses)
def test_use_in_two_parts_costs_what_it_costs_in_one(
    some: list[Judged], spent: list[Spent]
) -> None:
    halves = [
        Spent(each.day, each.rate, requests, size)
        for each in spent
        for requests, size in (
            (each.requests // 2, each.body_bytes // 3),
            (
                each.requests - each.requests // 2,
                each.body_bytes - each.body_bytes // 3,
            ),
        )
    ]

    assert left(some, halves) == left(some, spent)
