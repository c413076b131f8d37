"""One taker under ten names that nobody verified: what it does not gain."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.billing.rating import RatedLine, rate
from gateway.billing.tally import Cell, Ladder, Segment, Share
from gateway.kernel.period import year_of
from gateway.licensing.tariff import TOP_BRACKET, Tariff
from tests.fakes.ledger import IN_NOVEMBER, NOVEMBER, a_tariff
from tests.fakes.tariffs import tariffs

NAMES = 10
YEAR = year_of(IN_NOVEMBER)
parts = st.lists(st.integers(0, 10**7), min_size=NAMES, max_size=NAMES)
floors = st.sampled_from((0, 1, TOP_BRACKET))


def exact(tariff: Tariff, units: int, *, is_proven: bool, floor: int) -> Fraction:
    return tariff.charge_micros(0, units, floor_bracket=floor, is_proven=is_proven)


def rated(tariff: Tariff, sizes: Sequence[int], *, proven: bool) -> list[RatedLine]:
    """What each of so many strangers to each other is charged in one period."""
    cells: dict[Cell, int] = {}
    for number, size in enumerate(sizes):
        ladder = Ladder(f"own_{number}", tariff.id, YEAR)
        share = Share(f"agr_{number}", f"pty_{number}", "registers", NOVEMBER)
        cells[ladder, Segment(tariff.version, not proven, 0), share] = size
    versions = {(tariff.id, tariff.version): tariff}
    return list(rate(cells, tariffs=versions, reached={}))


def charged(lines: Sequence[RatedLine]) -> int:
    return sum(line.net_minor for line in lines)


@given(tariffs(), parts, floors)
def test_ten_unverified_names_never_pay_less_than_one_whoever_it_is(
    tariff: Tariff, sizes: list[int], floor: int
) -> None:
    ten = [exact(tariff, size, is_proven=False, floor=floor) for size in sizes]

    for is_proven in (True, False):
        one = exact(tariff, sum(sizes), is_proven=is_proven, floor=floor)
        assert sum(ten, Fraction(0)) >= one


@given(tariffs(), parts, st.integers(0, NAMES))
def test_nor_does_a_verified_taker_gain_by_names_beside_its_own(
    tariff: Tariff, sizes: list[int], own: int
) -> None:
    beside = [exact(tariff, size, is_proven=False, floor=0) for size in sizes[own:]]
    kept = exact(tariff, sum(sizes[:own]), is_proven=True, floor=0)

    whole = exact(tariff, sum(sizes), is_proven=True, floor=0)
    assert kept + sum(beside, Fraction(0)) >= whole


@given(tariffs(), parts)
@example(a_tariff(), [1] * NAMES)  # 0.004 each, rounded to nothing; together 0.04
def test_all_that_rounding_lets_fall_is_less_than_a_minor_unit_a_line(
    tariff: Tariff, sizes: list[int]
) -> None:
    ten = rated(tariff, sizes, proven=False)
    assert len(ten) <= NAMES  # one price, so one line each

    for proven in (True, False):
        one = rated(tariff, [sum(sizes)], proven=proven)
        lines = len(ten) + len(one)
        assert 2 * (charged(one) - charged(ten)) <= lines


@pytest.mark.parametrize("size", [1_000, 10_000, 10**9])
def test_ten_names_of_a_size_pay_the_last_price_and_one_verified_less(
    size: int,
) -> None:
    tariff = a_tariff()

    ten = rated(tariff, [size] * NAMES, proven=False)
    one = rated(tariff, [size * NAMES], proven=True)

    assert charged(ten) == size * NAMES * 400 // 1_000
    assert charged(ten) > charged(one) > 0
