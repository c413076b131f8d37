"""A bank takes back one payment, whole: which one, and nobody else's money."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.bank import Direction, Movement, top_up_reference
from gateway.fund.accounts import (
    BANK,
    DONATION,
    RESERVE,
    UNMATCHED,
    gift,
    prepaid,
)
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.ids import spelled
from gateway.kernel.money import Money
from gateway.licensing.agreement import Settling
from gateway.services.bank_answers import BankAnswers
from gateway.services.gifts import Gifts, Told
from tests.fakes.books import FakeBank, MemoryBooks
from tests.fakes.ledger import NOVEMBER, Office, a_party, an_agreement, an_event
from tests.fakes.movements import balance, came_in

AGREED = spelled("agr", 7)
AHEAD = prepaid(AGREED)
STANDING = "STANDING-ORDER"


class Teller:
    """An office whose customers pay ahead, with one end-to-end reference for all."""

    def __init__(self) -> None:
        self.office = Office(MemoryBooks(), a_party(1), a_party(2))
        prepaying = replace(an_agreement(), id=AGREED, settling=Settling.PREPAID)
        self.office.agree(prepaying)
        self.gifts = Gifts(
            self.office.books,
            receipts=self.office.fund_receipts,
            parties=self.office.parties,
            clock=self.office.clock,
            ids=self.office.ids,
        )

    def reads(self, *movements: Movement) -> None:
        self.office.bank_desk.take_in(movements)

    def left(self, reference: str) -> int:
        return sum(
            one.left_minor or one.unanswered_minor
            for one in self.office.bank_desk.all()
            if one.movement.reference == reference
        )

    def holds(self) -> None:
        found = self.office.audit.run()
        assert found.ok, found


def pays(minor: int, reference: str, text: str = "", **told: str) -> Movement:
    paid = replace(came_in(minor, text, reference), end_to_end=STANDING)
    return replace(paid, **told)  # type: ignore[arg-type]


def ahead(minor: int, reference: str) -> Movement:
    return pays(minor, reference, top_up_reference(AGREED))


def back(paid: Movement, reference: str, minor: int = 0) -> Movement:
    return replace(
        paid,
        reference=reference,
        direction=Direction.OUT,
        is_reversal=True,
        amount=Money(minor or paid.amount.minor, "EUR"),
    )


# ── gifts and donations ──────────────────────────────────────────────────────
@pytest.mark.parametrize("to", ["", "pty_2"])
def test_a_gift_taken_back_is_answered_and_the_next_one_stays(to: str) -> None:
    teller = Teller()
    first, second = pays(1_000, "B1"), pays(1_000, "B2")
    for paid, undone in ((first, back(first, "R1")), (second, None)):
        teller.reads(paid)
        named = teller.office.books.bank.named(paid.account, paid.reference)
        assert named is not None
        told = Told(paid.reference, movement_id=named.id)
        if to:
            teller.gifts.give(paid.amount, told, to_party_id=to)
        else:
            teller.gifts.donate(paid.amount, told)
        if undone:
            teller.reads(undone)

    assert teller.left("R1") == 0
    assert balance(teller.office, BANK) == 1_000
    assert balance(teller.office, gift("pty_2") if to else DONATION) == -1_000
    teller.holds()


def test_the_audit_names_what_the_journal_gave_back_and_no_row_says() -> None:
    teller = Teller()
    paid = pays(1_000, "B1")
    teller.reads(paid)
    named = teller.office.books.bank.named(paid.account, "B1")
    assert named is not None
    teller.gifts.donate(paid.amount, Told("B1", movement_id=named.id))
    teller.reads(back(paid, "R1"))
    teller.holds()

    teller.office.memory.bank.backs = []

    (said,) = teller.office.audit.run().findings["reversals_match"]
    assert said.endswith(
        "undid 0.00 EUR of what came in, the journal gave back 10.00 EUR"
    )


@pytest.mark.parametrize("first", [300, 1_000])
def test_what_is_left_of_a_gift_is_passed_on_and_others_keep_theirs(first: int) -> None:
    teller = Teller()
    desk = teller.office.bank_desk
    mine, theirs = pays(1_000, "B1"), pays(500, "B2", name="Somebody Else")
    (one, other) = desk.take_in([mine, theirs])
    for taken, reference in ((one, "G1"), (other, "G2")):
        told = Told(reference, movement_id=taken.movement.id)
        teller.gifts.give(taken.movement.amount, told, to_party_id="pty_2")
    if first == 1_000:
        teller.gifts.pass_on("G1", reference="OUT-1")
    (undone,) = desk.take_in([back(mine, "R1", first)])
    if undone.unanswered_minor:
        answers = BankAnswers(
            teller.office.books, backs=desk.backs, clock=teller.office.clock
        )
        answers.is_payment(undone.movement.id, one.movement.id)
        teller.gifts.pass_on("G1", reference="OUT-1")
    teller.gifts.pass_on("G2", reference="OUT-2")

    assert balance(teller.office, gift("pty_2")) == 0
    assert balance(teller.office, RESERVE) == (1_000 if first == 1_000 else 0)
    assert balance(teller.office, BANK) == (-1_000 if first == 1_000 else 0)
    teller.holds()


# ── which payment ────────────────────────────────────────────────────────────
@pytest.mark.parametrize("order", ["payments first", "the reversal first"])
def test_of_two_with_one_reference_the_one_of_that_amount_goes(order: str) -> None:
    teller = Teller()
    large, small = ahead(10_000, "B1"), ahead(3_000, "B2")
    read = [large, small, back(large, "R1")]
    for one in read if order == "payments first" else reversed(read):
        teller.reads(one)

    assert (balance(teller.office, AHEAD), teller.left("R1")) == (-3_000, 0)
    teller.holds()


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param({"name": "Somebody Else"}, id="another name"),
        pytest.param({"counterpart": "FR7630006000011234567890189"}, id="account"),
    ],
)
def test_a_waiting_reversal_takes_nothing_from_somebody_else(
    stranger: dict[str, str],
) -> None:
    teller = Teller()
    mine = pays(700, "B1", counterpart="DE02120300000000202051")
    theirs = replace(ahead(700, "B2"), **stranger)  # type: ignore[arg-type]
    teller.reads(back(mine, "R1"))
    teller.reads(theirs)

    assert (balance(teller.office, AHEAD), teller.left("R1")) == (-700, 700)
    teller.reads(mine)
    assert teller.left("R1") == teller.left("B1") == 0
    teller.holds()


def test_nor_from_what_was_paid_a_day_later_or_comes_to_another_amount() -> None:
    teller = Teller()
    gone = pays(700, "B1")
    later = replace(ahead(700, "B2"), booked_us=gone.booked_us + US_PER_DAY)
    teller.reads(back(gone, "R1"), later, ahead(701, "B3"), ahead(699, "B4"))

    assert teller.left("R1") == 700
    assert balance(teller.office, AHEAD) == -2_100
    teller.holds()


def test_an_account_is_the_same_however_it_is_spaced_and_outweighs_a_name() -> None:
    teller = Teller()
    paid = pays(700, "B1", counterpart="DE02 1203 0000 0000 2020 51")
    spelled_so = replace(paid, name="COMPANY 1", counterpart="de02120300000000202051")
    teller.reads(paid, back(spelled_so, "R1"))

    assert teller.left("R1") == balance(teller.office, BANK) == 0
    teller.holds()


def test_what_one_reversal_undid_in_part_is_not_sought_with_the_next_payer() -> None:
    teller = Teller()
    first, second = ahead(700, "B1"), ahead(700, "B2")
    teller.reads(first)
    teller.office.bank_desk.take_in([back(first, "R1"), back(first, "R2")])
    assert teller.left("R2") == 700

    teller.reads(second)

    assert (teller.left("R2"), balance(teller.office, BANK)) == (0, 0)
    teller.holds()


class CountingBank(FakeBank):
    """Counts the movements it hands out to whoever looks for others."""

    def __init__(self) -> None:
        super().__init__()
        self.handed_out = [0]

    def called(self, account: str, end_to_end: str) -> tuple[Movement, ...]:
        return self._counted(super().called(account, end_to_end))

    def waiting(self) -> tuple[Movement, ...]:
        return self._counted(super().waiting())

    def all(self) -> tuple[Movement, ...]:
        return self._counted(super().all())

    def _counted(self, found: tuple[Movement, ...]) -> tuple[Movement, ...]:
        self.handed_out[0] += len(found)
        return found


def test_an_import_looks_at_no_other_movement_than_those_of_one_reference() -> None:
    teller = Teller()
    teller.office.memory.bank = bank = CountingBank()
    paid = [replace(pays(5, f"B{n}"), end_to_end=f"E{n}") for n in range(40)]
    teller.reads(*(back(each, f"R-{each.reference}") for each in paid[:20]), *paid)

    # Each finds itself; 20 of them the other of their pair, from both sides.
    assert bank.handed_out[0] <= len(paid) + 3 * 20
    assert len(teller.office.bank_desk.all()) == 60


# ── any order, any number ────────────────────────────────────────────────────
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_any_top_ups_and_reversals_import_to_the_end_in_any_order(
    data: st.DataObject,
) -> None:
    amounts = data.draw(st.lists(st.sampled_from([500, 700, 1_190]), max_size=4))
    paid = [ahead(minor, f"B{n}") for n, minor in enumerate(amounts)]
    undone = [n for n in range(len(paid)) if data.draw(st.booleans())]
    told = [*paid, *(back(paid[n], f"R{n}") for n in undone)]
    used = data.draw(st.integers(0, 9_000))

    teller = Teller()
    event = replace(an_event(1, size=used), agreement_id=AGREED)
    teller.office.memory.add_events(event)
    order = data.draw(st.permutations(told))
    billed = data.draw(st.integers(0, len(order)))
    for number, movement in enumerate(order):
        if number == billed:
            teller.office.billing.run(NOVEMBER)
        teller.reads(movement)
        teller.reads(*order[: number + 1])

    stays = sum(amounts) - sum(amounts[n] for n in undone)
    assert balance(teller.office, BANK) == stays
    assert balance(teller.office, UNMATCHED) == 0
    assert all(one.unanswered_minor == 0 for one in teller.office.bank_desk.all())
    teller.holds()


def test_two_top_ups_used_on_one_invoice_are_both_taken_back() -> None:
    teller = Teller()
    first, second = ahead(600, "B1"), ahead(600, "B2")
    teller.reads(first, second)
    event = replace(an_event(1, size=6_000), agreement_id=AGREED)
    teller.office.memory.add_events(event)
    (invoice,) = teller.office.billing.run(NOVEMBER).invoices
    assert teller.office.invoices.show(invoice.number).open_minor == 0

    teller.reads(back(first, "R1"), back(second, "R2"))

    assert teller.office.invoices.show(invoice.number).open_minor == 1_190
    assert (balance(teller.office, AHEAD), balance(teller.office, BANK)) == (0, 0)
    teller.holds()
