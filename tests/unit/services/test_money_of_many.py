"""Money of many people in one account: whose it is stays plain in any order.

Payers choose one another's references, a bank takes payments back, its files come late,
twice and in any order, a process dies within an import, and a steward gives, matches,
answers and refunds in between. The model knows only what the bank did.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from gateway.billing.bank import (
    Direction,
    Movement,
    Undone,
    UsedFor,
    return_reference,
    top_up_reference,
)
from gateway.billing.invoice import Invoice, Status
from gateway.fund.accounts import BANK, payable
from gateway.fund.bookings import topped_up
from gateway.fund.journal import Entry
from gateway.fund.payout import Payout
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import spelled
from gateway.kernel.money import Money
from gateway.kernel.period import month_of
from gateway.licensing.agreement import Settling
from gateway.metering.usage_event import UsageEvent
from gateway.services.bank_answers import BankAnswers
from gateway.services.bookkeeping import book
from gateway.services.gifts import Gifts, Told
from gateway.services.refunds import Refunds
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    IN_NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
    put_events,
)
from tests.fakes.time_and_chance import CountingIds

OURS = "DE75512108001245126199"
AHEAD, LATER = spelled("agr", 7), spelled("agr", 8)
PAYERS = (
    ("Amina", "FR7630006000011234567890189"),
    ("Jonas", "DE02120300000000202051"),
    ("Jonas", ""),
)
REFERENCES = ("", "1")
AMOUNTS = (500, 1_190)
PICK = st.integers(0, 99)
NO = (Conflict, InvalidValue, NotFound)


class Dead(Exception):
    """The process died."""


class MortalIds(CountingIds):
    """Names things until it dies."""

    def __init__(self) -> None:
        super().__init__()
        self.left = -1

    def new(self, kind: str) -> str:
        if self.left == 0:
            raise Dead
        self.left -= 1
        return super().new(kind)


class ManyPeople(RuleBasedStateMachine):
    """The books beside what the bank really did."""

    def __init__(self) -> None:
        super().__init__()
        self.ids = MortalIds()
        self.office = Office(
            self.books(), a_party(1), a_party(2), ids=self.ids, now_us=IN_NOVEMBER
        )
        prepaying = replace(an_agreement(), id=AHEAD, settling=Settling.PREPAID)
        self.office.agree(prepaying, an_agreement(2))
        self.gifts = Gifts(
            self.office.books,
            receipts=self.office.fund_receipts,
            parties=self.office.parties,
            clock=self.office.clock,
            ids=self.ids,
        )
        self.count = 0
        self.told: dict[str, Movement] = {}
        self.unread: list[str] = []
        self.takes: dict[str, str] = {}
        self.typed_minor: dict[str, int] = {}
        self.passed_on: set[str] = set()
        self.is_answered: set[str] = set()
        self.somebody_takes(size=6_000, is_ahead=False)
        self.a_month_is_billed()

    def books(self) -> MemoryBooks | StoredBooks:
        return MemoryBooks()

    def record(self, event: UsageEvent) -> None:
        self.office.memory.add_events(event)

    # ── what the bank does ───────────────────────────────────────────────────
    def _tell(self, movement: Movement) -> str:
        self.told[movement.reference] = movement
        self.unread.append(movement.reference)
        return movement.reference

    def _reference(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    @rule(
        payer=st.sampled_from(PAYERS),
        minor=st.sampled_from(AMOUNTS),
        called=st.sampled_from(REFERENCES),
        what=st.sampled_from(["nothing", "ahead", "ahead", "invoice"]),
        pick=PICK,
    )
    def somebody_pays(
        self, payer: tuple[str, str], minor: int, called: str, what: str, pick: int
    ) -> None:
        text = top_up_reference(AHEAD) if what == "ahead" else ""
        if what == "invoice" and (open_ := self.finalised()):
            text = open_[pick % len(open_)].number
        self._tell(
            Movement(
                account=OURS,
                reference=self._reference("B"),
                amount=Money(minor, "EUR"),
                direction=Direction.IN,
                booked_us=self.office.clock.now_us(),
                end_to_end=called,
                text=text,
                name=payer[0],
                counterpart=payer[1],
            )
        )

    @rule(pick=PICK, beside=st.sampled_from([0, 0, 0, -1, 7]))
    def the_bank_takes_one_back(self, pick: int, beside: int) -> None:
        gone = set(self.takes.values())
        found = [
            one
            for one in self.told.values()
            if one.direction is Direction.IN and one.reference not in gone
        ]
        if not found:
            return
        paid = found[pick % len(found)]
        back = self._tell(
            replace(
                paid,
                reference=self._reference("R"),
                direction=Direction.OUT,
                is_reversal=True,
                text="",
                amount=Money(paid.amount.minor + beside, "EUR"),
                booked_us=self.office.clock.now_us(),
            )
        )
        self.takes[back] = paid.reference

    @rule(pick=PICK)
    def what_is_left_is_sent_back(self, pick: int) -> None:
        left = [one for one in self.office.bank_desk.all() if one.left_minor]
        if not left:
            return
        one = left[pick % len(left)]
        movement = replace(
            one.movement,
            id="",
            reference=self._reference("S"),
            direction=Direction.OUT,
            text="",
            end_to_end=return_reference(one.movement.id),
            amount=Money(one.left_minor, "EUR"),
            booked_us=self.office.clock.now_us(),
        )
        self._tell(movement)

    # ── its files ────────────────────────────────────────────────────────────
    @rule(picks=st.lists(PICK, min_size=1, max_size=5), dies=st.integers(-8, 8))
    def files_are_read(self, picks: list[int], dies: int) -> None:
        chosen = [
            self.unread.pop(pick % len(self.unread)) for pick in picks if self.unread
        ]
        movements = [self.told[name] for name in chosen]
        self.ids.left = max(dies, -1)
        with suppress(Dead):
            self.office.bank_desk.take_in(movements)
        self.ids.left = -1
        self.office.bank_desk.take_in(movements)

    @rule()
    def all_files_are_read_again(self) -> None:
        before = self.state()
        read = [one for one in self.told.values() if one.reference not in self.unread]
        self.office.bank_desk.take_in(reversed(read))
        assert self.state() == before

    @rule(pick=PICK)
    def a_steward_typed_it_in_before(self, pick: int) -> None:
        found = [
            self.told[name]
            for name in self.unread
            if self.told[name].direction is Direction.IN
            and name not in self.typed_minor
        ]
        if not found:
            return
        one = found[pick % len(found)]
        with self.office.books.together() as books:
            book(
                books,
                self.ids,
                topped_up(AHEAD, one.amount.minor),
                key=f"top-up:{one.reference}",
                kind="top-up",
                ref=AHEAD,
                currency="EUR",
                at_us=self.office.clock.now_us(),
            )
        self.typed_minor[one.reference] = one.amount.minor

    # ── what stewards do ─────────────────────────────────────────────────────
    @rule(pick=PICK, to=st.sampled_from(["", "pty_2", "ahead", "invoice"]))
    def what_waits_is_given_or_matched(self, pick: int, to: str) -> None:
        left = [one for one in self.office.bank_desk.all() if one.left_minor]
        if not left:
            return
        one = left[pick % len(left)]
        money = Money(one.left_minor, "EUR")
        told = Told(self._reference("G"), movement_id=one.movement.id)
        if to == "ahead":
            with suppress(*NO):
                self.office.bank_desk.match(one.movement.id, [AHEAD])
        elif to == "invoice":
            with suppress(*NO):
                numbers = [each.number for each in self.finalised()]
                self.office.bank_desk.match(one.movement.id, numbers)
        elif to:
            self.gifts.give(money, told, to_party_id=to)
        else:
            self.gifts.donate(money, told)

    @rule(pick=PICK)
    def a_gift_is_passed_on(self, pick: int) -> None:
        found = [one.gift for one in self.gifts.list() if one.gift.is_directed]
        if found:
            one = found[pick % len(found)]
            with suppress(*NO):
                self.gifts.pass_on(one.id, reference=f"P-{one.id}")

    @rule(pick=PICK, source=PICK, outside=st.booleans())
    def a_steward_answers(self, pick: int, source: int, *, outside: bool) -> None:
        found = self.office.bank_desk.all()
        open_ = [one.movement for one in found if one.unanswered_minor]
        if not open_:
            return
        back = open_[pick % len(open_)]
        desk = self.office.bank_desk
        answers = BankAnswers(
            self.office.books, backs=desk.backs, clock=self.office.clock
        )
        if outside:
            answers.lay_outside(back.id, reason="Never here.")
        else:
            paid = [one.movement for one in found if one.movement.direction == "in"]
            if not paid:
                return
            with suppress(*NO):
                answers.is_payment(back.id, paid[source % len(paid)].id)
        self.is_answered.add(back.reference)

    @rule()
    def what_is_left_ahead_is_refunded(self) -> None:
        refunds = Refunds(
            self.office.books,
            waiting=lambda _: (),
            clock=self.office.clock,
            ids=self.ids,
        )
        for name in (AHEAD, LATER):
            with suppress(*NO):
                refunds.refund(name)

    @rule(share=st.integers(1, 2))
    def what_is_owed_is_paid_out(self, share: int) -> None:
        owed = -self.office.books.journal.balance(payable("pty_1"), "EUR") // share
        if owed > 0:
            now_us = self.office.clock.now_us()
            reference, money = self._reference("O"), Money(owed, "EUR")
            self.office.fund.pay_out(
                Payout("pty_1", money, reference=reference, paid_us=now_us)
            )

    @rule(is_over=st.booleans())
    def terms_go_on_or_end(self, *, is_over: bool) -> None:
        now_us = self.office.clock.now_us()
        with self.office.books.together() as books:
            old = books.agreements.find(AHEAD)
            assert old is not None
            if old.ends_us is not None:
                return
            books.agreements.end(AHEAD, at_us=now_us)
            if not is_over:
                books.agreements.add(replace(old, id=LATER, starts_us=now_us))

    # ── use, and its invoices ────────────────────────────────────────────────
    @rule(size=st.sampled_from([2_000, 6_000]), is_ahead=st.booleans())
    def somebody_takes(self, size: int, *, is_ahead: bool) -> None:
        later = self.office.books.agreements.find(LATER)
        name = (LATER if later else AHEAD) if is_ahead else "agr_2"
        self.count += 1
        now_us = self.office.clock.now_us()
        event = an_event(
            self.count, size=size, party=1 if is_ahead else 2, occurred_us=now_us
        )
        self.record(replace(event, agreement_id=name))

    @rule()
    def a_month_is_billed(self) -> None:
        period = month_of(self.office.clock.now_us())
        self.office.at(period)
        self.office.billing.run(period)

    @rule(pick=PICK)
    def an_invoice_is_credited(self, pick: int) -> None:
        if found := self.finalised():
            with suppress(*NO):
                name = found[pick % len(found)].id
                self.office.invoices.credit(name, reason="The files were damaged.")

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        self.office.clock.forward(s=days * 86_400)

    # ── what holds ───────────────────────────────────────────────────────────
    def finalised(self) -> list[Invoice]:
        return list(self.office.books.invoices.all(status=Status.FINALISED))

    def state(self) -> object:
        books = self.office.books
        movements = books.bank.all()
        return (
            books.journal.entries(),
            movements,
            [books.bank.uses_of(one.id) for one in movements],
            [books.bank.taken_back_by(one.id) for one in movements],
        )

    @invariant()
    def the_audit_finds_nothing(self) -> None:
        found = self.office.audit.run()
        assert found.ok, found.document()["faults"]

    @invariant()
    def the_bank_holds_what_came_less_what_went(self) -> None:
        books = self.office.books
        read = {one.reference for one in books.bank.all()}
        came = sum(
            one.amount.minor
            for one in books.bank.all()
            if one.direction is Direction.IN
        )
        typed = sum(
            minor for name, minor in self.typed_minor.items() if name not in read
        )
        gone = sum(
            books.bank.undone_by(one.id)
            for one in books.bank.all()
            if one.direction is Direction.OUT
        )
        passed = -sum(
            posting.amount_minor
            for entry in self.entries("gift-passed-on", "payout")
            for posting in entry.postings
            if posting.account == BANK
        )
        held = books.journal.balance(BANK, "EUR")
        assert held == came + typed - gone - passed

    @invariant()
    def nobodys_money_is_used_twice(self) -> None:
        bank = self.office.books.bank
        for one in bank.all():
            uses, amount = bank.uses_of(one.id), one.amount.minor
            assert sum(use.amount_minor for use in uses) <= amount
            undone = [
                part
                for part in bank.taken_back_of(one.id)
                if part.kind is not Undone.DRAW
            ]
            sent = [use for use in uses if use.used_for is UsedFor.RETURNED]
            whole = sum(part.amount_minor for part in undone)
            assert whole + sum(use.amount_minor for use in sent) <= amount

    @invariant()
    def a_reversal_takes_its_own_payers_money_and_one_payment(self) -> None:
        bank = self.office.books.bank
        backs = {one.id: one for one in bank.all() if one.is_reversal}
        taken: dict[str, set[str]] = {}
        for one in bank.all():
            for use in bank.uses_of(one.id):
                if use.used_for is UsedFor.RETURNED:
                    taken.setdefault(use.ref.split("/")[0], set()).add(one.id)
            for part in bank.taken_back_of(one.id):
                taken.setdefault(part.back_id, set()).add(one.id)
        for back_id, sources in taken.items():
            back = backs.get(back_id)
            if back is None or back.reference in self.is_answered:
                continue
            (paid,) = (bank.find(source) for source in sources)
            assert paid is not None
            assert paid.amount == back.amount
            assert paid.end_to_end == back.end_to_end
            assert paid.name == back.name

    def entries(self, *kinds: str) -> Iterator[Entry]:
        journal = self.office.books.journal
        return (entry for entry in journal.entries() if entry.kind in kinds)

    def teardown(self) -> None:
        """Read the rest: every pair that nobody can mistake has found each other."""
        for name in reversed(self.unread):
            self.office.bank_desk.take_in([self.told[name]])
        self.the_audit_finds_nothing()
        open_ = {
            one.movement.reference
            for one in self.office.bank_desk.all()
            if one.unanswered_minor
        }
        for back_name, paid_name in self.takes.items():
            back, paid = self.told[back_name], self.told[paid_name]
            is_plain = back.amount == paid.amount and bool(back.end_to_end)
            alike = [
                one
                for one in self.told.values()
                if one.direction is Direction.IN
                and (one.end_to_end, one.amount) == (paid.end_to_end, paid.amount)
            ]
            if back_name in open_ and self.was_sent_back(paid):
                continue  # twice: a bank's error, and a steward's to answer
            if is_plain and len(alike) == 1 and not self.is_answered:
                assert back_name not in open_
        self.the_audit_misses_what_is_taken_away()

    def was_sent_back(self, paid: Movement) -> bool:
        kept = self.office.books.bank.named(paid.account, paid.reference)
        return kept is not None and any(
            one.end_to_end == return_reference(kept.id) for one in self.told.values()
        )

    def the_audit_misses_what_is_taken_away(self) -> None:
        """It says so where a part that was undone is not written down any more."""
        books = self.office.books
        if not isinstance(books, MemoryBooks):
            return
        undone = [part for part in books.bank.backs if part.kind is not Undone.DRAW]
        if undone:
            books.bank.backs.remove(undone[-1])
            assert self.office.audit.run().findings["reversals_match"]


class InSqlite(ManyPeople):
    """The same over the real store, whose triggers refuse what cannot be."""

    def books(self) -> StoredBooks:
        self.db = open_sqlite(":memory:")
        return StoredBooks(self.db)

    def record(self, event: UsageEvent) -> None:
        put_events(self.db, event)

    def teardown(self) -> None:
        super().teardown()
        self.db.close()


def lives(*, examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize(("people", "examples"), [(ManyPeople, 12), (InSqlite, 3)])
def test_whose_money_it_is_stays_plain_in_any_order(
    people: type[ManyPeople], examples: int
) -> None:
    run_state_machine_as_test(people, settings=lives(examples=examples, steps=25))


@pytest.mark.soak
@pytest.mark.parametrize(("people", "examples"), [(ManyPeople, 2_000), (InSqlite, 500)])
def test_so_it_does_for_very_many(people: type[ManyPeople], examples: int) -> None:
    run_state_machine_as_test(people, settings=lives(examples=examples, steps=60))
