"""Where payments, credit notes, disputes and what is taken back meet."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.bank import Direction, Movement, return_reference
from gateway.billing.invoice import Invoice
from gateway.billing.settlement import PaidState, SettledBy
from gateway.fund.accounts import BANK, DEFERRED, INCOME, RECEIVABLE, STRIPE, prepaid
from gateway.fund.prepaid_statement import MoveKind, moves_of
from gateway.kernel.errors import Conflict
from gateway.kernel.money import Money
from gateway.kernel.period import Period
from gateway.licensing.agreement import Settling
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    AFTER_NOVEMBER,
    DECEMBER,
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
    top_up,
)

DAY_S = 86_400


def invoiced() -> tuple[Office, Invoice]:
    """An office with one invoice: two lines, 1,190 cents with VAT."""
    office = Office(MemoryBooks(), a_party())
    office.agree(an_agreement())
    office.memory.add_events(an_event(size=6_000))
    office.billing.run(NOVEMBER)
    (invoice,) = office.books.invoices.all()
    return office, invoice


def by_card(minor: int, text: str, reference: str = "pi_1") -> Movement:
    return Movement(
        account="stripe",
        reference=reference,
        amount=Money(minor, "EUR"),
        direction=Direction.IN,
        booked_us=AFTER_NOVEMBER,
        text=text,
    )


def charged_back(minor: int, reference: str = "dp_1") -> Movement:
    made = by_card(minor, "", reference)
    return replace(made, direction=Direction.OUT, end_to_end="pi_1")


def balance(office: Office, account: str) -> int:
    return office.books.journal.balance(account, "EUR")


def test_an_invoice_whose_payment_is_taken_back_is_asked_for_again() -> None:
    office, invoice = invoiced()
    office.bank_desk.take_in([by_card(1_190, invoice.number)])
    assert office.invoices.show(invoice.number).paid_state is PaidState.PAID

    office.bank_desk.take_in([charged_back(1_190)])
    view = office.invoices.show(invoice.number)
    assert (view.open_minor, view.paid_state) == (1_190, PaidState.OPEN)

    office.clock.forward(s=31 * DAY_S)
    view = office.invoices.show(invoice.number)
    assert view.paid_state is PaidState.OVERDUE
    assert view.arrears
    assert view.arrears.overdue_minor == 1_190


def test_a_refund_of_what_was_credited_before_leaves_no_income_deferred() -> None:
    office, invoice = invoiced()
    office.bank_desk.take_in([by_card(1_190, invoice.number)])
    position = next(line.position for line in invoice.lines if line.net_minor > 400)
    office.invoices.credit(invoice.number, reason="one day", wanted={position: 400})
    assert balance(office, INCOME) == -600

    office.bank_desk.take_in([charged_back(476)])

    assert office.invoices.show(invoice.number).open_minor == 0
    assert (balance(office, INCOME), balance(office, DEFERRED)) == (-600, 0)


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(("pay", "credit", "back")),
            st.sampled_from((1, 119, 200, 476, 500, 1_190, 1_300)),
        ),
        max_size=7,
    )
)
def test_income_is_what_is_paid_of_what_stands_in_any_order(
    steps: list[tuple[str, int]],
) -> None:
    office, invoice = invoiced()
    position = max(invoice.lines, key=lambda line: line.net_minor).position
    for number, (step, minor) in enumerate(steps):
        if step == "pay":
            movement = by_card(minor, invoice.number, f"pi_{number}")
            office.bank_desk.take_in([movement])
        elif step == "back":
            office.bank_desk.take_in(
                [replace(charged_back(minor, f"dp_{number}"), end_to_end="pi_0")]
            )
        else:
            left = office.books.invoices.notes_on(invoice.id)
            rest = 1_000 - sum(note.net_minor for note in left)
            if rest:
                wanted = {position: min(minor, rest)}
                office.invoices.credit(invoice.number, reason="a", wanted=wanted)
    open_minor = office.invoices.show(invoice.number).open_minor
    deferred = -balance(office, DEFERRED)

    assert office.audit.run().ok
    assert balance(office, RECEIVABLE) == open_minor
    assert (deferred == 0) if open_minor <= 0 else (0 <= deferred <= open_minor)


# What was paid and then credited is the buyer's


def transferred(minor: int, text: str, reference: str = "B1") -> Movement:
    made = by_card(minor, text, reference)
    return replace(made, account="DE75512108001245126199")


def sent_back(minor: int, movement_id: str) -> Movement:
    made = transferred(minor, "", "B9")
    reference = return_reference(movement_id)
    return replace(made, direction=Direction.OUT, end_to_end=reference)


def used_in_december(office: Office, size: int = 6_000) -> Invoice:
    """Another invoice of the same buyer: all of it above the free bracket."""
    event = an_event(2, size=size)
    office.memory.add_events(replace(event, occurred_us=DECEMBER.start_us + 1))
    office.at(DECEMBER)
    (invoice,) = office.billing.run(DECEMBER).invoices
    return invoice


def credited_after_paying() -> tuple[Office, Invoice, Movement]:
    office, invoice = invoiced()
    (taken,) = office.bank_desk.take_in([by_card(1_190, invoice.number)])
    office.invoices.credit(invoice.number, reason="counted twice")
    return office, invoice, taken.movement


def test_what_was_paid_and_credited_settles_the_next_invoice() -> None:
    office, earlier, _ = credited_after_paying()
    invoice = used_in_december(office)

    assert office.invoices.show(earlier.number).open_minor == 0
    view = office.invoices.show(invoice.number)
    assert view.open_minor == invoice.gross_minor - 1_190
    assert [each.by for each in view.settlements] == [SettledBy.CREDIT]
    assert office.audit.run().ok


def test_another_buyers_invoice_is_not_settled_from_it() -> None:
    office, invoice = invoiced()
    office.bank_desk.take_in([by_card(1_190, invoice.number)])
    office.invoices.credit(invoice.number, reason="counted twice")
    stranger = replace(invoice, id="inv_x", buyer=replace(invoice.buyer, party_id="x"))
    with office.books.together() as books:
        office.bank_desk.settle_from_credit(books, stranger)

    assert office.invoices.show(invoice.number).open_minor == -1_190


def test_it_goes_back_to_the_bank_it_came_from_once() -> None:
    office, invoice = invoiced()
    (taken,) = office.bank_desk.take_in([transferred(1_500, invoice.number)])
    office.invoices.credit(invoice.number, reason="counted twice")
    office.bank_desk.take_in([sent_back(1_500, taken.movement.id)])

    assert office.invoices.show(invoice.number).open_minor == 0
    assert balance(office, BANK) == 0
    assert (balance(office, INCOME), balance(office, DEFERRED)) == (0, 0)
    assert office.audit.run().ok


def test_more_than_was_credited_does_not_go_back_in_the_books() -> None:
    office, invoice = invoiced()
    (taken,) = office.bank_desk.take_in([transferred(1_190, invoice.number)])
    (line, *_) = [one for one in invoice.lines if one.net_minor]
    office.invoices.credit(invoice.number, reason="x", wanted={line.position: 100})
    office.bank_desk.take_in([sent_back(120, taken.movement.id)])

    assert office.invoices.show(invoice.number).open_minor == -119
    assert balance(office, BANK) == 1_190


def test_a_credit_note_on_what_was_drawn_is_paid_ahead_again() -> None:
    agreement = an_agreement(settling=Settling.PREPAID)
    office = Office(MemoryBooks(), a_party())
    office.agree(agreement)
    top_up(office, 2_000)
    office.memory.add_events(an_event(size=6_000))
    (invoice,) = office.billing.run(NOVEMBER).invoices
    before = -balance(office, prepaid(agreement.id))
    note = office.invoices.credit(invoice.number, reason="counted twice")

    assert -balance(office, prepaid(agreement.id)) == before + note.gross_minor == 2_000
    assert office.invoices.show(invoice.number).open_minor == 0
    moves = moves_of(
        office.books.journal.entries(),
        agreement.id,
        Period(0, DECEMBER.end_us),
        currency="EUR",
        invoice_of=lambda _: None,
    )
    last = moves[-1]
    assert (last.kind, last.reference) == (MoveKind.OTHER, note.number)
    assert office.audit.run().ok


def test_a_chargeback_of_it_opens_the_invoice_that_it_went_on_to_settle() -> None:
    office, earlier, _ = credited_after_paying()
    invoice = used_in_december(office)
    office.bank_desk.take_in([charged_back(1_190)])

    assert office.invoices.show(earlier.number).open_minor == 0
    assert office.invoices.show(invoice.number).open_minor == invoice.gross_minor
    assert (balance(office, INCOME), balance(office, STRIPE)) == (0, 0)
    assert office.audit.run().ok


@settings(max_examples=40, deadline=None)
@given(
    credited=st.integers(1, 1_000),
    parts=st.lists(st.integers(1, 1_000), max_size=3),
    size=st.sampled_from((500, 6_000)),
)
def test_a_card_can_take_back_all_it_brought_whatever_it_settled(
    credited: int, parts: list[int], size: int
) -> None:
    office, earlier = invoiced()
    office.bank_desk.take_in([by_card(1_190, earlier.number)])
    position = max(earlier.lines, key=lambda line: line.net_minor).position
    office.invoices.credit(earlier.number, reason="x", wanted={position: credited})
    later = used_in_december(office, size)
    taken = 0
    for number, wanted in enumerate([*parts, 1_190]):
        part = min(wanted, 1_190 - taken)
        if part:
            office.bank_desk.take_in([charged_back(part, f"dp_{number}")])
        taken += part
        assert office.audit.run().ok
    views = [office.invoices.show(each.number) for each in (earlier, later)]
    owed = [1_190 - earlier_credit(office, earlier), later.gross_minor]

    assert [view.open_minor for view in views] == owed
    assert (balance(office, INCOME), balance(office, STRIPE)) == (0, 0)
    assert -balance(office, DEFERRED) == 1_000 - credited + later.net_minor


def earlier_credit(office: Office, invoice: Invoice) -> int:
    """What credit notes gave back of an invoice."""
    notes = office.books.invoices.notes_on(invoice.id)
    return sum(note.gross_minor for note in notes)


def test_what_a_statement_brought_is_not_typed_in_again() -> None:
    office, invoice = invoiced()
    office.bank_desk.take_in([transferred(1_190, "no number", "B1")])
    with pytest.raises(Conflict, match="payment match"):
        office.payments.record(Money(1_190, "EUR"), [invoice.number], reference="B1")
    assert balance(office, BANK) == 1_190

    office.payments.record(Money(1_190, "EUR"), [invoice.number], reference="B2")
    assert balance(office, BANK) == 2_380
