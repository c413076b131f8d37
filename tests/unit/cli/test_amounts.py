"""gateway.cli.amounts: what people type, and what they read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.amounts import quantity, spelled_bytes
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money, money


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12.34 EUR", Money(1_234, "EUR")),
        ("12.34EUR", Money(1_234, "EUR")),
        (" 7 EUR ", Money(700, "EUR")),
        ("0.5 EUR", Money(50, "EUR")),
        ("500 JPY", Money(500, "JPY")),
    ],
)
def test_an_amount_is_read_exactly(typed: str, meant: Money) -> None:
    assert money(typed) == meant


@given(minor=st.integers(0, 10**12))
def test_what_is_printed_can_be_typed_again(minor: int) -> None:
    amount = Money(minor, "EUR")

    assert money(str(amount)) == amount


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("12.34", "write it like 12.34 EUR"),
        ("EUR 12", "write it like 12.34 EUR"),
        ("12,34 EUR", "write it like 12.34 EUR"),
        ("-1 EUR", "write it like 12.34 EUR"),
        ("1e3 EUR", "write it like 12.34 EUR"),
        ("1.234 EUR", "EUR has 2 decimals"),
        ("1.5 JPY", "JPY has 0 decimals"),
        ("1 XXX", "unknown currency"),
    ],
)
def test_what_is_no_amount_is_refused_with_an_example(
    typed: str, complaint: str
) -> None:
    with pytest.raises(InvalidValue, match=complaint):
        money(typed)


@pytest.mark.parametrize(
    ("typed", "units"),
    [("5", 5), ("5 B", 5), ("300 MiB", 300 * 2**20), ("2GiB", 2**31), ("0", 0)],
)
def test_a_quantity_is_whole_units(typed: str, units: int) -> None:
    assert quantity(typed) == units


@pytest.mark.parametrize("typed", ["", "MiB", "1.5 GiB", "3 MB", "-1", "three"])
def test_what_is_no_quantity_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(InvalidValue, match="write it like 300 MiB"):
        quantity(typed)


@pytest.mark.parametrize(
    ("count", "spelled"),
    [
        (0, "0 B"),
        (1_023, "1023 B"),
        (1_024, "1.0 KiB"),
        (1_604_554, "1.5 MiB"),
        (5 * 2**40, "5.0 TiB"),
    ],
)
def test_bytes_are_spelled_for_people(count: int, spelled: str) -> None:
    assert spelled_bytes(count) == spelled
