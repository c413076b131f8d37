"""gateway.kernel.money: exact, one rounding, one currency."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money, minor_from_micros, rounded_half_up


@pytest.mark.parametrize(
    ("exact", "whole"),
    [
        (Fraction(1, 2), 1),
        (Fraction(49, 100), 0),
        (Fraction(5, 2), 3),
        (Fraction(-1, 2), -1),
        (Fraction(-49, 100), 0),
    ],
)
def test_halves_are_rounded_away_from_zero(exact: Fraction, whole: int) -> None:
    assert rounded_half_up(exact) == whole


@given(st.fractions())
def test_rounding_never_moves_an_amount_by_more_than_a_half(exact: Fraction) -> None:
    assert abs(rounded_half_up(exact) - exact) <= Fraction(1, 2)


@given(st.fractions())
def test_a_debt_is_rounded_like_the_claim_it_mirrors(exact: Fraction) -> None:
    assert rounded_half_up(-exact) == -rounded_half_up(exact)


def test_micros_become_cents_of_the_euro_and_whole_yen() -> None:
    assert minor_from_micros(12_340_000, "EUR") == 1_234
    assert minor_from_micros(12_000_000, "JPY") == 12


def test_a_currency_we_cannot_invoice_is_refused_by_name() -> None:
    with pytest.raises(InvalidValue, match="KWD has 3 decimals"):
        minor_from_micros(1, "KWD")
    with pytest.raises(InvalidValue, match="unknown currency 'XTS'"):
        minor_from_micros(1, "XTS")


def test_amounts_of_two_currencies_are_never_added() -> None:
    with pytest.raises(InvalidValue, match="USD"):
        Money(1, "EUR") + Money(1, "USD")


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1_234, "EUR"), "12.34 EUR"),
        (Money(-5, "EUR"), "-0.05 EUR"),
        (Money(12, "JPY"), "12 JPY"),
    ],
)
def test_money_reads_as_people_write_it(money: Money, text: str) -> None:
    assert str(money) == text


def test_a_difference_may_be_negative() -> None:
    assert Money(1, "EUR") - Money(3, "EUR") == Money(-2, "EUR")
