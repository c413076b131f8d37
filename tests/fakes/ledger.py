"""Builders for billing and fund: each names only what a test is about."""

from __future__ import annotations

from gateway.billing.canonical import canonical_json
from gateway.billing.carrying import NOTHING_CARRIED, CarryTerms
from gateway.billing.paper import Letterhead, Paper, Rendition
from gateway.billing.ports import Press
from gateway.billing.reminder import ReminderTerms
from gateway.billing.tax import Regime, Seller, Selling
from gateway.fund.bookings import topped_up
from gateway.fund.waterfall import FundTerms
from gateway.identity.party import Attribute, Party
from gateway.kernel.evidence import Level
from gateway.kernel.ids import IdSource
from gateway.kernel.period import Period, month
from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.royalties import Royalties
from gateway.licensing.tariff import Bracket, Metered, Minimum, Tariff
from gateway.metering.usage_event import Ending, UsageEvent
from gateway.reciprocity.need import Needs
from gateway.services.audit import Audit
from gateway.services.bank_desk import BankDesk
from gateway.services.billing_run import BillingRun
from gateway.services.bookkeeping import book
from gateway.services.crediting import Crediting
from gateway.services.declarations import Declarations
from gateway.services.disputes import Disputes
from gateway.services.drafting import Drafting
from gateway.services.fund_books import FundBooks
from gateway.services.in_kind import InKindDesk
from gateway.services.invoices import Invoices
from gateway.services.issuing import Issuing
from gateway.services.offsets import Offsets, Worth
from gateway.services.payments import Payments
from gateway.services.receipts import Receipts
from gateway.services.reminders import Reminders
from gateway.storage.books import StoredBooks
from gateway.storage.database import Database
from gateway.storage.stores.usage_rows import insert_events
from tests.fakes.books import FakeParties, MemoryBooks
from tests.fakes.time_and_chance import CountingIds, HandClock

NOVEMBER = month(2026, 11)
DECEMBER = month(2026, 12)
IN_NOVEMBER = NOVEMBER.start_us + 1_000_000
AFTER_NOVEMBER = NOVEMBER.end_us + 1_000_000
SELF = Seller(
    selling=Selling.SELF,
    name="Archive Commons",
    country="DE",
    vat_id="DE123456789",
    rates_bp={"DE": 1_900},
)
SMALL = Seller(
    selling=Selling.SELF,
    name="Tiny Archive",
    country="DE",
    regime=Regime.SMALL_BUSINESS,
    exempt_reason="Small business, section 19 UStG.",
)


def a_tariff(
    version: int = 1,
    *,
    brackets: tuple[tuple[int | None, int], ...] = (
        (1_000, 0),
        (10_000, 2_000_000),
        (None, 4_000_000),
    ),
    per_units: int = 1_000,
    metered: Metered = Metered.BYTES,
    minimum: Minimum | None = None,
    royalties: Royalties | None = None,
    openness_percent: int = 0,
) -> Tariff:
    """Per 1,000 bytes: the first 1,000 free, then 2.00, from 10,000 on 4.00 EUR."""
    return Tariff(
        id="ai-2026",
        version=version,
        currency="EUR",
        metered=metered,
        per_units=per_units,
        per_label=f"{per_units} bytes",
        brackets=tuple(Bracket(up_to, price) for up_to, price in brackets),
        minimum=minimum,
        royalties=royalties,
        openness_rebate_percent=openness_percent,
    )


def a_party(
    number: int = 1,
    *,
    level: Level = Level.VERIFIED,
    owner_id: str = "",
    country: str = "DE",
    country_level: Level = Level.VERIFIED,
    vat_id: str = "",
    openness: Level | None = None,
) -> Party:
    attributes = {"entity": Attribute("company", level, "test")}
    if country:
        attributes["country"] = Attribute(country, country_level, "test")
    if vat_id:
        attributes["vat_id"] = Attribute(vat_id, Level.VERIFIED, "vies")
    if openness:
        attributes["openness"] = Attribute("weights+data", openness, "model card")
    return Party(f"pty_{number}", f"Company {number}", attributes, owner_id=owner_id)


def an_agreement(
    number: int = 1,
    *,
    party: int = 0,
    settling: Settling = Settling.INVOICED,
    tariff_version: int = 1,
) -> Agreement:
    return Agreement(
        id=f"agr_{number}",
        party_id=f"pty_{party or number}",
        tariff="ai-2026",
        tariff_version=tariff_version,
        currency="EUR",
        settling=settling,
    )


def an_event(
    number: int = 1,
    *,
    size: int = 1_000,
    party: int = 1,
    agreement: int = 0,
    collection: str = "registers",
    occurred_us: int = IN_NOVEMBER,
    tariff_version: int = 1,
    floor_bracket: int = 0,
    is_repeat: bool = False,
    priced_at_zero: bool = False,
    is_test: bool = False,
    is_statement: bool = False,
) -> UsageEvent:
    return UsageEvent(
        id=f"req_{number:04d}",
        agreement_id=f"agr_{agreement or party}",
        party_id=f"pty_{party}",
        key_id="key_1",
        collection=collection,
        tariff="ai-2026",
        tariff_version=tariff_version,
        use="train",
        method="GET",
        path="/registers/1742",
        object_sha256="",
        status=200,
        ending=Ending.COMPLETE if size else Ending.NOT_BILLABLE,
        body_bytes=size,
        billable_bytes=size,
        billable_requests=1 if size else 0,
        is_repeat=is_repeat,
        priced_at_zero=priced_at_zero,
        floor_bracket=floor_bracket,
        is_test=is_test,
        occurred_us=occurred_us,
        policy_version="p1",
        node="node-1",
        is_statement=is_statement,
    )


def put_events(db: Database, *events: UsageEvent) -> None:
    """Put usage events where metering keeps them, as they are."""
    with db.transaction() as tx:
        for event in events:
            marks = [(int(event.is_repeat), 0)]
            insert_events(tx, [event], marks=marks, recorded_us=event.occurred_us)


def top_up(office: Office, minor: int, agreement_id: str = "agr_1") -> None:
    """Pay ahead under an agreement."""
    with office.books.together() as books:
        book(
            books,
            office.ids,
            topped_up(agreement_id, minor),
            key=f"top-up:{agreement_id}:{minor}",
            kind="top-up",
            ref=agreement_id,
            currency="EUR",
            at_us=office.clock.now_us(),
        )


class PlainPress:
    """Writes the figures of a paper and nothing around them."""

    def render(self, paper: Paper) -> Rendition:
        text = canonical_json(paper).encode()
        return Rendition(pdf=b"%PDF-" + text, cii=text, ubl=text)


class Office:
    """Everything billing and fund need, around one set of books."""

    def __init__(
        self,
        books: MemoryBooks | StoredBooks,
        *parties: Party,
        seller: Seller = SELF,
        terms: FundTerms | None = None,
        ids: IdSource | None = None,
        now_us: int = AFTER_NOVEMBER,
        press: Press | None = None,
        letterhead: Letterhead | None = None,
        carry: CarryTerms | None = None,
    ) -> None:
        self.resting: set[str] = set()
        self.books = books
        self.clock = HandClock(now_us)
        self.ids = ids or CountingIds()
        self.parties = FakeParties(*(parties or (a_party(),)))
        terms = terms or FundTerms()
        receipts = Receipts(
            ids=self.ids, terms=terms, parties=self.parties, clock=self.clock
        )
        self.fund_receipts = receipts
        self.press: Press = press or PlainPress()
        self.bank_desk = BankDesk(books, receipts=receipts, ids=self.ids)
        issuing = Issuing(lambda: self.press, letterhead or Letterhead(), self.parties)
        crediting = Crediting(
            books, receipts=receipts, issuing=issuing, clock=self.clock, ids=self.ids
        )
        self.disputes = Disputes(
            books, crediting=crediting, clock=self.clock, ids=self.ids
        )
        self.invoices = Invoices(
            books,
            receipts=receipts,
            issuing=issuing,
            crediting=crediting,
            is_invoiced=self.is_invoiced,
            clock=self.clock,
            ids=self.ids,
            once_issued=self.bank_desk.settle_from_credit,
        )
        self.payments = Payments(
            books, receipts=receipts, clock=self.clock, ids=self.ids
        )
        self.billing = BillingRun(
            books,
            parties=self.parties,
            invoices=self.invoices,
            drafting=Drafting(seller, self.parties, self.ids, carry or NOTHING_CARRIED),
            is_invoiced=self.is_invoiced,
            clock=self.clock,
            ids=self.ids,
        )
        self.declarations = Declarations(
            books,
            seller=seller,
            is_invoiced=self.is_invoiced,
            clock=self.clock,
            ids=self.ids,
        )
        self.fund = FundBooks(
            books, parties=self.parties, terms=terms, clock=self.clock, ids=self.ids
        )
        self.audit = Audit(books)
        self.letterhead = letterhead or Letterhead()
        self.seller = seller
        self.needs = Needs()

    def in_kind(self, hour_minor: int = 2_000) -> InKindDesk:
        """Contributions that make a draft smaller, at so much an hour."""
        return InKindDesk(
            self.books,
            parties=self.parties,
            seller=self.seller,
            offsets=Offsets(Worth(lambda: self.needs, {"EUR": hour_minor})),
            clock=self.clock,
        )

    def reminders(self, terms: ReminderTerms) -> Reminders:
        """Letters about what is overdue, under some terms."""
        return Reminders(
            self.books,
            parties=self.parties,
            terms=terms,
            letterhead=self.letterhead,
            clock=self.clock,
        )

    def is_invoiced(self, collection: str) -> bool:
        """Unless a test puts it to rest."""
        return collection not in self.resting

    @property
    def memory(self) -> MemoryBooks:
        """The books in memory, where metering can be stood in for."""
        assert isinstance(self.books, MemoryBooks)
        return self.books

    def agree(self, *agreements: Agreement) -> None:
        """Publish the tariffs, two versions, and keep agreements."""
        for version in (1, 2):
            self.books.tariffs.publish(a_tariff(version), at_us=1)
        for agreement in agreements or (an_agreement(),):
            self.books.agreements.add(agreement)

    def at(self, period: Period) -> None:
        """Move to just after a period."""
        seconds = (period.end_us - self.clock.now_us()) // 1_000_000 + 1
        self.clock.forward(s=seconds)
