"""What the fund asks of its neighbours, and the one door to all books at once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from gateway.billing.card import CheckoutStore
from gateway.billing.charge_ports import DeclarationStore, SpanChargeStore
from gateway.billing.life_ports import (
    BarterStore,
    CarriedStore,
    DisputeStore,
    InKindStore,
    ReminderStore,
)
from gateway.billing.money_ports import BankStore, PaymentStore
from gateway.billing.ports import (
    ChainStore,
    InvoiceStore,
    RatingStore,
    RenditionStore,
    UsageSource,
)
from gateway.fund.basis import Basis, Booking
from gateway.fund.gift import Gift
from gateway.fund.given_back import GivenBack, Place
from gateway.fund.journal import Entry
from gateway.fund.payer_rule import Receipt
from gateway.fund.payout import Allocation
from gateway.fund.payout_ports import PayoutStore
from gateway.fund.public_ports import PublicSums
from gateway.fund.rounds.ports import RoundStore
from gateway.fund.voting.ports import (
    DecisionStore,
    OfficeStore,
    TallyStore,
    VoteStore,
)
from gateway.licensing.ports import AgreementStore, TariffStore
from gateway.metering.ports import CapStore
from gateway.metering.statement_ports import StatementStore
from gateway.reciprocity.departure import DepartureStore
from gateway.reciprocity.giving_ports import NeedStore, NoticeStore, OpennessStore
from gateway.reciprocity.ports import (
    ContributionStore,
    CorrectionStore,
    DrawStore,
    HarmStore,
)


class JournalStore(Protocol):
    """The journal; grows at its end only."""

    def post(self, entry: Entry) -> None:
        """Keep an entry.

        Raises:
            Conflict: its key was booked before, or it reverses what was reversed
                already.
            InvalidValue: it reverses an entry without mirroring it.
            NotFound: it reverses an entry that is not there.
        """

    def find(self, key: str) -> Entry | None:
        """The entry booked under an idempotency key."""

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, by effective time and id."""

    def of_ref(self, ref: str) -> tuple[Entry, ...]:
        """Every entry about something, by effective time and id."""

    def balance(self, account: str, currency: str) -> int:
        """Minor units on an account; debits are above 0."""

    def balances(self) -> Mapping[tuple[str, str], int]:
        """Every account and currency that is not empty; debits are above 0."""


class AllocationStore(Protocol):
    """Allocation runs; nothing here ever changes."""

    def add(self, allocation: Allocation) -> None:
        """Keep a run.

        Raises:
            Conflict: a run of that key, source and currency exists.
        """

    def all(self) -> tuple[Allocation, ...]:
        """Every run, by key, source and currency."""


class BasisStore(Protocol):
    """On what each split of the waterfall rested; nothing here ever changes."""

    def add(self, basis: Basis) -> None:
        """Keep it, in the transaction that booked the entry.

        Raises:
            Conflict: the entry has one, or is not there.
        """

    def all(self) -> tuple[Basis, ...]:
        """Every basis, by entry id."""

    def receipts(self, currency: str, *, months: range) -> tuple[Receipt, ...]:
        """What owners paid in some months that follow each other, by owner and month.

        Less what was given back of it; of whom nothing stays is not there. Receipts
        from before their payer was kept are in no month.
        """

    def owner_of(self, entry_id: str) -> str | None:
        """Who paid what a split handed on; None where that was not kept."""

    def give_back(self, given_back: GivenBack) -> None:
        """Keep whose income went back, in the transaction that booked the entry.

        Raises:
            Conflict: it is there, its entry is not, or it does not follow the last one.
        """

    def given_back(self) -> tuple[GivenBack, ...]:
        """Every time income went back, by entry id; months the last one first."""

    def next_place(self, currency: str) -> Place:
        """Where income of a currency goes back next."""

    def last_number(self, currency: str) -> int:
        """The number of the last receipt of a currency; 0 where there is none."""

    def last_booking(self, currency: str) -> Booking:
        """When the last split of a currency was booked, 0 where nobody knows; and how
        many splits are from before receipts had numbers.
        """


class GiftStore(Protocol):
    """Gifts and donations; nothing here ever changes."""

    def add(self, gift: Gift) -> None:
        """Keep one.

        Raises:
            Conflict: its id or its reference is taken.
        """

    def find(self, name: str) -> Gift | None:
        """The one of that id or reference."""

    def all(self) -> tuple[Gift, ...]:
        """Every one, oldest first."""


class Books(Protocol):
    """All books, over one store.

    Reads see the last commit. `together` opens one transaction: what is read and
    written through the books it gives happens at once, or not at all; others that
    write wait for it. `reading` is for whoever only reads: nobody waits.
    """

    @property
    def tariffs(self) -> TariffStore:
        """Published tariffs."""

    @property
    def agreements(self) -> AgreementStore:
        """Agreements."""

    @property
    def caps(self) -> CapStore:
        """What customers allow themselves."""

    @property
    def usage(self) -> UsageSource:
        """What metering recorded."""

    @property
    def statements(self) -> StatementStore:
        """Signed statements of it, one a month."""

    @property
    def ratings(self) -> RatingStore:
        """Billing runs."""

    @property
    def charges(self) -> SpanChargeStore:
        """What spans were charged beside use."""

    @property
    def declarations(self) -> DeclarationStore:
        """Declared turnovers."""

    @property
    def invoices(self) -> InvoiceStore:
        """Invoices and credit notes."""

    @property
    def renditions(self) -> RenditionStore:
        """What was written of them."""

    @property
    def carried(self) -> CarriedStore:
        """What was too little for an invoice."""

    @property
    def in_kind(self) -> InKindStore:
        """What contributions settled."""

    @property
    def barters(self) -> BarterStore:
        """What was set off in barter."""

    @property
    def disputes(self) -> DisputeStore:
        """Disputes about them."""

    @property
    def reminders(self) -> ReminderStore:
        """Letters about what is overdue."""

    @property
    def payments(self) -> PaymentStore:
        """Payments."""

    @property
    def bank(self) -> BankStore:
        """Movements on bank accounts."""

    @property
    def checkouts(self) -> CheckoutStore:
        """Who was asked to pay by card."""

    @property
    def chain(self) -> ChainStore:
        """The chain of digests."""

    @property
    def journal(self) -> JournalStore:
        """The journal."""

    @property
    def bases(self) -> BasisStore:
        """On what the splits of the waterfall rested."""

    @property
    def allocations(self) -> AllocationStore:
        """Allocation runs."""

    @property
    def contributions(self) -> ContributionStore:
        """Claims, reviews and appeals."""

    @property
    def gifts(self) -> GiftStore:
        """Gifts and donations."""

    @property
    def draws(self) -> DrawStore:
        """Samples that were drawn for review."""

    @property
    def harms(self) -> HarmStore:
        """Harm entries."""

    @property
    def corrections(self) -> CorrectionStore:
        """What readers proposed."""

    @property
    def public(self) -> PublicSums:
        """Sums for the public pages."""

    @property
    @property
    def departures(self) -> DepartureStore:
        """When parties left."""

    @property
    def needs(self) -> NeedStore:
        """Which claims answer a need."""

    @property
    def openness(self) -> OpennessStore:
        """Proofs of openness."""

    @property
    def notices(self) -> NoticeStore:
        """Who was told that they take very much."""

    @property
    def votes(self) -> VoteStore:
        """Votes and their ballots."""

    @property
    def tallies(self) -> TallyStore:
        """What votes on priorities came to."""

    @property
    def decisions(self) -> DecisionStore:
        """What members decided."""

    @property
    def rounds(self) -> RoundStore:
        """Live rounds."""

    @property
    def payouts(self) -> PayoutStore:
        """What banks were asked to pay."""

    @property
    def offices(self) -> OfficeStore:
        """Terms of stewards."""

    def together(self) -> AbstractContextManager[Books]:
        """One transaction over all books.

        Raises:
            Conflict: a constraint says no.
            Unavailable: the store cannot write now.
        """

    def reading(self) -> AbstractContextManager[Books]:
        """All books as of one instant; neither stops a writer nor waits for one.

        Raises:
            InvalidValue: something was written through them.
            Unavailable: the store does not answer.
        """
