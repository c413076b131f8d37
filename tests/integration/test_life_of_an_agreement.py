"""The whole life of agreements against a small model, with a store that fails.

Parties join, accept, use, pay ahead, are billed in drafts and finally, pay in parts and
too much, get credit notes, and end, in any order; between them months end, usage comes
late and processes start again. Each step meets a store that may fail at any of its
calls, and is done again. The model knows only arithmetic: what was used costs so much.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gateway.billing.bank import creditor_reference, return_reference
from gateway.billing.invoice import Invoice, Status
from gateway.bootstrap.house import House
from gateway.bootstrap.shipped import shipped_policies
from gateway.kernel.clock import US_PER_DAY, from_us, iso
from gateway.kernel.errors import Conflict, Unavailable
from gateway.kernel.money import Money
from gateway.kernel.period import Period, month_of
from gateway.metering.intent import Intent
from gateway.payments.camt import read
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.bank import Entry, statement
from tests.fakes.faulty_store import Crash, FaultyStore, Trouble
from tests.fakes.house import a_house, a_set_up
from tests.fakes.ledger import NOVEMBER
from tests.fakes.time_and_chance import CountingIds, HandClock
from tests.fakes.usage import a_usage_event

KIB = 1_024
FREE_KIB, DEARER_FROM_KIB, CENTS, DEARER_CENTS = 1, 10, 200, 400
VAT_PERCENT = 19
PARTIES_MAX = 4
T = TypeVar("T")


# ── the model ────────────────────────────────────────────────────────────────
def price(kib: int, *, is_proven: bool) -> int:
    """The net cents of one KiB that is the so-manieth of its year, from 0."""
    if not is_proven:
        return DEARER_CENTS
    if kib < FREE_KIB:
        return 0
    return CENTS if kib < DEARER_FROM_KIB else DEARER_CENTS


def gross(net: int) -> int:
    """With VAT, half-up."""
    return net + (net * VAT_PERCENT + 50) // 100


@dataclass
class Taker:
    """A party with an agreement, as far as arithmetic knows it.

    Attributes:
        name: The party's.
        is_proven: It climbs the brackets, and owes; else it pays ahead, and dearly.
        reached: Calendar year to KiB billed so far.
        waiting: What it used and nobody billed yet: when, and how many KiB.
        ahead: What it paid ahead, minor units, less what was drawn.
    """

    name: str
    is_proven: bool
    agreement_id: str
    party_id: str
    reached: dict[int, int] = field(default_factory=dict)
    waiting: list[tuple[int, int]] = field(default_factory=list)
    ahead: int = 0
    has_ended: bool = False
    joined_us: int = 0

    def bill(self, before_us: int) -> int:
        """The net of what was used before an instant, and not billed yet."""
        net = 0
        taken = [one for one in self.waiting if one[0] < before_us]
        self.waiting = [one for one in self.waiting if one[0] >= before_us]
        for at_us, kib in taken:
            year = from_us(at_us).year
            start = self.reached.get(year, 0)
            self.reached[year] = start + kib
            each = (
                price(n, is_proven=self.is_proven) for n in range(start, start + kib)
            )
            net += sum(each)
        return net


@dataclass
class Bill:
    """A draft or an invoice, as far as arithmetic knows it."""

    taker: Taker
    net: int
    is_issued: bool = False
    paid: int = 0
    credited_net: int = 0

    @property
    def open(self) -> int:
        return gross(self.net) - gross(self.credited_net) - self.paid


# ── both, side by side ───────────────────────────────────────────────────────
class Lives(RuleBasedStateMachine):
    """The real services on a real store, and the model."""

    picks = st.integers(0, 1_000)
    faults = st.one_of(
        st.just(Trouble()),
        st.builds(
            Trouble,
            at=st.integers(1, 60),
            is_after=st.booleans(),
            fault=st.sampled_from((Unavailable, Crash)),
        ),
    )

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.set_up = a_set_up(Path(self.folder.name), shipped_policies())
        self.db = open_sqlite(":memory:")
        self.ids, self.clock = CountingIds(), HandClock(NOVEMBER.start_us)
        self.house = self.opened(Trouble())
        self.takers: list[Taker] = []
        self.bills: dict[str, Bill] = {}
        self.count = 0

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()

    def opened(self, trouble: Trouble) -> House:
        store = FaultyStore(self.db, trouble)
        return a_house(self.set_up, store, clock=self.clock, ids=self.ids)

    def done(self, trouble: Trouble, step: Callable[[House], T]) -> T | None:
        """Do a step; where the store fails, again: as a person or a script would.

        Returns:
            Its answer; None where it was told that it had been done already.
        """
        trouble = replace(trouble, calls=0, commits=())
        house = self.opened(trouble)
        with suppress(Unavailable, Crash):
            return step(house)
        has_lasted = any(at < trouble.at + trouble.is_after for at in trouble.commits)
        if trouble.fault is Crash:
            house = self.opened(Trouble())
        trouble.at = 0
        try:
            return step(house)
        except Conflict:
            assert has_lasted
            return None

    def drafts(self) -> list[str]:
        """Ids of drafts, oldest first."""
        return [name for name, bill in self.bills.items() if not bill.is_issued]

    def issued(self) -> list[str]:
        """Ids of finalised invoices, oldest first."""
        return [name for name, bill in self.bills.items() if bill.is_issued]

    def new(self) -> int:
        """A number for a name."""
        self.count += 1
        return self.count

    @property
    def now_us(self) -> int:
        return self.clock.now_us()

    # ── parties ──────────────────────────────────────────────────────────────
    @initialize()
    def two_join_use_and_are_billed(self) -> None:
        """Every life has somebody who owes, and somebody who paid ahead."""
        for is_proven in (True, False):
            taker = self._joins(is_proven=is_proven, fault=Trouble())
            self._uses(taker, kib=6, days_late=0, fault=Trouble())
            self._pays_ahead(taker, 900, Trouble())
        self._billed(month_of(self.now_us), Trouble())

    @precondition(lambda self: len(self.takers) < PARTIES_MAX)
    @rule(is_proven=st.booleans(), fault=faults)
    def another_joins(self, *, is_proven: bool, fault: Trouble) -> None:
        self._joins(is_proven=is_proven, fault=fault)

    def _joins(self, *, is_proven: bool, fault: Trouble) -> Taker:
        name = f"Company {self.new()}"
        said = {"country": "DE", **({"entity": "company"} if is_proven else {})}
        self.done(
            fault,
            lambda house: house.parties.add(name, attributes=said, source="steward"),
        )
        party = self.house.parties.show(name)
        self.done(fault, lambda house: house.accept_offer(name, house.offer_for()))
        (agreement,) = self.house.agreements.list(party.id)
        assert (agreement.settling.value == "prepaid") is not is_proven
        taker = Taker(
            name, is_proven, agreement.id, party.id, joined_us=agreement.starts_us
        )
        self.takers.append(taker)
        return taker

    @rule(pick=picks, fault=faults)
    def one_ends(self, pick: int, fault: Trouble) -> None:
        taker = chosen(self.takers, pick)
        if not taker.has_ended:
            self.done(fault, lambda house: house.agreements.end(taker.agreement_id))
        taker.has_ended = True
        agreement = self.house.agreements.show(taker.agreement_id)
        assert not agreement.is_in_force(self.now_us)

    # ── usage ────────────────────────────────────────────────────────────────
    @rule(
        pick=picks,
        kib=st.integers(1, 8),
        days_late=st.sampled_from((0, 0, 0, 20, 40)),
        fault=faults,
    )
    def one_uses(self, pick: int, kib: int, days_late: int, fault: Trouble) -> None:
        taker = chosen(self.takers, pick)
        self._uses(taker, kib=kib, days_late=days_late, fault=fault)

    def _uses(self, taker: Taker, *, kib: int, days_late: int, fault: Trouble) -> None:
        if taker.has_ended:
            return
        at_us = max(taker.joined_us, self.now_us - days_late * US_PER_DAY)
        event = replace(
            a_usage_event(
                self.new(),
                body_bytes=kib * KIB,
                agreement_id=taker.agreement_id,
                party_id=taker.party_id,
                occurred_us=at_us,
            ),
            collection="registers",
        )
        intent = Intent(event.id, event.agreement_id, 0, at_us, event.node, "boot-1")
        self.done(
            fault, lambda house: SqlUsageStore(house.store).open_intents([intent])
        )
        self.done(
            fault,
            lambda house: SqlUsageStore(house.store).settle_events(
                [event], recorded_us=self.now_us
            ),
        )
        taker.waiting.append((at_us, kib))

    @rule(pick=picks, minor=st.integers(1, 5_000), fault=faults)
    def one_pays_ahead(self, pick: int, minor: int, fault: Trouble) -> None:
        taker = chosen(self.takers, pick)
        self._pays_ahead(taker, minor, fault)

    def _pays_ahead(self, taker: Taker, minor: int, fault: Trouble) -> None:
        if taker.is_proven:
            return
        reference = f"ahead-{self.new()}"
        self.done(
            fault,
            lambda house: house.agreements.top_up(
                taker.agreement_id, Money(minor, "EUR"), reference=reference
            ),
        )
        taker.ahead += minor

    # ── bills ────────────────────────────────────────────────────────────────
    @rule(days=st.integers(1, 20))
    def time_passes(self, days: int) -> None:
        self.clock.forward(s=days * 86_400)

    @rule(is_over=st.booleans(), fault=faults)
    def a_month_is_billed(self, *, is_over: bool, fault: Trouble) -> None:
        """The one under way, or the one before."""
        period = month_of(self.now_us)
        if is_over:
            period = month_of(period.start_us - 1)
        self._billed(period, fault)

    def _billed(self, period: Period, fault: Trouble) -> None:
        is_closed = any(
            run.period == period and run.cut_us >= period.end_us
            for run in self.house.books.ratings.runs()
        )
        self.done(fault, lambda house: house.billing_run.run(period, drafts_only=True))
        expected = {} if is_closed else self._expected(period)
        found = {
            view.invoice.id: view.invoice
            for view in self.house.invoices.list(status=Status.DRAFT)
            if view.invoice.id not in self.bills
        }
        assert {one.agreement_id: one.net_minor for one in found.values()} == expected
        by_id = {one.agreement_id: one for one in self.takers}
        for each in found.values():
            taker = by_id[each.agreement_id]
            self.bills[each.id] = Bill(taker, each.net_minor)

    def _expected(self, period: Period) -> dict[str, int]:
        nets = {one.agreement_id: one.bill(period.end_us) for one in self.takers}
        return {agreement_id: net for agreement_id, net in nets.items() if net}

    @precondition(lambda self: self.drafts())
    @rule(pick=picks, fault=faults)
    def a_draft_is_finalised(self, pick: int, fault: Trouble) -> None:
        draft = chosen(self.drafts(), pick)
        bill = self.bills[draft]
        self.done(fault, lambda house: house.invoices.finalise(draft))
        invoice = self.house.invoices.show(draft).invoice
        if not bill.taker.is_proven:
            bill.net = covered(bill.net, bill.taker.ahead)
            bill.paid = gross(bill.net)
            bill.taker.ahead -= bill.paid
        if bill.net == 0:
            assert invoice.status is Status.VOID
            del self.bills[draft]
            return
        self._settled_from_credit(bill)
        bill.is_issued = True
        assert invoice.status is Status.FINALISED

    def _settled_from_credit(self, bill: Bill) -> None:
        """What its taker paid too much before, the oldest first."""
        for name in self.issued():
            earlier = self.bills[name]
            if earlier.taker is bill.taker:
                part = max(0, min(-earlier.open, bill.open))
                earlier.paid -= part
                bill.paid += part

    @precondition(lambda self: self.drafts())
    @rule(pick=picks, fault=faults)
    def a_draft_is_thrown_away(self, pick: int, fault: Trouble) -> None:
        draft = chosen(self.drafts(), pick)
        self.bills.pop(draft)
        self.done(fault, lambda house: house.invoices.void(draft))
        assert self.house.invoices.show(draft).invoice.status is Status.VOID

    # ── money ────────────────────────────────────────────────────────────────
    @precondition(lambda self: self.issued())
    @rule(pick=picks, percent=st.integers(1, 100), fault=faults)
    def a_part_is_paid(self, pick: int, percent: int, fault: Trouble) -> None:
        invoice = chosen(self.issued(), pick)
        bill = self.bills[invoice]
        part = bill.open * percent // 100
        if part <= 0:
            return
        reference = f"hand-{self.new()}"
        self.done(
            fault,
            lambda house: house.payments.record(
                Money(part, "EUR"), [invoice], reference=reference
            ),
        )
        bill.paid += part

    @precondition(lambda self: self.issued())
    @rule(pick=picks, more=st.integers(0, 700), fault=faults)
    def the_bank_reports_all_of_it_or_more(
        self, pick: int, more: int, fault: Trouble
    ) -> None:
        invoice = chosen(self.issued(), pick)
        bill = self.bills[invoice]
        minor = max(0, bill.open) + more
        if not minor:
            return
        reference = f"bank-{self.new()}"
        number = self.house.invoices.show(invoice).invoice.number
        self._arrives(
            fault, minor, reference, creditor_reference=creditor_reference(number)
        )
        bill.paid += max(0, bill.open)
        left = {one.movement.reference: one for one in self.house.bank_desk.all()}[
            reference
        ]
        assert left.left_minor == more
        if more:
            back = return_reference(left.movement.id)
            self._arrives(
                fault, more, f"back-{reference}", is_in=False, end_to_end=back
            )

    def _arrives(self, fault: Trouble, minor: int, reference: str, **told: Any) -> None:
        amount, day = f"{minor // 100}.{minor % 100:02}", iso(self.now_us)[:10]
        (read_,) = read(statement(Entry(amount, reference, day=day, **told)))
        self.done(fault, lambda house: house.bank_desk.take_in(read_.movements))

    @precondition(lambda self: self.issued())
    @rule(pick=picks, percent=st.sampled_from((10, 50, 100)), fault=faults)
    def it_is_credited(self, pick: int, percent: int, fault: Trouble) -> None:
        """A part has no name, so whoever repeats it looks first."""
        invoice = chosen(self.issued(), pick)
        bill = self.bills[invoice]
        value = self.house.invoices.show(invoice).invoice
        before = len(self.house.books.invoices.notes_on(invoice))
        wanted = self._part_of(value, percent) if percent < 100 else None
        if bill.credited_net == bill.net or wanted == {}:
            return

        def step(house: House) -> None:
            if len(house.books.invoices.notes_on(invoice)) == before:
                house.invoices.credit(invoice, reason="Torn.", wanted=wanted)

        self.done(fault, step)
        if wanted is None:
            bill.credited_net = bill.net
        else:
            bill.credited_net += sum(wanted.values())
        if not bill.taker.is_proven:
            over = max(0, -bill.open)
            bill.paid -= over
            bill.taker.ahead += over

    def _part_of(self, invoice: Invoice, percent: int) -> dict[int, int]:
        left = {line.position: line.net_minor for line in invoice.lines}
        for note in self.house.books.invoices.notes_on(invoice.id):
            for line in note.lines:
                left[line.position] -= line.net_minor
        most = max(left, key=lambda position: left[position])
        part = left[most] * percent // 100
        # What was waived is on the invoice as well, and is not given back.
        return {most: part} if part > 0 and min(left.values()) >= 0 else {}

    # ── what always holds ────────────────────────────────────────────────────
    @invariant()
    def the_books_say_what_the_model_says(self) -> None:
        views = {one.invoice.id: one for one in self.house.invoices.list()}
        for name, bill in self.bills.items():
            if bill.is_issued:
                assert views[name].invoice.gross_minor == gross(bill.net)
                assert views[name].open_minor == bill.open
        for taker in self.takers:
            left = self.house.agreements.prepaid_minor(taker.agreement_id)
            assert left == taker.ahead

    @invariant()
    def the_audit_finds_nothing(self) -> None:
        report = self.house.audit.run()
        assert report.ok, report.findings
        waiting = sum(len(one.waiting) for one in self.takers)
        assert report.usage.unrated == waiting


def chosen(among: list[T], pick: int) -> T:
    """One of them."""
    return among[pick % len(among)]


def covered(net: int, balance: int) -> int:
    """As much net as a balance pays for, VAT included."""
    while net and gross(net) > balance:
        net -= 1
    return net


def test_lives_go_as_arithmetic_says() -> None:
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.soak
def test_very_many_lives_do() -> None:
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=1_000,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
