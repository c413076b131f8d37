"""gateway.fund.waterfall: no unit is lost, and the operator's fee has a ceiling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fund.accounts import (
    LABOUR_RESERVE,
    OPERATOR_FEE,
    RESERVE,
    ROUNDS,
    SOLIDARITY,
)
from gateway.fund.waterfall import Shares, apportion, fee_given_back, unpaid_bp
from gateway.kernel.errors import InvalidValue

shares = st.builds(
    Shares,
    operator_bp=st.integers(0, 1_000),
    reserve_bp=st.integers(0, 9_000),
    labour_bp=st.integers(0, 6_000),
    solidarity_bp=st.integers(0, 4_000),
)
receipts = st.integers(0, 10**12)


def test_a_thousand_runs_as_the_commons_research_has_it() -> None:
    assert apportion(1_000, Shares()) == {
        OPERATOR_FEE: 100,
        RESERVE: 100,
        LABOUR_RESERVE: 200,
        SOLIDARITY: 0,
        ROUNDS: 600,
    }


@given(
    net=receipts,
    shares=shares,
    unpaid=st.integers(0, 10_000),
    room=st.none() | st.integers(-5, 10**9),
)
def test_no_unit_is_lost_and_none_is_made(
    net: int, shares: Shares, unpaid: int, room: int | None
) -> None:
    pots = apportion(net, shares, measured_unpaid_bp=unpaid, reserve_room_minor=room)

    assert sum(pots.values()) == net
    assert min(pots.values()) >= 0


@given(net=receipts, shares=shares)
def test_the_operator_never_gets_more_than_a_tenth(net: int, shares: Shares) -> None:
    assert apportion(net, shares)[OPERATOR_FEE] * 10 <= net


@given(splits=st.lists(st.tuples(receipts, shares, st.integers(0, 100)), min_size=1))
def test_the_operator_never_keeps_more_than_a_tenth_of_what_stays(
    splits: list[tuple[int, Shares, int]],
) -> None:
    fee = stays = 0
    for net, settings, hundredths_back in splits:
        fee += apportion(net, settings)[OPERATOR_FEE]
        stays += net
        back = stays * hundredths_back // 100
        fee -= fee_given_back(back, fee_minor=fee, receipts_minor=stays)
        stays -= back
        assert 0 <= fee * 10 <= stays


@given(net=receipts, unpaid=st.integers(0, 10_000))
def test_labour_gets_at_least_what_was_measured(net: int, unpaid: int) -> None:
    pots = apportion(net, Shares(), measured_unpaid_bp=unpaid)

    rest = net - pots[OPERATOR_FEE] - pots[RESERVE]
    assert (pots[LABOUR_RESERVE] + 1) * 10_000 > rest * max(2_500, unpaid)


def test_a_full_reserve_takes_no_more() -> None:
    assert apportion(1_000, Shares(), reserve_room_minor=30)[RESERVE] == 30


@pytest.mark.parametrize(
    "settings",
    [
        {"operator_bp": 1_001},
        {"operator_bp": -1},
        {"reserve_bp": 9_001},
        {"labour_bp": 10_001},
        {"labour_bp": 9_000, "solidarity_bp": 1_001},
    ],
)
def test_impossible_shares_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(InvalidValue):
        Shares(**settings)


def test_a_negative_receipt_is_refused() -> None:
    with pytest.raises(InvalidValue):
        apportion(-1, Shares())


def test_the_unpaid_share_is_rounded_in_favour_of_labour() -> None:
    assert unpaid_bp(1, 3) == 3_334
    assert unpaid_bp(0, 0) == 0
