"""What a payer wrote, and which invoices it names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.billing.bank import (
    creditor_reference,
    is_creditor_reference,
    numbers_in,
    return_reference,
    returned_in,
    shared_out,
)
from gateway.kernel.errors import InvalidValue
from tests.fakes.time_and_chance import CountingIds


def test_the_reference_of_the_standard_has_its_check_digits() -> None:
    # ISO 11649, the example every implementation shows.
    assert is_creditor_reference("RF18 5390 0754 7034")
    assert not is_creditor_reference("RF19 5390 0754 7034")
    assert creditor_reference("539007547034") == "RF18539007547034"


@given(st.integers(2000, 2099), st.integers(1, 10**7))
def test_every_invoice_has_a_reference_that_leads_back_to_it(
    year: int, count: int
) -> None:
    number = f"INV-{year}-{count:04d}"
    reference = creditor_reference(number)

    assert is_creditor_reference(reference)
    assert numbers_in([reference]) == (number,)
    spaced = re.sub(r"(.{4})", r"\1 ", reference)
    assert numbers_in([f"{spaced}thank you"]) == (number,)


@given(st.integers(1, 9999), st.integers(0, 9))
def test_a_slip_of_the_pen_names_nothing(count: int, digit: int) -> None:
    reference = creditor_reference(f"INV-2026-{count:04d}")
    changed = f"{reference[:-1]}{digit}"

    assert numbers_in([changed]) == (
        () if changed != reference else numbers_in([reference])
    )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("INV-2026-0001", ("INV-2026-0001",)),
        ("Rechnung inv/2026/0001 vom 1.12.", ("INV-2026-0001",)),
        ("INV 2026 0001 INV 2026 0007", ("INV-2026-0001", "INV-2026-0007")),
        ("INV20260001", ("INV-2026-0001",)),
        ("INV-2026-0001, INV-2026-0001", ("INV-2026-0001",)),
        ("INV-2026-00012", ("INV-2026-00012",)),
        ("CN-2026-0001", ()),
        ("XINV-2026-0001", ()),
        ("invoice of November", ()),
        ("", ()),
    ],
)
def test_a_number_is_found_however_it_is_spelled(
    text: str, numbers: tuple[str, ...]
) -> None:
    assert numbers_in([text]) == numbers


def test_what_no_standard_can_carry_gives_no_reference() -> None:
    with pytest.raises(InvalidValue, match="1 to 21"):
        creditor_reference("INV-2026-" + "9" * 20)
    with pytest.raises(InvalidValue, match="1 to 21"):
        creditor_reference("--")


def test_what_is_sent_back_says_where_it_came_from() -> None:
    movement = CountingIds().new("mov")
    reference = return_reference(movement)

    assert len(reference) <= 35  # what SEPA carries end to end
    assert returned_in(["", reference]) == movement
    assert returned_in([f"{reference}A"]) == ""


@given(
    st.integers(0, 10**9),
    st.lists(st.integers(-5, 10**6), max_size=8),
)
def test_debts_are_filled_in_order_and_never_beyond(
    amount: int, owed: list[int]
) -> None:
    named = [(f"inv_{number}", minor) for number, minor in enumerate(owed)]
    shares = shared_out(amount, named)

    debts = sum(max(0, minor) for minor in owed)
    assert sum(shares.values()) == min(amount, debts)
    assert all(0 < part <= dict(named)[name] for name, part in shares.items())
    unfilled = [name for name, minor in named if shares.get(name, 0) < max(0, minor)]
    later = [name for name, _ in named if unfilled and name > unfilled[0]]
    assert not any(name in shares for name in later)
