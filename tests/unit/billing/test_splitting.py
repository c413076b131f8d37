"""One taker under ten names that nobody verified: what it does not gain."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.ledger import a_tariff

TARIFF = a_tariff()
"""The first 1,000 free, 2.00 up to 10,000, then 4.00."""
SECOND_PRICE = 10_000
parts = st.lists(st.integers(0, SECOND_PRICE // 10), min_size=10, max_size=10)


@given(parts)
def test_up_to_the_second_price_ten_names_never_pay_less_than_one(
    sizes: list[int],
) -> None:
    ten = sum(
        (TARIFF.charge_micros(0, size, has_free=False) for size in sizes), Fraction(0)
    )

    assert ten >= TARIFF.charge_micros(0, sum(sizes))
    assert ten >= TARIFF.charge_micros(0, sum(sizes), has_free=False)


@given(parts)
def test_no_unit_is_free_under_a_name_that_nobody_verified(sizes: list[int]) -> None:
    for size in sizes:
        charge = TARIFF.charge_micros(0, size, has_free=False)
        assert charge == Fraction(size * 2_000_000, TARIFF.per_units)
