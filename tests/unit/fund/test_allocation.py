"""gateway.fund: allocation, payouts and how concentrated they are."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fund.allocation import accepted_and_unpaid, proportional, unpaid_weights
from gateway.fund.concentration import concentration
from gateway.fund.payout import Allocation, Payout
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.standing import Judged

NOW_US = 400 * US_PER_DAY


def a_claim(
    number: int = 1, *, party: int = 1, weight: int = 100, paid_by: str = "none"
) -> Judged:
    return Judged(
        Claim(
            id=f"ctb_{number}",
            party_id=f"pty_{party}",
            kind=Kind.CARE,
            title="Looked after the newcomers",
            evidence="minutes, item 3",
            weight_hundredths=weight,
            claimed_us=NOW_US - 40 * US_PER_DAY,
            paid_by=paid_by,
        )
    )


@given(
    minor=st.integers(0, 10**15),
    weights=st.dictionaries(st.text(min_size=1), st.integers(1, 10**6), min_size=1),
)
def test_the_parts_always_add_up_to_the_whole(
    minor: int, weights: dict[str, int]
) -> None:
    parts = proportional(Money(minor, "EUR"), weights)

    assert sum(part.minor for part in parts.values()) == minor


@pytest.mark.parametrize(
    ("minor", "weights"),
    [(-1, {"a": 1}), (100, {}), (100, {"a": 0})],
    ids=["negative amount", "nobody", "weight of zero"],
)
def test_an_impossible_division_is_refused(minor: int, weights: dict[str, int]) -> None:
    with pytest.raises(InvalidValue):
        proportional(Money(minor, "EUR"), weights)


def test_only_unpaid_work_of_parties_that_are_not_barred_weighs() -> None:
    judged = [
        a_claim(1, party=1, weight=150),
        a_claim(2, party=1, weight=50),
        a_claim(3, party=2, paid_by="grant"),
        a_claim(4, party=3),
    ]

    weights = unpaid_weights(judged, at_us=NOW_US, barred=frozenset({"pty_3"}))

    assert weights == {"pty_1": 200}
    assert accepted_and_unpaid(judged, at_us=NOW_US) == (400, 300)


def test_an_allocation_gives_away_exactly_what_it_takes() -> None:
    with pytest.raises(InvalidValue):
        Allocation(
            "k", "s", Money(5, "EUR"), weights=(("a", 1),), shares=(("a", 4),), at_us=1
        )


def test_a_payout_is_above_nothing() -> None:
    with pytest.raises(InvalidValue):
        Payout("pty_1", Money(0, "EUR"), "ref", paid_us=1)


@pytest.mark.parametrize(
    ("amounts", "gini"),
    [
        ([1, 1, 1, 1], Fraction(0)),
        ([0, 0, 0, 1], Fraction(3, 4)),
        ([136, 216, 648], Fraction(341_333, 10**6)),
    ],
)
def test_gini_is_as_published(amounts: list[int], gini: Fraction) -> None:
    assert abs(concentration(amounts).gini - gini) < Fraction(1, 10**6)


def test_hhi_is_as_published() -> None:
    figures = concentration([136, 216, 648])

    assert figures.hhi == Fraction(485_056, 10**6)
    assert figures.top_share == Fraction(648, 1_000)


def test_equal_is_zero_and_one_alone_is_one() -> None:
    assert concentration([5, 5]).normalised_hhi == 0
    assert concentration([5, 0]).normalised_hhi == 1
    assert concentration([5]).normalised_hhi == 0
    assert concentration([]).top_share == 0


def test_negative_amounts_are_refused() -> None:
    with pytest.raises(InvalidValue):
        concentration([1, -1])
