"""A bank that takes money back: what it undoes, and what nothing answers for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.bank import Direction, Movement, return_reference
from gateway.billing.settlement import PaidState
from gateway.fund.accounts import BANK, UNMATCHED, prepaid
from gateway.fund.bookings import topped_up
from gateway.kernel.money import Money
from gateway.licensing.agreement import Settling
from gateway.services.bookkeeping import book
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    AFTER_NOVEMBER,
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
)
from tests.fakes.movements import balance, came_in

AHEAD = prepaid("agr_1")


def typed_in(office: Office, minor: int, reference: str) -> None:
    """A top-up that a steward typed in, under the bank's reference."""
    with office.books.together() as books:
        book(
            books,
            office.ids,
            topped_up("agr_1", minor),
            key=f"top-up:{reference}",
            kind="top-up",
            ref="agr_1",
            currency="EUR",
            at_us=AFTER_NOVEMBER,
        )


def paying_ahead() -> Office:
    office = Office(MemoryBooks(), a_party())
    office.agree(replace(an_agreement(), settling=Settling.PREPAID))
    return office


def paid(minor: int, text: str = "", reference: str = "B1") -> Movement:
    return replace(came_in(minor, text, reference), end_to_end=f"E-{reference}")


def reversal(of: Movement, minor: int = 0, reference: str = "R1") -> Movement:
    return replace(
        of,
        reference=reference,
        direction=Direction.OUT,
        is_reversal=True,
        text="",
        amount=Money(minor, "EUR") if minor else of.amount,
    )


def assert_books_hold(office: Office) -> None:
    found = office.audit.run()
    assert found.ok, found


def test_a_bank_that_reverses_a_top_up_typed_in_before_takes_it_back() -> None:
    office = paying_ahead()
    typed_in(office, 5_000, "B1")
    office.bank_desk.take_in([paid(5_000)])

    (back,) = office.bank_desk.take_in([reversal(paid(5_000))])

    assert back.unanswered_minor == 0
    assert balance(office, AHEAD) == 0
    assert balance(office, BANK) == 0
    assert_books_hold(office)


def test_what_was_used_of_a_top_up_typed_in_opens_the_invoice_again() -> None:
    office = paying_ahead()
    typed_in(office, 1_190, "B1")
    office.memory.add_events(an_event(size=6_000))
    (invoice,) = office.billing.run(NOVEMBER).invoices
    assert office.invoices.show(invoice.number).paid_state is PaidState.PAID

    office.bank_desk.take_in([paid(1_190), reversal(paid(1_190))])

    assert office.invoices.show(invoice.number).open_minor == 1_190
    assert balance(office, AHEAD) == 0
    assert_books_hold(office)


def test_a_reversal_that_nothing_answers_for_is_named_again_and_again() -> None:
    office = paying_ahead()

    (first,) = office.bank_desk.take_in([reversal(paid(700))])
    (again,) = office.bank_desk.take_in([reversal(paid(700))])

    assert (first.unanswered_minor, first.is_new) == (700, True)
    assert (again.unanswered_minor, again.is_new) == (700, False)
    assert balance(office, BANK) == 0
    assert_books_hold(office)


@pytest.mark.parametrize("minor", [699, 701])
def test_another_amount_than_was_brought_is_not_guessed_at(minor: int) -> None:
    office = paying_ahead()
    office.bank_desk.take_in([paid(700)])

    (back,) = office.bank_desk.take_in([reversal(paid(700), minor)])

    assert back.unanswered_minor == minor
    assert balance(office, UNMATCHED) == -700
    assert_books_hold(office)


def test_money_sent_back_that_was_never_left_over_is_unanswered() -> None:
    office = paying_ahead()
    (taken,) = office.bank_desk.take_in([paid(700)])
    sent = replace(
        paid(701, reference="B2"),
        direction=Direction.OUT,
        end_to_end=return_reference(taken.movement.id),
    )

    (back,) = office.bank_desk.take_in([sent])

    assert back.unanswered_minor == 701


def test_what_went_out_for_something_else_needs_no_answer() -> None:
    office = paying_ahead()
    rent = replace(paid(90_000), direction=Direction.OUT, end_to_end="RENT")

    (taken,) = office.bank_desk.take_in([rent])

    assert taken.unanswered_minor == 0


@settings(deadline=None, max_examples=20)
@given(order=st.permutations(range(4)), amounts=st.tuples(*[st.integers(1, 900)] * 2))
def test_a_reversal_read_before_what_it_takes_back_comes_to_the_same(
    order: list[int], amounts: tuple[int, int]
) -> None:
    office = paying_ahead()
    typed_in(office, amounts[0], "B1")
    first = paid(amounts[0])
    second = paid(amounts[1], "for the archive", "B2")
    told = [first, reversal(first), second, reversal(second, reference="R2")]

    for number in order:
        office.bank_desk.take_in([told[number]])

    assert all(one.unanswered_minor == 0 for one in office.bank_desk.all())
    assert (balance(office, AHEAD), balance(office, BANK)) == (0, 0)
    assert balance(office, UNMATCHED) == 0
    assert_books_hold(office)
