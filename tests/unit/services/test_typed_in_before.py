"""What a steward typed in and a bank reports later counts once, in whatever order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.billing.bank import Movement, UsedFor
from gateway.fund.accounts import BANK, DONATION, UNMATCHED, gift
from gateway.fund.bookings import topped_up
from gateway.kernel.money import Money
from gateway.services.bookkeeping import book
from gateway.services.gifts import Told
from tests.fakes.ledger import AFTER_NOVEMBER
from tests.fakes.movements import balance
from tests.unit.services.test_bank_desk import invoiced
from tests.unit.services.test_true_pairs import AGREED, AHEAD, Teller, back, pays

ANOTHER = "DE02120300000000202051"


def on_another_account(movement: Movement) -> Movement:
    return replace(movement, account=ANOTHER)


def typed_in(teller: Teller, minor: int, currency: str = "EUR") -> None:
    with teller.office.books.together() as books:
        book(
            books,
            teller.office.ids,
            topped_up(AGREED, minor),
            key="top-up:B1",
            kind="top-up",
            ref=AGREED,
            currency=currency,
            at_us=AFTER_NOVEMBER,
        )


def test_two_banks_may_call_two_payments_alike() -> None:
    office, (invoice,) = invoiced(6_000)
    office.payments.record(Money(1_190, "EUR"), [invoice.number], reference="B1")
    paid = pays(1_190, "B1")

    office.bank_desk.take_in([paid, on_another_account(paid)])

    assert balance(office, BANK) == 2 * 1_190
    assert balance(office, UNMATCHED) == -1_190
    assert office.audit.run().ok


def test_and_two_top_ups() -> None:
    teller = Teller()
    typed_in(teller, 500)
    teller.reads(pays(500, "B1"), on_another_account(pays(500, "B1")))

    assert balance(teller.office, AHEAD) == balance(teller.office, UNMATCHED) == -500
    teller.holds()


def test_a_top_up_in_another_currency_is_another_one() -> None:
    teller = Teller()
    typed_in(teller, 500, "USD")
    teller.reads(pays(500, "B1"))

    assert balance(teller.office, UNMATCHED) == -500
    assert teller.office.books.journal.balance(AHEAD, "USD") == -500
    teller.holds()


@pytest.mark.parametrize("to", ["", "pty_2"])
def test_a_gift_is_recognised_by_its_reference_and_taken_back_whole(to: str) -> None:
    teller = Teller()
    paid = pays(1_000, "B1")
    if to:
        teller.gifts.give(paid.amount, Told("B1"), to_party_id=to)
    else:
        teller.gifts.donate(paid.amount, Told("B1"))
    teller.reads(paid, on_another_account(paid))

    account = gift("pty_2") if to else DONATION
    first, other = teller.office.bank_desk.all()
    expected = UsedFor.GIFT if to else UsedFor.DONATION
    assert [use.used_for for use in (*first.uses, *other.uses)] == [expected]
    assert balance(teller.office, BANK) == 2_000
    assert balance(teller.office, account) == balance(teller.office, UNMATCHED)

    teller.reads(back(paid, "R1"))

    assert (balance(teller.office, BANK), balance(teller.office, account)) == (1_000, 0)
    teller.holds()


def test_a_gift_of_another_amount_waits_for_a_steward() -> None:
    teller = Teller()
    teller.gifts.donate(Money(999, "EUR"), Told("B1"))
    teller.reads(pays(1_000, "B1"))

    assert teller.left("B1") == 1_000
    teller.holds()
