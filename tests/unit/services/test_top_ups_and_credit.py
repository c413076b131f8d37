"""Money paid ahead, paid too much, and taken back: each cent once, in any order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.bank import (
    Direction,
    Movement,
    UsedFor,
    agreement_in,
    top_up_reference,
)
from gateway.billing.invoice import Invoice
from gateway.billing.settlement import PaidState
from gateway.fund.accounts import (
    APPORTIONED,
    BANK,
    INCOME,
    OPERATOR_FEE,
    PAYMENT_FEE,
    RECEIVABLE,
    RESERVE,
    STRIPE,
    UNMATCHED,
    prepaid,
)
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.kernel.ids import spelled
from gateway.kernel.money import Money
from gateway.licensing.agreement import Agreement, Settling
from gateway.services.customer_credit import credits_of
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    AFTER_NOVEMBER,
    DECEMBER,
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
)
from tests.fakes.movements import balance, came_in

PAID_AHEAD = spelled("agr", 7)


def invoiced(*sizes: int) -> tuple[Office, list[Invoice]]:
    """An office with invoices; 6,000 bytes are 1,190 cents with VAT."""
    parties = [a_party(number) for number in range(1, len(sizes) + 1)]
    office = Office(MemoryBooks(), *parties)
    for number, size in enumerate(sizes, start=1):
        office.agree(an_agreement(number))
        office.memory.add_events(an_event(number, size=size, party=number))
    office.billing.run(NOVEMBER)
    return office, list(office.books.invoices.all())


def paying_ahead(**changes: Any) -> tuple[Office, Agreement]:
    agreement = replace(
        an_agreement(settling=Settling.PREPAID), id=PAID_AHEAD, **changes
    )
    office = Office(MemoryBooks(), a_party())
    office.agree(agreement)
    return office, agreement


def by_card(
    minor: int, text: str, *, fee: int = 0, reference: str = "pi_1"
) -> Movement:
    made = came_in(minor, text, reference)
    return replace(made, account="stripe", fee_minor=fee)


def charged_back(
    minor: int, of: str = "pi_1", *, fee: int = 0, reference: str = "dp_1"
) -> Movement:
    made = by_card(minor, "", fee=fee, reference=reference)
    return replace(made, direction=Direction.OUT, end_to_end=of)


def assert_books_hold(office: Office) -> None:
    found = office.audit.run()
    assert found.ok, found
    handed_on = -balance(office, INCOME) - balance(office, PAYMENT_FEE)
    assert balance(office, APPORTIONED) == handed_on


def state(office: Office, invoice: Invoice) -> PaidState | None:
    return office.invoices.show(invoice.number).paid_state


@pytest.mark.parametrize(
    "text",
    [PAID_AHEAD, top_up_reference(PAID_AHEAD), PAID_AHEAD.replace("_", " ").upper()],
    ids=["as shown", "as banks pass it on", "with a space"],
)
def test_a_transfer_that_names_a_prepaid_agreement_is_paid_ahead(text: str) -> None:
    office, agreement = paying_ahead()
    (taken,) = office.bank_desk.take_in([came_in(5_000, f"top-up {text}, thanks")])
    office.bank_desk.take_in([came_in(5_000, f"top-up {text}, thanks")])

    assert [use.used_for for use in taken.uses] == [UsedFor.TOP_UP]
    assert balance(office, prepaid(agreement.id)) == -5_000
    assert (balance(office, BANK), balance(office, UNMATCHED)) == (5_000, 0)
    assert_books_hold(office)


@pytest.mark.parametrize(
    "changes",
    [{"settling": Settling.INVOICED}, {"ends_us": AFTER_NOVEMBER}, {"currency": "USD"}],
    ids=["invoiced", "ended", "of another currency"],
)
def test_money_for_an_agreement_that_takes_none_ahead_waits(
    changes: dict[str, Any],
) -> None:
    office, agreement = paying_ahead(**changes)
    (taken,) = office.bank_desk.take_in([came_in(5_000, agreement.id)])

    assert (taken.uses, taken.left_minor) == ((), 5_000)
    assert balance(office, prepaid(agreement.id)) == 0
    assert_books_hold(office)


def test_a_word_that_only_looks_like_an_agreement_names_none() -> None:
    assert agreement_in(["AGR-2026-0001", "XAGR-" + PAID_AHEAD[4:]]) == ""
    assert agreement_in(["", PAID_AHEAD]) == PAID_AHEAD


def test_a_steward_says_that_money_which_waits_is_paid_ahead() -> None:
    office, agreement = paying_ahead()
    (taken,) = office.bank_desk.take_in([came_in(5_000, "for the archive")])
    office.bank_desk.match(taken.movement.id, [agreement.id])

    assert balance(office, prepaid(agreement.id)) == -5_000
    with pytest.raises(InvalidValue, match="nothing is left"):
        office.bank_desk.match(taken.movement.id, [agreement.id])
    with pytest.raises(NotFound):
        office.bank_desk.match(taken.movement.id, ["agr_unknown"])
    assert_books_hold(office)


def test_a_top_up_beyond_its_currency_or_settling_is_refused_by_hand_too() -> None:
    office, agreement = paying_ahead(settling=Settling.INVOICED)
    (taken,) = office.bank_desk.take_in([came_in(5_000)])
    with pytest.raises(InvalidValue, match="is invoiced"):
        office.bank_desk.match(taken.movement.id, [agreement.id])
    assert_books_hold(office)


def test_what_was_paid_too_much_is_the_buyers_credit_and_settles_the_next() -> None:
    office, (invoice,) = invoiced(6_000)
    (taken,) = office.bank_desk.take_in([came_in(1_500, invoice.number)])
    assert (taken.left_minor, taken.credit_of) == (310, "pty_1")
    (credit,) = credits_of(office.books)
    assert (credit.party_id, credit.left) == ("pty_1", Money(310, "EUR"))

    december = DECEMBER.start_us
    office.memory.add_events(an_event(9, size=2_000, occurred_us=december))
    office.at(DECEMBER)
    office.billing.run(DECEMBER)

    (following,) = [one for one in office.books.invoices.all() if one != invoice]
    view = office.invoices.show(following.number)
    assert view.invoice.gross_minor - view.open_minor == 310
    assert credits_of(office.books) == ()
    assert_books_hold(office)


def test_anothers_credit_settles_nothing_of_mine() -> None:
    office, (mine, theirs) = invoiced(6_000, 6_000)
    office.bank_desk.take_in([came_in(1_500, mine.number)])
    with office.books.together() as books:
        office.bank_desk.settle_from_credit(books, theirs)

    assert state(office, theirs) is PaidState.OPEN
    assert_books_hold(office)


def test_a_second_payment_of_the_same_invoice_is_credit_as_a_whole() -> None:
    office, (invoice,) = invoiced(6_000)
    office.bank_desk.take_in([came_in(1_190, invoice.number)])
    (again,) = office.bank_desk.take_in([by_card(1_190, invoice.number)])

    assert (again.left_minor, again.credit_of) == (1_190, "pty_1")
    assert_books_hold(office)


def test_a_card_payment_lies_at_its_provider_less_the_fee_until_it_is_paid_out() -> (
    None
):
    office, (invoice,) = invoiced(6_000)
    office.bank_desk.take_in([by_card(1_190, invoice.number, fee=43)])

    assert state(office, invoice) is PaidState.PAID
    assert (balance(office, STRIPE), balance(office, BANK)) == (1_147, 0)
    assert balance(office, PAYMENT_FEE) == 43

    (payout,) = office.bank_desk.take_in([came_in(1_147, "STRIPE PAYOUT")])
    office.bank_desk.paid_out(payout.movement.id)

    assert (balance(office, STRIPE), balance(office, BANK)) == (0, 1_147)
    with pytest.raises(InvalidValue, match="nothing is left"):
        office.bank_desk.paid_out(payout.movement.id)
    assert_books_hold(office)


def test_a_chargeback_opens_the_invoice_again_and_the_reserve_bears_it() -> None:
    office, (invoice,) = invoiced(6_000)
    office.bank_desk.take_in([by_card(1_190, invoice.number, fee=43)])
    before, fee = balance(office, RESERVE), -balance(office, OPERATOR_FEE)
    back = charged_back(1_190, fee=1_500)
    office.bank_desk.take_in([back])
    office.bank_desk.take_in([back])

    assert office.invoices.show(invoice.number).open_minor == 1_190
    assert balance(office, RECEIVABLE) == 1_190
    assert balance(office, INCOME) == 0
    assert balance(office, STRIPE) == -43 - 1_500
    assert balance(office, OPERATOR_FEE) == 0
    assert balance(office, RESERVE) == before + 1_000 + 1_500 - fee
    assert_books_hold(office)

    office.bank_desk.take_in([came_in(1_190, invoice.number, "B2")])
    assert state(office, invoice) is PaidState.PAID
    assert balance(office, INCOME) == -1_000
    assert_books_hold(office)


def test_a_part_refund_opens_a_part_and_more_than_was_paid_opens_no_more() -> None:
    office, (invoice,) = invoiced(6_000)
    office.bank_desk.take_in([by_card(1_190, invoice.number)])
    office.bank_desk.take_in([charged_back(200, reference="re_1")])
    assert office.invoices.show(invoice.number).open_minor == 200

    office.bank_desk.take_in([charged_back(5_000, reference="re_2")])
    assert office.invoices.show(invoice.number).open_minor == 1_190
    assert balance(office, INCOME) == 0
    assert_books_hold(office)


def test_a_top_up_charged_back_after_it_was_used_opens_what_was_drawn_from_it() -> None:
    office, agreement = paying_ahead()
    office.bank_desk.take_in([by_card(5_000, agreement.id)])
    office.memory.add_events(replace(an_event(size=5_000), agreement_id=agreement.id))
    office.billing.run(NOVEMBER)
    (invoice,) = office.books.invoices.all()
    assert state(office, invoice) is PaidState.PAID

    office.bank_desk.take_in([charged_back(5_000)])

    assert balance(office, prepaid(agreement.id)) == 0
    assert office.invoices.show(invoice.number).open_minor == invoice.gross_minor
    assert balance(office, STRIPE) == 0
    assert_books_hold(office)


def test_a_bank_that_reverses_a_transfer_opens_the_invoice_again() -> None:
    office, (invoice,) = invoiced(6_000)
    paid = replace(came_in(1_190, invoice.number), end_to_end="E2E-7")
    office.bank_desk.take_in([paid])
    undone = replace(
        paid, reference="B2", direction=Direction.OUT, is_reversal=True, text=""
    )
    office.bank_desk.take_in([undone])

    assert office.invoices.show(invoice.number).open_minor == 1_190
    assert balance(office, BANK) == 0
    assert_books_hold(office)


ARRIVALS = st.tuples(
    st.integers(1, 3_000), st.integers(0, 4), st.booleans(), st.integers(0, 60)
)
BACKS = st.tuples(st.integers(1, 3_000), st.integers(0, 7))


@settings(deadline=None, max_examples=40)
@given(
    arrivals=st.lists(ARRIVALS, min_size=1, max_size=6),
    backs=st.lists(BACKS, max_size=4),
)
def test_over_any_order_of_payments_and_chargebacks_no_cent_is_lost_or_made(
    arrivals: list[tuple[int, int, bool, int]], backs: list[tuple[int, int]]
) -> None:
    office, invoices = invoiced(6_000, 3_000)
    agreement = replace(an_agreement(1, settling=Settling.PREPAID), id=PAID_AHEAD)
    office.books.agreements.add(agreement)
    texts = [*(one.number for one in invoices), PAID_AHEAD, "for the archive", ""]
    came, went = 0, 0
    for number, (minor, which, is_card, most) in enumerate(arrivals):
        fee = min(most, minor)
        made = came_in(minor, texts[which], f"pi_{number}")
        if is_card:
            made = by_card(minor, texts[which], fee=fee, reference=f"pi_{number}")
            came -= fee
        came += minor
        office.bank_desk.take_in([made])
    left = {
        f"pi_{number}": minor
        for number, (minor, _, is_card, _) in enumerate(arrivals)
        if is_card
    }
    for number, (minor, which) in enumerate(backs):
        of = f"pi_{which}"
        part = min(minor, left.get(of, 0))
        if part:
            left[of] -= part
            went += part
            back = charged_back(part, of, reference=f"dp_{number}")
            for _ in range(2):
                office.bank_desk.take_in([back])

    assert balance(office, BANK) + balance(office, STRIPE) == came - went
    for invoice in invoices:
        view = office.invoices.show(invoice.number)
        settled = sum(one.amount_minor for one in view.settlements)
        assert 0 <= settled <= invoice.gross_minor
        assert view.open_minor == invoice.gross_minor - settled
        assert (view.paid_state is PaidState.PAID) == (settled == invoice.gross_minor)
    assert balance(office, prepaid(PAID_AHEAD)) <= 0
    assert_books_hold(office)
