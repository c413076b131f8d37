"""licensing.quote: the same for equals, the same each time, never falling."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.money import minor_from_micros, rounded_half_up
from gateway.licensing.publish_checks import tariff_faults
from gateway.licensing.quote import quote
from gateway.licensing.tariff import Bracket, Tariff
from tests.fakes.ledger import a_tariff
from tests.fakes.tariffs import tariffs

units = st.integers(0, 10**7)


@given(tariffs())
def test_what_rises_may_be_published(tariff: Tariff) -> None:
    assert tariff_faults(tariff) == []


@given(tariffs(), st.data())
def test_what_falls_anywhere_may_not(tariff: Tariff, data: st.DataObject) -> None:
    prices = [each.price_micros for each in tariff.brackets]
    shuffled = data.draw(st.permutations(prices))
    brackets = tuple(
        (bracket.up_to, price)
        for bracket, price in zip(tariff.brackets, shuffled, strict=True)
    )

    found = tariff_faults(a_tariff(brackets=brackets))

    falls = sum(after < before for before, after in pairwise(shuffled))
    assert len(found) == falls


@given(tariffs(), units, units)
def test_equals_are_quoted_the_same_and_again(
    tariff: Tariff, start: int, more: int
) -> None:
    same = Tariff(**{name: getattr(tariff, name) for name in tariff.__slots__})

    assert quote(tariff, more, start=start) == quote(same, more, start=start)


@given(tariffs(), units, units)
def test_a_quantity_costs_the_same_in_one_step_or_two(
    tariff: Tariff, first: int, second: int
) -> None:
    whole = quote(tariff, first + second)
    parts = (quote(tariff, first), quote(tariff, second, start=first))

    assert sum(part.charge_micros for part in parts) == whole.charge_micros


@given(tariffs(), units, units, units)
def test_a_unit_never_costs_less_for_who_took_more(
    tariff: Tariff, start: int, more: int, taken: int
) -> None:
    low, high = (
        quote(tariff, taken, start=start),
        quote(tariff, taken, start=start + more),
    )

    assert low.charge_micros <= high.charge_micros
    assert quote(tariff, taken).minor <= quote(tariff, taken + more).minor


@given(tariffs(), units)
def test_a_quote_is_the_sum_of_its_brackets_rounded_once(
    tariff: Tariff, taken: int
) -> None:
    made = quote(tariff, taken)

    exact = sum((part.charge_micros for part in made.slices), Fraction(0))
    assert sum(part.units for part in made.slices) == taken
    assert made.minor == rounded_half_up(minor_from_micros(exact, tariff.currency))


@given(tariffs(), units)
def test_a_verified_party_never_pays_more_than_an_unverified_one(
    tariff: Tariff, taken: int
) -> None:
    assert quote(tariff, taken).minor <= quote(tariff, taken, is_proven=False).minor


def test_the_free_bracket_is_for_the_verified_alone() -> None:
    tariff = a_tariff()

    assert quote(tariff, 500).minor == 0
    assert quote(tariff, 500, is_proven=False).minor == 200  # at 4.00 per 1,000


def test_a_bracket_may_hold_a_single_unit() -> None:
    tariff = a_tariff(brackets=((1, 0), (None, 1_000_000)), per_units=1)

    assert [part.units for part in quote(tariff, 3).slices] == [1, 2]
    assert tariff.brackets[0] == Bracket(1, 0)
