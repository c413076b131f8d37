"""Where payments, credit notes, disputes and what is taken back meet."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.bank import Direction, Movement
from gateway.billing.invoice import Invoice
from gateway.billing.settlement import PaidState
from gateway.fund.accounts import DEFERRED, INCOME, RECEIVABLE
from gateway.kernel.money import Money
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    AFTER_NOVEMBER,
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
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
