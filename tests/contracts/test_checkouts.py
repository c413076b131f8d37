"""What checkouts and what was taken back promise, in memory and in SQLite."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database as Tables

from gateway.billing.bank import Direction, Movement, TakenBack, Undone, Use, UsedFor
from gateway.billing.card import Heard
from gateway.billing.checkout import Checkout, CheckoutState
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.money import Money
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.migrations.bank import m001_movements
from gateway.storage.sqlite.migrations.bank import migrations as bank
from tests.fakes.books import MemoryBooks

AnyBooks = MemoryBooks | StoredBooks
ASKED = Checkout("chk_1", "INV-2026-0001", Money(1_190, "EUR"), 1, 100)
EVENT = Heard("stripe", "evt_1", "checkout.session.completed", "a" * 64, None)
CAME = Movement("stripe", "pi_1", Money(1_190, "EUR"), Direction.IN, 5, id="mov_1")
WENT = replace(CAME, reference="re_1", direction=Direction.OUT, id="mov_2")


def test_a_checkout_reads_as_it_was_kept_and_as_it_stands_now(books: AnyBooks) -> None:
    books.checkouts.add(ASKED)
    assert books.checkouts.find("chk_1") == ASKED
    assert books.checkouts.find("chk_9") is None

    opened = ASKED.now(CheckoutState.OPEN, session="cs_1", url="https://pay.example")
    books.checkouts.put(opened, at_us=2)

    assert books.checkouts.live(ASKED.target) == (opened,)
    assert books.checkouts.live("INV-2026-0002") == ()
    assert books.checkouts.live() == books.checkouts.all() == (opened,)


def test_one_checkout_lives_for_a_target_and_another_once_it_ended(
    books: AnyBooks,
) -> None:
    books.checkouts.add(ASKED)
    second = replace(ASKED, id="chk_2")
    with pytest.raises(Conflict):
        books.checkouts.add(second)
    books.checkouts.add(replace(ASKED, id="chk_3", target="INV-2026-0002"))

    books.checkouts.put(ASKED.now(CheckoutState.EXPIRED), at_us=2)
    books.checkouts.add(second)
    assert [one.id for one in books.checkouts.live()] == ["chk_2", "chk_3"]


def test_what_ended_comes_back_only_by_being_paid(books: AnyBooks) -> None:
    books.checkouts.add(ASKED)
    books.checkouts.put(replace(ASKED, state=CheckoutState.EXPIRED), at_us=2)
    with pytest.raises(Conflict):
        books.checkouts.put(replace(ASKED, state=CheckoutState.OPEN), at_us=3)

    books.checkouts.put(replace(ASKED, state=CheckoutState.PAID), at_us=4)
    with pytest.raises(Conflict):
        books.checkouts.put(replace(ASKED, state=CheckoutState.EXPIRED), at_us=5)


def test_an_event_counts_once_for_each_provider(books: AnyBooks) -> None:
    assert books.checkouts.hear(EVENT, at_us=1)
    assert not books.checkouts.hear(replace(EVENT, sha256="b" * 64), at_us=2)
    assert books.checkouts.hear(replace(EVENT, provider="other"), at_us=3)
    assert books.checkouts.has_heard("stripe", "evt_1")
    assert not books.checkouts.has_heard("stripe", "evt_2")


def test_what_came_in_is_taken_back_once(books: AnyBooks) -> None:
    books.bank.add(CAME)
    books.bank.add(WENT)
    part = TakenBack("mov_2", "mov_1", Undone.PAYMENT, "pay_1", "inv_1", 1_000)
    books.bank.take_back(part)
    with pytest.raises(Conflict):
        books.bank.take_back(replace(part, amount_minor=191))
    with pytest.raises(Conflict):
        books.bank.take_back(replace(part, back_id="mov_1", amount_minor=1))
    with pytest.raises(Conflict):
        books.bank.take_back(replace(part, movement_id="mov_9", amount_minor=1))
    drawn = replace(part, kind=Undone.DRAW, ref="pay_2", invoice_id="inv_2")
    books.bank.take_back(drawn)

    assert books.bank.taken_back_of("mov_1") == (part, drawn)
    assert books.bank.taken_back_on("inv_2") == (drawn,)
    assert books.bank.taken_back_on("inv_9") == ()


def test_what_waits_is_what_came_in_and_has_something_left(books: AnyBooks) -> None:
    later = replace(CAME, id="mov_3", reference="pi_3", booked_us=1)
    for movement in (CAME, WENT, later):
        books.bank.add(movement)
    assert books.bank.waiting() == (later, CAME)

    books.bank.use(Use("mov_1", UsedFor.TOP_UP, "agr_1/mov_1", 1_190))
    books.bank.use(Use("mov_3", UsedFor.PAYOUT, "mov_3", 1_189))
    assert books.bank.waiting() == (later,)


def test_movements_of_before_keep_their_uses() -> None:
    tables = Tables(memory=True)
    m001_movements(tables)
    tables.execute(
        "INSERT INTO bank_movement VALUES ('mov_1', 'DE1', 'B1', 'EUR', 100, 'in', 0,"
        " 5, '', '', '', '', '')"
    )
    tables.execute("INSERT INTO bank_use VALUES ('mov_1', 1, 'payment', 'pay_1', 60)")
    for step in bank.pending(tables):
        if step.name != "m001_movements":
            step.fn(tables)

    uses = list(tables.query("SELECT ref, amount_minor FROM bank_use"))
    assert uses == [{"ref": "pay_1", "amount_minor": 60}]
    (movement,) = tables.query("SELECT fee_minor FROM bank_movement")
    assert movement == {"fee_minor": 0}
    tables.close()


@pytest.mark.parametrize(
    "changes",
    [{"amount": Money(0, "EUR")}, {"expires_us": 1}],
    ids=["nothing", "over at once"],
)
def test_an_impossible_checkout_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        replace(ASKED, **changes)


@given(st.lists(st.sampled_from(CheckoutState)))
def test_paid_is_the_end_in_whatever_order_it_is_heard(
    heard: list[CheckoutState],
) -> None:
    now = ASKED
    for state in heard:
        now = now.now(state)
    assert (now.state is CheckoutState.PAID) == (CheckoutState.PAID in heard)
