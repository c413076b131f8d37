"""gateway.web.numbers: amounts are exact, and written as the language writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.numbers import Numbers

EN, FR = Numbers("en"), Numbers("fr")
THIN = "\u202f"


@pytest.mark.parametrize(
    ("minor", "currency", "english", "french"),
    [
        (123_456_789, "EUR", "€1,234,567.89", f"1{THIN}234{THIN}567,89{THIN}€"),
        (5, "EUR", "€0.05", f"0,05{THIN}€"),
        (-250, "USD", "−$2.50", f"−2,50{THIN}$"),
        (1_200, "JPY", "1,200\u00a0JPY", f"1{THIN}200{THIN}JPY"),
        (0, "CHF", "0.00\u00a0CHF", f"0,00{THIN}CHF"),
    ],
    ids=["large", "small", "owed", "no minor unit", "nothing"],
)
def test_money_is_written_to_the_last_unit(
    minor: int, currency: str, english: str, french: str
) -> None:
    assert EN.money(minor, currency) == english
    assert FR.money(minor, currency) == french


@given(st.integers(-(10**18), 10**18))
def test_no_unit_is_lost_however_large_the_amount(minor: int) -> None:
    written = EN.money(minor, "EUR")

    digits = "".join(each for each in written if each.isdigit())
    assert int(digits) == abs(minor)


@pytest.mark.parametrize(
    ("hundredths", "english", "french"),
    [
        (3_400, "34", "34"),
        (2_150, "21.5", "21,5"),
        (125, "1.25", "1,25"),
        (0, "0", "0"),
    ],
)
def test_hours_have_places_only_where_there_are_any(
    hundredths: int, english: str, french: str
) -> None:
    assert EN.hours(hundredths) == f"{english}\u00a0h"
    assert FR.hours(hundredths) == f"{french}\u00a0h"


@pytest.mark.parametrize(
    ("written", "english", "french"),
    [
        ("2026-11-08", "8 November 2026", "8 novembre 2026"),
        ("2026-02", "February 2026", "février 2026"),
    ],
)
def test_a_day_is_written_in_words(written: str, english: str, french: str) -> None:
    assert (EN.day(written), FR.day(written)) == (english, french)
