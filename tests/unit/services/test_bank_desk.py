"""From a bank's statement to settled invoices, each cent once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.bank import (
    Direction,
    Movement,
    UsedFor,
    creditor_reference,
    return_reference,
)
from gateway.billing.invoice import Invoice
from gateway.billing.settlement import PaidState
from gateway.fund.accounts import BANK, INCOME, RECEIVABLE, UNMATCHED
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.money import Money
from gateway.services.taken_in import TakenIn
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
)
from tests.fakes.movements import balance, came_in


def invoiced(*sizes: int) -> tuple[Office, list[Invoice]]:
    """An office with invoices; 6,000 bytes are 1,190 cents with VAT."""
    parties = [a_party(number) for number in range(1, len(sizes) + 1)]
    office = Office(MemoryBooks(), *parties)
    for number, size in enumerate(sizes, start=1):
        office.agree(an_agreement(number))
        office.memory.add_events(an_event(number, size=size, party=number))
    office.billing.run(NOVEMBER)
    return office, list(office.books.invoices.all())


def went_out(minor: int, end_to_end: str, reference: str = "B9") -> Movement:
    made = came_in(minor, reference=reference)
    return replace(made, direction=Direction.OUT, end_to_end=end_to_end)


def assert_books_hold(office: Office) -> None:
    found = office.audit.run()
    assert found.ok, found


def test_a_transfer_that_names_its_invoice_settles_it() -> None:
    office, (invoice,) = invoiced(6_000)
    reference = creditor_reference(invoice.number)
    (taken,) = office.bank_desk.take_in([came_in(1_190, reference)])

    assert taken.invoices == (invoice.number,)
    assert taken.left_minor == 0
    assert office.invoices.show(invoice.number).paid_state is PaidState.PAID
    assert balance(office, BANK) == 1_190
    assert balance(office, UNMATCHED) == 0
    assert balance(office, INCOME) == -1_000
    assert_books_hold(office)


def test_a_statement_that_comes_again_changes_nothing() -> None:
    office, (invoice,) = invoiced(6_000)
    first = office.bank_desk.take_in([came_in(1_190, invoice.number)])
    (again,) = office.bank_desk.take_in([came_in(1_190, invoice.number)])

    assert again == replace(first[0], is_new=False)
    assert balance(office, BANK) == 1_190
    assert_books_hold(office)


def test_the_banks_reference_for_another_amount_is_refused_and_nothing_kept() -> None:
    office, (invoice,) = invoiced(6_000)
    office.bank_desk.take_in([came_in(1_000, invoice.number)])
    with pytest.raises(Conflict, match="the statement says"):
        office.bank_desk.take_in([came_in(5, reference="B2"), came_in(1_190)])

    assert len(office.bank_desk.all()) == 1


def test_a_part_leaves_the_rest_open() -> None:
    office, (invoice,) = invoiced(6_000)
    office.bank_desk.take_in([came_in(500, invoice.number)])
    view = office.invoices.show(invoice.number)

    assert (view.open_minor, view.paid_state) == (690, PaidState.PART_PAID)
    office.bank_desk.take_in([came_in(690, invoice.number, "B2")])
    assert office.invoices.show(invoice.number).paid_state is PaidState.PAID
    assert balance(office, INCOME) == -1_000
    assert_books_hold(office)


def test_what_is_paid_too_much_waits_and_goes_back_when_the_bank_says_so() -> None:
    office, (invoice,) = invoiced(6_000)
    (taken,) = office.bank_desk.take_in([came_in(1_500, invoice.number)])
    assert taken.left_minor == 310
    assert balance(office, UNMATCHED) == -310

    reference = return_reference(taken.movement.id)
    (back,) = office.bank_desk.take_in([went_out(310, reference)])

    assert back.left_minor == 0
    assert balance(office, UNMATCHED) == 0
    assert balance(office, BANK) == 1_190
    after = office.bank_desk.show(taken.movement.id)
    assert [use.used_for for use in after.uses] == [UsedFor.PAYMENT, UsedFor.RETURNED]
    assert_books_hold(office)


def test_more_than_is_left_does_not_go_back_in_the_books() -> None:
    office, (invoice,) = invoiced(6_000)
    (taken,) = office.bank_desk.take_in([came_in(1_500, invoice.number)])
    office.bank_desk.take_in([went_out(311, return_reference(taken.movement.id))])

    assert balance(office, UNMATCHED) == -310
    assert_books_hold(office)


def test_what_went_out_for_something_else_books_nothing() -> None:
    office, _ = invoiced(6_000)
    office.bank_desk.take_in([went_out(9_900, "RENT")])

    assert balance(office, BANK) == 0
    assert_books_hold(office)


def test_money_that_names_nothing_waits_until_somebody_says() -> None:
    office, (invoice,) = invoiced(6_000)
    (taken,) = office.bank_desk.take_in([came_in(1_190, "for the archive")])
    assert (taken.invoices, taken.left_minor) == ((), 1_190)
    assert office.invoices.show(invoice.number).paid_state is PaidState.OPEN

    matched = office.bank_desk.match(taken.movement.id, [invoice.number])

    assert (matched.invoices, matched.left_minor) == ((invoice.number,), 0)
    with pytest.raises(InvalidValue, match="nothing is left"):
        office.bank_desk.match(taken.movement.id, [invoice.number])
    assert_books_hold(office)


def test_one_transfer_settles_several_and_money_of_another_currency_none() -> None:
    office, (first, second) = invoiced(6_000, 3_000)
    text = f"{first.number} {second.number}"
    whole = first.gross_minor + second.gross_minor
    (taken,) = office.bank_desk.take_in([came_in(whole, text)])
    assert (taken.invoices, taken.left_minor) == ((first.number, second.number), 0)

    dollars = replace(came_in(5, reference="B2"), amount=Money(500, "USD"))
    (other,) = office.bank_desk.take_in([replace(dollars, text=first.number)])
    assert other.left_minor == 500
    with pytest.raises(InvalidValue, match="is in EUR, the money in USD"):
        office.bank_desk.match(other.movement.id, [first.number])
    with pytest.raises(NotFound):
        office.bank_desk.match("mov_unknown", [first.number])
    assert_books_hold(office)


def test_what_a_steward_recorded_by_hand_is_not_taken_twice() -> None:
    office, (invoice,) = invoiced(6_000)
    paid = Money(1_190, "EUR")
    office.payments.record(paid, [invoice.number], reference="B1")
    (taken,) = office.bank_desk.take_in([came_in(1_190, invoice.number)])

    assert taken.left_minor == 0
    assert [use.used_for for use in taken.uses] == [UsedFor.BY_HAND]
    assert balance(office, BANK) == 1_190
    assert_books_hold(office)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_in_any_order_and_any_pieces_no_cent_is_lost_or_made(
    data: st.DataObject,
) -> None:
    office, invoices = invoiced(6_000, 3_000, 20_000)
    drawn = data.draw(
        st.lists(
            st.tuples(st.integers(1, 20_000), st.integers(0, 3)), min_size=1, max_size=8
        )
    )
    texts = [*(invoice.number for invoice in invoices), "for the archive"]
    movements = [
        came_in(minor, texts[which], f"B{number}")
        for number, (minor, which) in enumerate(drawn)
    ]
    taken: list[TakenIn] = []
    for start in range(0, len(movements), 3):
        # Statements overlap, as they do where somebody exports a week twice.
        office.bank_desk.take_in(movements[max(0, start - 2) : start + 3])
    taken = list(office.bank_desk.all())

    total = sum(minor for minor, _ in drawn)
    owed = sum(invoice.gross_minor for invoice in invoices)
    assert balance(office, BANK) == total
    assert -balance(office, UNMATCHED) == sum(one.left_minor for one in taken)
    assert balance(office, RECEIVABLE) == owed - total - balance(office, UNMATCHED)
    for number, invoice in enumerate(invoices):
        asked = sum(minor for minor, which in drawn if which == number)
        open_minor = office.invoices.show(invoice.number).open_minor
        assert open_minor == max(0, invoice.gross_minor - asked)
    assert_books_hold(office)
