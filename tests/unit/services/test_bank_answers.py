"""A steward answers for what a bank took back, and the books follow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.billing.bank import return_reference
from gateway.billing.settlement import PaidState
from gateway.fund.accounts import BANK, UNMATCHED
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.services.bank_answers import BankAnswers
from gateway.services.taken_in import TakenIn
from tests.fakes.ledger import Office
from tests.fakes.movements import balance, came_in
from tests.unit.services.test_bank_desk import invoiced, went_out
from tests.unit.services.test_bank_reversals import assert_books_hold, paid, reversal

WHY = "The deposit of the hall, never booked here."


def answers(office: Office) -> BankAnswers:
    desk = office.bank_desk
    return BankAnswers(office.books, backs=desk.backs, clock=office.clock)


def unanswered() -> tuple[Office, TakenIn, TakenIn]:
    """An invoice that was paid, and a reversal that does not say it is of that."""
    office, (invoice,) = invoiced(6_000)
    (settled,) = office.bank_desk.take_in([came_in(1_190, invoice.number)])
    (back,) = office.bank_desk.take_in([reversal(paid(1_190, reference="B7"))])
    assert back.unanswered_minor == 1_190
    return office, settled, back


def test_the_payment_that_is_named_is_undone_once() -> None:
    office, settled, back = unanswered()
    number = settled.invoices[0]

    for _ in range(2):
        told = answers(office).is_payment(back.movement.id, settled.movement.id)
        assert told.unanswered_minor == 0

    assert office.invoices.show(number).paid_state is PaidState.OPEN
    assert (balance(office, BANK), balance(office, UNMATCHED)) == (0, 0)
    assert_books_hold(office)


def test_a_part_stays_unanswered_where_the_payment_was_smaller() -> None:
    office, (invoice,) = invoiced(6_000)
    first, second = came_in(700, invoice.number), came_in(490, reference="B2")
    read = office.bank_desk.take_in([first, second, reversal(paid(1_190))])
    small, rest, back = (one.movement.id for one in read)

    assert answers(office).is_payment(back, small).unanswered_minor == 490
    assert answers(office).is_payment(back, rest).unanswered_minor == 0
    assert balance(office, BANK) == balance(office, UNMATCHED) == 0
    assert_books_hold(office)


def test_what_is_outside_the_books_is_named_no_more_and_books_nothing() -> None:
    office, _, back = unanswered()
    for _ in range(2):
        told = answers(office).lay_outside(back.movement.id, reason=WHY)
        assert (told.unanswered_minor, told.outside) == (0, WHY)

    assert balance(office, BANK) == 1_190
    assert_books_hold(office)
    with pytest.raises(Conflict, match="said before"):
        answers(office).lay_outside(back.movement.id, reason="Another.")


@pytest.mark.parametrize("by", ["its statement", "a steward"])
def test_its_payment_is_undone_though_it_was_laid_outside(by: str) -> None:
    office, _, back = unanswered()
    answers(office).lay_outside(back.movement.id, reason=WHY)
    taken_back = paid(1_190, reference="B7")
    if by == "a steward":
        taken_back = replace(taken_back, end_to_end="")

    (read,) = office.bank_desk.take_in([taken_back])
    if by == "a steward":
        answers(office).is_payment(back.movement.id, read.movement.id)

    assert (balance(office, BANK), balance(office, UNMATCHED)) == (1_190, 0)
    assert_books_hold(office)


def test_a_return_that_was_never_left_over_is_answered_too() -> None:
    office, settled, _ = unanswered()
    named = return_reference(settled.movement.id)
    (back,) = office.bank_desk.take_in([went_out(5, named)])

    told = answers(office).is_payment(back.movement.id, settled.movement.id)

    assert told.unanswered_minor == 0
    assert office.invoices.show(settled.invoices[0]).open_minor == 5
    assert_books_hold(office)


def test_what_is_no_answer_is_refused_and_changes_nothing() -> None:
    office, settled, back = unanswered()
    rent = replace(went_out(9_900, "RENT", "B8"), text="rent")
    (other,) = office.bank_desk.take_in([rent])
    (empty,) = office.bank_desk.take_in([paid(5, reference="B5")])
    office.bank_desk.take_in([reversal(paid(5, reference="B5"), reference="R5")])
    ours, mine = back.movement.id, settled.movement.id

    for wrong, payment, why in (
        (mine, mine, "takes nothing back"),
        (other.movement.id, mine, "takes nothing back"),
        (ours, other.movement.id, "no payment"),
        (ours, ours, "no payment"),
        (ours, empty.movement.id, "nothing is left of"),
    ):
        with pytest.raises(InvalidValue, match=why):
            answers(office).is_payment(wrong, payment)
    for reason in ("", " ", "x" * 501):
        with pytest.raises(InvalidValue, match="one sentence"):
            answers(office).lay_outside(ours, reason=reason)
    with pytest.raises(NotFound):
        answers(office).is_payment(ours, "mov_x")
    with pytest.raises(InvalidValue, match="takes nothing back"):
        answers(office).lay_outside(other.movement.id, reason=WHY)
    assert office.bank_desk.show(ours).unanswered_minor == 1_190

    answers(office).is_payment(ours, mine)
    with pytest.raises(InvalidValue, match="waits for an answer"):
        answers(office).lay_outside(ours, reason=WHY)
    with pytest.raises(InvalidValue, match="waits for an answer"):
        answers(office).is_payment(ours, empty.movement.id)
    assert_books_hold(office)
