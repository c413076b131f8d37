"""Money paid ahead goes where its agreement goes; no cent is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.bank import Direction, Movement, top_up_reference
from gateway.billing.invoice import Invoice, LineKind, Status
from gateway.fund.accounts import RESERVE, payable, prepaid
from gateway.fund.bookings import moved_ahead
from gateway.fund.payout import Payout
from gateway.fund.prepaid_statement import MoveKind
from gateway.identity.party import Party
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.evidence import Level
from gateway.kernel.ids import spelled
from gateway.kernel.money import Money
from gateway.kernel.period import month
from gateway.licensing.agreement import Agreement, Settling
from gateway.services.agreements import Agreements
from gateway.services.bank_answers import BankAnswers
from gateway.services.bookkeeping import book
from gateway.services.paid_ahead import PaidAhead
from gateway.services.prepaid_statements import PrepaidStatements
from gateway.services.refunds import Refunds
from tests.fakes.books import FakeParties, MemoryBooks
from tests.fakes.ledger import (
    DECEMBER,
    IN_NOVEMBER,
    NOVEMBER,
    SELF,
    Office,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
)
from tests.fakes.movements import balance, came_in

OLD = spelled("agr", 7)
RENEWED_US = NOVEMBER.start_us + 10 * 86_400_000_000
JANUARY = month(2027, 1)


class Register:
    """Parties that are found, or not."""

    def __init__(self, parties: FakeParties) -> None:
        self.parties = parties

    def show(self, reference: str) -> Party:
        party = self.parties.find_party(reference)
        if party is None:
            raise NotFound("no such party")
        return party


class Renewal:
    """An office, a prepaid agreement, and the day on which it is renewed."""

    def __init__(self, *, unbilled_minor: int = 0) -> None:
        self.office = Office(
            MemoryBooks(), a_party(level=Level.CLAIMED), now_us=RENEWED_US
        )
        self.old = replace(an_agreement(settling=Settling.PREPAID), id=OLD)
        self.office.agree(self.old)
        self.agreements = Agreements(
            self.office.books,
            parties=Register(self.office.parties),
            unbilled=lambda _: unbilled_minor,
            clock=self.office.clock,
            ids=self.office.ids,
        )

    def pay(self, minor: int, name: str, reference: str) -> Movement:
        text = top_up_reference(name)
        moved = replace(came_in(minor, text, reference), end_to_end=f"E-{reference}")
        moved = replace(moved, booked_us=self.office.clock.now_us())
        return self.office.bank_desk.take_in([moved])[0].movement

    def reverse(self, paid: Movement, minor: int) -> None:
        back = replace(
            paid,
            id="",
            reference=f"R-{paid.reference}",
            direction=Direction.OUT,
            is_reversal=True,
            text="",
            amount=Money(minor, "EUR"),
            booked_us=self.office.clock.now_us(),
        )
        (taken,) = self.office.bank_desk.take_in([back])
        if taken.unanswered_minor:  # a part: a bank says no more of it
            desk = self.office.bank_desk
            answers = BankAnswers(
                self.office.books, backs=desk.backs, clock=self.office.clock
            )
            taken = answers.is_payment(taken.movement.id, paid.id)
        assert taken.unanswered_minor == 0

    def use(self, size: int, name: str, number: int, occurred_us: int) -> None:
        event = an_event(number, size=size, occurred_us=occurred_us)
        self.office.memory.add_events(replace(event, agreement_id=name))

    def renew(self) -> Agreement:
        self.office.parties.known["pty_1"] = a_party(level=Level.VERIFIED)
        return self.agreements.renew(OLD)

    def held(self, agreement_id: str) -> int:
        return -balance(self.office, prepaid(agreement_id))

    def holds(self) -> None:
        found = self.office.audit.run()
        assert found.ok, found


def waived(invoices: tuple[Invoice, ...]) -> int:
    return -sum(
        line.net_minor
        for one in invoices
        for line in one.lines
        if line.kind is LineKind.WAIVER
    )


def test_a_renewal_takes_along_what_no_use_needs() -> None:
    told = Renewal(unbilled_minor=1_190)
    told.pay(5_000, OLD, "B1")

    new = told.renew()

    assert new.settling is Settling.INVOICED
    assert (told.held(OLD), told.held(new.id)) == (1_190, 3_810)
    told.holds()


def test_what_the_last_invoice_leaves_follows_and_the_statements_say_so() -> None:
    told = Renewal(unbilled_minor=2_000)
    told.pay(5_000, OLD, "B1")
    told.use(6_000, OLD, 1, IN_NOVEMBER)
    new = told.renew()
    told.office.at(NOVEMBER)

    (invoice,) = told.office.billing.run(NOVEMBER).invoices

    assert told.office.invoices.show(invoice.number).open_minor == 0
    left = 5_000 - invoice.gross_minor
    assert (told.held(OLD), told.held(new.id)) == (0, left)
    told.office.at(DECEMBER)
    desk = PrepaidStatements(
        told.office.books,
        parties=told.office.parties,
        seller=SELF,
        letterhead=told.office.letterhead,
        clock=told.office.clock,
    )
    before, after = (desk.statement(OLD, one) for one in (NOVEMBER, DECEMBER))
    assert [one.kind for one in before.moves] == [MoveKind.TOP_UP, MoveKind.MOVED]
    assert [one.kind for one in after.moves] == [MoveKind.USE, MoveKind.MOVED]
    assert after.closing_minor == 0
    assert {one.reference for one in (before.moves[-1], after.moves[-1])} == {new.id}
    arrived = desk.statement(new.id, NOVEMBER).moves
    assert [(one.kind, one.amount_minor, one.reference) for one in arrived] == [
        (MoveKind.MOVED, 3_000, OLD)
    ]
    assert desk.statement(new.id, DECEMBER).closing_minor == left
    told.holds()


def test_use_that_costs_more_than_was_kept_is_not_waived_while_money_is_there() -> None:
    told = Renewal(unbilled_minor=0)
    told.pay(5_000, OLD, "B1")
    told.use(6_000, OLD, 1, IN_NOVEMBER)
    new = told.renew()
    assert (told.held(OLD), told.held(new.id)) == (0, 5_000)
    told.office.at(NOVEMBER)

    found = told.office.billing.run(NOVEMBER).invoices

    assert waived(found) == 0
    assert told.held(new.id) == 5_000 - found[0].gross_minor
    told.holds()


def test_newer_terms_take_a_prepaid_balance_along_too() -> None:
    told = Renewal()
    told.pay(5_000, OLD, "B1")
    later = replace(told.old, id="agr_next", starts_us=RENEWED_US, tariff_version=2)
    with told.office.books.together() as books:
        books.agreements.end(OLD, at_us=RENEWED_US)
        books.agreements.add(later)

    told.pay(700, OLD, "B2")  # whoever pays still writes the reference of before

    assert told.held(later.id) == 700
    with pytest.raises(Conflict, match="agr_next stands in its place"):
        told.agreements.top_up(OLD, Money(100, "EUR"), reference="4711")


def test_a_top_up_by_hand_goes_to_no_agreement_that_simply_ended() -> None:
    told = Renewal()
    told.agreements.end(OLD)

    assert told.agreements.top_up(OLD, Money(100, "EUR"), reference="4711") == 100
    told.holds()


def test_a_top_up_that_went_on_and_was_used_there_is_taken_back_from_there() -> None:
    told = Renewal()
    paid = told.pay(5_000, OLD, "B1")
    new = told.renew()
    told.use(6_000, new.id, 1, RENEWED_US + 1)
    told.office.at(NOVEMBER)
    (invoice,) = told.office.billing.run(NOVEMBER).invoices
    assert told.office.invoices.show(invoice.number).open_minor == 0

    told.reverse(paid, 5_000)

    assert told.office.invoices.show(invoice.number).open_minor == invoice.gross_minor
    assert (told.held(OLD), told.held(new.id)) == (0, 0)
    told.holds()


def test_money_matched_to_a_former_agreement_moves_no_more_than_itself() -> None:
    told = Renewal(unbilled_minor=1_190)
    told.pay(5_000, OLD, "B1")
    new = told.renew()
    late = replace(came_in(10, "for then", "B7"), booked_us=RENEWED_US)
    (waiting,) = told.office.bank_desk.take_in([late])

    told.office.bank_desk.match(waiting.movement.id, [OLD])

    assert (told.held(OLD), told.held(new.id)) == (1_190, 3_820)
    told.holds()


def test_what_is_drawn_too_much_moves_on_and_what_was_kept_stays() -> None:
    told = Renewal(unbilled_minor=1_000)
    told.use(6_000, OLD, 1, IN_NOVEMBER)
    told.pay(5_000, OLD, "B1")
    told.office.at(NOVEMBER)
    (invoice,) = told.office.billing.run(NOVEMBER).invoices
    new = told.renew()
    assert told.held(OLD) == 1_000

    told.office.invoices.credit(invoice.id, reason="The files were damaged.")

    assert (told.held(OLD), told.held(new.id)) == (1_000, 4_000)
    told.holds()


class InDollars(Renewal):
    """Its terms went on in another currency; what was paid ahead did not."""

    def __init__(self) -> None:
        super().__init__()
        self.paid = self.pay(5_000, OLD, "B1")
        self.later = replace(
            self.old, id="agr_next", starts_us=RENEWED_US, currency="USD"
        )
        with self.office.books.together() as books:
            books.agreements.end(OLD, at_us=RENEWED_US)
            books.agreements.add(self.later)
        self.waiting: list[str] = []

    def refund(self, agreement_id: str) -> tuple[Money, ...]:
        refunds = Refunds(
            self.office.books,
            waiting=lambda _: self.waiting,
            clock=self.office.clock,
            ids=self.office.ids,
        )
        return refunds.refund(agreement_id)

    def owed(self) -> int:
        return -balance(self.office, payable("pty_1"))


def test_what_was_paid_ahead_in_another_currency_stays_until_it_is_refunded() -> None:
    told = InDollars()
    told.pay(700, OLD, "B2")  # waits for a steward: nothing takes euros ahead now
    told.use(6_000, OLD, 1, IN_NOVEMBER)
    told.waiting = ["usage"]
    with pytest.raises(Conflict, match="not invoiced"):
        told.refund(OLD)
    told.office.at(NOVEMBER)
    (invoice,) = told.office.billing.run(NOVEMBER).invoices
    left = 5_000 - invoice.gross_minor
    assert (told.held(OLD), told.held("agr_next")) == (left, 0)
    told.waiting = []

    assert told.refund(OLD) == (Money(left, "EUR"),)

    assert (told.held(OLD), told.owed()) == (0, left)
    with pytest.raises(InvalidValue, match="nothing that was paid ahead"):
        told.refund(OLD)
    with pytest.raises(NotFound):
        told.refund("agr_x")
    told.holds()


def test_what_is_in_force_keeps_its_own_and_gives_back_what_is_foreign_to_it() -> None:
    told = InDollars()
    with told.office.books.together() as books:
        book(
            books,
            told.office.ids,
            moved_ahead(OLD, "agr_next", 300),  # as it was done before
            key="ahead-moved:of-before",
            kind="ahead-moved",
            ref="agr_next",
            currency="EUR",
            at_us=RENEWED_US,
        )
    told.pay(700, OLD, "B2")

    assert told.refund("agr_next") == (Money(300, "EUR"),)
    told.agreements.end("agr_next")
    assert told.refund(OLD) == (Money(4_700, "EUR"),)
    assert told.owed() == 5_000
    told.holds()


def test_an_agreement_in_force_is_refunded_nothing_it_may_draw() -> None:
    told = Renewal()
    told.pay(5_000, OLD, "B1")
    refunds = Refunds(
        told.office.books,
        waiting=lambda _: (),
        clock=told.office.clock,
        ids=told.office.ids,
    )
    with pytest.raises(Conflict, match="in force"):
        refunds.refund(OLD)
    assert told.held(OLD) == 5_000


@pytest.mark.parametrize("sent", [0, 2_000, 5_000])
def test_a_refund_that_the_bank_takes_back_as_well_is_paid_once(sent: int) -> None:
    told = InDollars()
    told.refund(OLD)
    if sent:
        payout = Payout("pty_1", Money(sent, "EUR"), reference="P1", paid_us=RENEWED_US)
        told.office.fund.pay_out(payout)

    told.reverse(told.paid, 5_000)

    assert (told.held(OLD), told.owed()) == (0, 0)
    assert balance(told.office, RESERVE) == sent
    told.holds()


MONEY = st.integers(1, 9_000)
SIZES = st.integers(0, 9_000)


@settings(deadline=None, max_examples=25)
@given(
    before=MONEY,
    after=st.integers(0, 3_000),
    used=SIZES,
    late=st.integers(0, 2_000),
    used_after=SIZES,
    kept=st.integers(0, 12_000),
    undone=st.integers(0, 9_000),
    credited=st.booleans(),
)
def test_over_a_renewal_no_cent_is_lost_or_made(
    *,
    before: int,
    after: int,
    used: int,
    late: int,
    used_after: int,
    kept: int,
    undone: int,
    credited: bool,
) -> None:
    told = Renewal(unbilled_minor=kept)
    office = told.office
    paid = told.pay(before, OLD, "B1")
    told.use(used, OLD, 1, IN_NOVEMBER)
    new = told.renew()
    if after:
        told.pay(after, OLD, "B2")
    told.use(used_after, new.id, 2, RENEWED_US + 1)
    office.at(NOVEMBER)
    office.billing.run(NOVEMBER)
    told.use(late, OLD, 3, IN_NOVEMBER + 1)
    office.at(DECEMBER)
    office.billing.run(DECEMBER)
    told.holds()
    assert told.held(OLD) == 0

    issued = office.books.invoices.all(status=Status.FINALISED)
    if waived(issued):
        # What went unpaid under the prepaid agreement: its customer had no more.
        assert told.held(new.id) <= 1 or kept > before  # VAT leaves a cent
    if credited and issued:
        office.invoices.credit(issued[0].id, reason="The files were damaged.")
        assert told.held(OLD) == 0
        told.holds()
    if undone:
        told.reverse(paid, min(undone, before))
        told.holds()
    drawn = sum(
        entry_minor
        for one in office.books.journal.entries()
        for entry_minor in [
            part.amount_minor
            for part in one.postings
            if part.account in {prepaid(OLD), prepaid(new.id)}
        ]
    )
    assert -drawn == told.held(OLD) + told.held(new.id) >= 0
    office.at(JANUARY)
    told.holds()


class Lapse(Renewal):
    """An agreement that is invoiced until its party's proof lapses, then prepaid."""

    def __init__(self, number: int, *, unbilled_minor: int = 0) -> None:
        super().__init__(unbilled_minor=unbilled_minor)
        self.agreements.end(OLD)
        self.owing = spelled("agr", number)
        self.office.parties.known["pty_1"] = a_party(level=Level.VERIFIED)
        owing = replace(self.old, id=self.owing, settling=Settling.INVOICED)
        self.office.agree(owing)

    def lapse(self) -> Agreement:
        self.office.parties.restate(
            a_party(level=Level.CLAIMED), at_us=self.office.clock.now_us()
        )
        return self.agreements.renew(self.owing)

    def billed(self) -> dict[str, Invoice]:
        self.office.at(NOVEMBER)
        found = self.office.billing.run(NOVEMBER).invoices
        return {one.agreement_id: one for one in found}

    def open_of(self, invoice: Invoice) -> int:
        return self.office.invoices.show(invoice.number).open_minor


@pytest.mark.parametrize("number", [0, 999_999_999], ids=["billed first", "last"])
def test_what_is_paid_ahead_after_a_lapse_is_for_what_is_used_after_it(
    number: int,
) -> None:
    told = Lapse(number)
    told.use(6_000, told.owing, 1, IN_NOVEMBER)
    new = told.lapse()
    told.pay(2_856, new.id, "B1")
    told.use(6_000, new.id, 2, RENEWED_US + 1)

    found = told.billed()

    owed, ahead = found[told.owing], found[new.id]
    assert told.open_of(owed) == owed.gross_minor == 1_190
    assert waived(tuple(found.values())) == 0
    assert (told.open_of(ahead), ahead.gross_minor) == (0, 2_856)
    assert told.held(new.id) == 0
    told.holds()


def test_what_moved_on_at_a_lapse_settles_what_was_owed_before_it() -> None:
    told = Lapse(0)
    with told.office.books.together() as books:
        told.agreements.top_up(told.owing, Money(1_000, "EUR"), reference="B0")
        assert books.journal.balances()
    told.use(6_000, told.owing, 1, IN_NOVEMBER)
    new = told.lapse()
    assert told.held(new.id) == 1_000
    told.pay(300, new.id, "B1")

    owed = told.billed()[told.owing]

    assert told.open_of(owed) == 1_190 - 1_000
    assert told.held(new.id) == 300
    told.holds()


def test_a_balance_stays_for_its_drafts_until_they_are_finalised() -> None:
    told = Lapse(0, unbilled_minor=1_190)
    told.agreements.top_up(told.owing, Money(5_000, "EUR"), reference="B0")
    told.use(6_000, told.owing, 1, IN_NOVEMBER)
    new = told.lapse()
    told.office.at(NOVEMBER)

    (draft,) = told.office.billing.run(NOVEMBER, drafts_only=True).invoices

    assert (told.held(told.owing), told.held(new.id)) == (1_190, 3_810)
    told.office.invoices.finalise(draft.id)
    assert told.office.invoices.show(draft.id).open_minor == 0
    assert (told.held(told.owing), told.held(new.id)) == (0, 3_810)
    told.holds()


def test_who_still_pays_under_the_former_name_pays_for_what_comes() -> None:
    told = Lapse(0, unbilled_minor=500)
    told.agreements.top_up(told.owing, Money(700, "EUR"), reference="B0")
    told.use(6_000, told.owing, 1, IN_NOVEMBER)
    new = told.lapse()

    told.pay(2_000, told.owing, "B1")

    assert (told.held(told.owing), told.held(new.id)) == (500, 2_200)
    owed = told.billed()[told.owing]
    assert told.open_of(owed) == 1_190 - 700
    assert told.held(new.id) == 2_000
    told.holds()


def test_what_is_kept_for_open_use_stays_when_somebody_still_pays() -> None:
    told = Renewal()
    told.pay(5_000, OLD, "B1")
    new = replace(told.old, id="agr_next", starts_us=RENEWED_US, tariff_version=2)
    with told.office.books.together() as books:
        books.agreements.end(OLD, at_us=RENEWED_US)
        books.agreements.add(new)
        ahead = PaidAhead(told.office.ids)
        ahead.go_on(books, OLD, "EUR", at_us=RENEWED_US, keep_minor=2_000)

    moved = replace(came_in(100, "no words", "B2"), booked_us=RENEWED_US)
    (came,) = told.office.bank_desk.take_in([moved])
    told.office.bank_desk.match(came.movement.id, [OLD])

    assert (told.held(OLD), told.held(new.id)) == (2_000, 3_100)
    told.holds()


def test_a_tariff_keeps_its_currency() -> None:
    told = Renewal()
    dollars = replace(a_tariff(3), currency="USD")

    with pytest.raises(Conflict, match="a tariff keeps its currency"):
        told.agreements.publish(dollars)
    assert told.agreements.publish(a_tariff(4))
    with pytest.raises(Conflict, match="older than version 4"):
        told.agreements.publish(a_tariff(3))
