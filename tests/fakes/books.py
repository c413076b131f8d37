"""All books in memory; held to the same contracts as the real stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace

from gateway.billing.bank import (
    Direction,
    Movement,
    TakenBack,
    Undone,
    Use,
    UsedFor,
    left_of,
)
from gateway.billing.canonical import canonical_json, sha256_of
from gateway.billing.chain import GENESIS, Link
from gateway.billing.credit_note import CreditNote, NamedNote
from gateway.billing.invoice import Invoice, InvoiceLine, Status
from gateway.billing.numbering import parsed
from gateway.billing.paper import Rendition
from gateway.billing.ports import (
    Issued,
    Run,
    RunKind,
    Unmatched,
    UpTo,
    UsageCounts,
    WireGap,
)
from gateway.billing.rating import RatedLine, Reached
from gateway.billing.reversals import Outside
from gateway.billing.settlement import Payment, PaymentShare
from gateway.billing.span_charge import ChargedFor, Declaration, SpanCharge
from gateway.billing.taking import Passed, Summed, UsageTerms
from gateway.billing.tally import Excluded
from gateway.billing.unbilled import LeftIntents
from gateway.fund.basis import Basis, Booking
from gateway.fund.given_back import GIVEN_BACK, GivenBack, Place
from gateway.fund.journal import Entry, balances
from gateway.fund.payer_rule import PayerBasis, Receipt
from gateway.fund.payout import Allocation
from gateway.identity.party import Party, folded
from gateway.identity.statement import Statement
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.period import Period
from gateway.licensing.agreement import Agreement
from gateway.licensing.ports import AcceptedOffer, PublishedBody
from gateway.licensing.tariff import Tariff
from gateway.metering.ports import IntentCounts
from gateway.metering.usage_event import UsageEvent
from gateway.reciprocity.appeal import Appeal
from gateway.reciprocity.contribution import Claim
from gateway.reciprocity.review import Review, Verdict
from gateway.reciprocity.standing import Judged
from tests.fakes.barters import FakeBarters
from tests.fakes.caps import FakeCaps
from tests.fakes.carried import FakeCarried
from tests.fakes.checkouts import FakeCheckouts
from tests.fakes.dunning import FakeDisputes, FakeReminders
from tests.fakes.gifts import FakeGifts
from tests.fakes.giving_back import FakeNeeds, FakeNotices, FakeOpenness
from tests.fakes.in_kind import FakeInKind
from tests.fakes.oversight import FakeCorrections, FakeDraws, FakeHarms
from tests.fakes.public_sums import FakePublicSums
from tests.fakes.rounds import FakePayouts, FakeRounds
from tests.fakes.said import said_of
from tests.fakes.statements import FakeStatements
from tests.fakes.taken import passed, usage_terms
from tests.fakes.voting import FakeDecisions, FakeOffices, FakeTallies, FakeVotes


class FakeParties:
    """Parties that are simply there."""

    def __init__(self, *parties: Party) -> None:
        self.known = {party.id: party for party in parties}
        self._stated: dict[str, list[tuple[int, Party]]] = {}

    def restate(self, party: Party, *, at_us: int) -> None:
        """From an instant on a party is known as this."""
        first = [(0, self.known[party.id])]
        self._stated.setdefault(party.id, first).append((at_us, party))
        self.known[party.id] = party

    def statements_about(self, party_id: str) -> tuple[Statement, ...]:
        """Everything it was known as; from the beginning, unless restated."""
        return said_of(self._stated.get(party_id, [(0, self.known[party_id])]))

    def find_party(self, party_id: str) -> Party | None:
        return self.known.get(party_id)

    def find_party_named(self, name: str) -> Party | None:
        named = {folded(party.name): party for party in self.known.values()}
        return named.get(folded(name))

    def all_parties(self) -> tuple[Party, ...]:
        return tuple(self.known[key] for key in sorted(self.known))

    def parties_of_owner(self, owner_id: str) -> tuple[Party, ...]:
        return tuple(
            party
            for party in self.all_parties()
            if party.beneficial_owner_id == owner_id
        )


class FakeTariffs:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], Tariff] = {}
        self.published: dict[tuple[str, int], int] = {}

    def publish(self, tariff: Tariff, *, at_us: int) -> bool:
        key = (tariff.id, tariff.version)
        is_new = key not in self.rows
        self.published.setdefault(key, at_us)
        if self.rows.setdefault(key, tariff) != tariff:
            raise Conflict("published with other terms")
        return is_new

    def find(self, tariff: str, version: int) -> Tariff | None:
        return self.rows.get((tariff, version))

    def all(self) -> tuple[Tariff, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))

    def bodies(self) -> tuple[PublishedBody, ...]:
        bodies = {(one.id, one.version): canonical_json(one) for one in self.all()}
        return tuple(
            PublishedBody(*key, body, sha256_of(body), self.published[key])
            for key, body in bodies.items()
        )


class FakeAgreements:
    def __init__(self) -> None:
        self.rows: dict[str, Agreement] = {}
        self.offers: dict[str, AcceptedOffer] = {}

    def add(self, agreement: Agreement, offer: AcceptedOffer | None = None) -> None:
        if agreement.id in self.rows:
            raise Conflict("the id is taken")
        if offer and self.offer_with_key(offer.key_sha256):
            raise Conflict("the key was used")
        self.rows[agreement.id] = agreement
        if offer:
            self.offers[agreement.id] = offer

    def find(self, agreement_id: str) -> Agreement | None:
        return self.rows.get(agreement_id)

    def agreements_of(self, party_id: str) -> tuple[Agreement, ...]:
        own = [each for each in self.rows.values() if each.party_id == party_id]
        return tuple(sorted(own, key=lambda each: (each.starts_us, each.id)))

    def all(self) -> tuple[Agreement, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))

    def end(self, agreement_id: str, *, at_us: int) -> None:
        known = self.rows.get(agreement_id)
        if known is None:
            raise NotFound("no such agreement")
        if known.ends_us is not None:
            raise Conflict("an agreement ends once")
        self.rows[agreement_id] = replace(known, ends_us=at_us)

    def offer_of(self, agreement_id: str) -> AcceptedOffer | None:
        return self.offers.get(agreement_id)

    def offer_with_key(self, key_sha256: str) -> AcceptedOffer | None:
        found = [one for one in self.offers.values() if one.key_sha256 == key_sha256]
        return found[0] if found and key_sha256 else None


class FakeRatings:
    def __init__(self, events: dict[str, UsageEvent]) -> None:
        self.events = events
        self.terms: list[UsageTerms] = []
        self.run_rows: dict[str, Run] = {}
        self.line_rows: dict[str, tuple[RatedLine, ...]] = {}
        self.sum_rows: dict[str, tuple[Summed, ...]] = {}
        self.taken: dict[str, str] = {}

    def terms_id(self, event: UsageEvent) -> int:
        terms = usage_terms(event)
        if terms not in self.terms:
            self.terms.append(terms)
        return self.terms.index(terms)

    def passed(self, event: UsageEvent) -> Passed:
        return passed(event, self.terms_id(event))

    def add_run(self, run: Run, lines: Sequence[RatedLine]) -> None:
        numbers = {(each.period, each.number) for each in self.run_rows.values()}
        if (run.period, run.number) in numbers:
            raise Conflict("the period has such a run")
        self.run_rows[run.id] = run
        self.line_rows[run.id] = tuple(lines)

    def add_taken(self, run_id: str, sums: Sequence[Summed], upto: UpTo) -> None:
        for terms_id in sorted({each.terms_id for each in sums}):
            waiting = [
                event.id
                for event in self.events.values()
                if event.id not in self.taken
                and event.occurred_us < upto.before_us
                and self.terms_id(event) == terms_id
            ]
            if not waiting:
                raise Conflict("taken up before")
            self.taken |= dict.fromkeys(waiting, run_id)
        self.sum_rows[run_id] = tuple(sums)

    def sums_of(self, run_id: str) -> tuple[Summed, ...]:
        return self.sum_rows.get(run_id, ())

    def runs(self) -> tuple[Run, ...]:
        by = sorted(self.run_rows.values(), key=lambda run: (run.period, run.number))
        return tuple(by)

    def lines_of(self, run_id: str) -> tuple[RatedLine, ...]:
        return self.line_rows.get(run_id, ())

    def reached(self, *, kind: RunKind | None = None) -> Mapping[Reached, int]:
        units: Counter[Reached] = Counter()
        for run_id, lines in self.line_rows.items():
            for line in lines if kind in {None, self.run_rows[run_id].kind} else ():
                if not line.is_unproven:
                    of = (line.share.party_id, line.ladder.tariff, line.ladder.span)
                    units[of] += line.quantity
        return units

    def nets(self) -> Mapping[tuple[str, Period], int]:
        found = Counter[tuple[str, Period]]()
        for run_id, lines in self.line_rows.items():
            if self.run_rows[run_id].kind is RunKind.INVOICE:
                for line in lines:
                    found[line.share.agreement_id, line.share.month] += line.net_minor
        return found

    def at_zero(self) -> Mapping[str, frozenset[Period]]:
        found: dict[str, frozenset[Period]] = {}
        for run_id, rows in self.sum_rows.items():
            run = self.run_rows.get(run_id)
            if run is None or run.kind is not RunKind.INVOICE:
                continue
            for each in rows:
                if each.excluded is Excluded.PRICED_AT_ZERO:
                    name = self.terms[each.terms_id].agreement_id
                    found[name] = found.get(name, frozenset()) | {run.period}
        return found

    def usage(self) -> UsageCounts:
        sums = [each for rows in self.sum_rows.values() for each in rows]
        excluded = Counter[str]()
        for each in sums:
            excluded[each.excluded.value if each.excluded else ""] += each.events
        rated = excluded.pop("", 0)
        return UsageCounts(
            events=len(self.events),
            duplicates=0,
            rated=rated,
            excluded=dict(sorted(excluded.items())),
            unrated=len(set(self.events) - set(self.taken)),
            units_rated=sum(each.units for each in sums),
            units_on_lines=sum(
                line.quantity for lines in self.line_rows.values() for line in lines
            ),
        )


class FakeUsage:
    def __init__(self, ratings: FakeRatings) -> None:
        self._ratings = ratings

    def waiting(self, upto: UpTo) -> Iterator[Passed]:
        ratings = self._ratings
        for key in sorted(set(ratings.events) - set(ratings.taken)):
            if ratings.events[key].occurred_us < upto.before_us:
                yield ratings.passed(ratings.events[key])

    def taken_by(self, run_id: str) -> Iterator[Passed]:
        taken = self._ratings.taken
        for key in sorted(key for key, run in taken.items() if run == run_id):
            yield self._ratings.passed(self._ratings.events[key])

    def terms(self, terms_id: int) -> UsageTerms:
        if terms_id >= len(self._ratings.terms):
            raise NotFound("no such terms")
        return self._ratings.terms[terms_id]

    def last_seq(self) -> int:
        return len(self._ratings.events)

    def intents(self) -> IntentCounts:
        return IntentCounts()

    def left(self) -> tuple[LeftIntents, ...]:
        return ()

    def wire_gaps(self) -> tuple[WireGap, ...]:
        return ()

    def unmatched(self) -> Unmatched:
        return Unmatched()


class FakeSpanCharges:
    def __init__(self) -> None:
        self.rows: list[tuple[str, SpanCharge]] = []

    def add(self, run_id: str, charges: Sequence[SpanCharge]) -> None:
        for charge in charges:
            before = self.charged(charge.charged_for)
            step = charge.due_minor - before.get((charge.agreement_id, charge.span), 0)
            if step != charge.net_minor or not step:
                raise Conflict("a span is charged once")
            self.rows = [*self.rows, (run_id, charge)]

    def charged(self, charged_for: ChargedFor) -> Mapping[tuple[str, Period], int]:
        found = Counter[tuple[str, Period]]()
        for _, charge in self.rows:
            if charge.charged_for is charged_for:
                found[charge.agreement_id, charge.span] += charge.net_minor
        return found

    def of_run(self, run_id: str) -> tuple[SpanCharge, ...]:
        return tuple(charge for run, charge in self.rows if run == run_id)

    def all(self) -> tuple[SpanCharge, ...]:
        def place(row: tuple[str, SpanCharge]) -> tuple[Period, str, str]:
            return row[1].span, row[1].agreement_id, row[0]

        return tuple(charge for _, charge in sorted(self.rows, key=place))


class FakeDeclarations:
    def __init__(self, agreements: FakeAgreements) -> None:
        self._agreements = agreements
        self.rows: list[Declaration] = []

    def add(self, declaration: Declaration) -> None:
        is_taken = any(each.id == declaration.id for each in self.rows)
        if is_taken or self._agreements.find(declaration.agreement_id) is None:
            raise Conflict("the id is taken, or there is no such agreement")
        self.rows = [*self.rows, declaration]

    def all(self) -> tuple[Declaration, ...]:
        return tuple(sorted(self.rows, key=lambda each: (each.recorded_us, each.id)))


class FakeInvoices:
    def __init__(self) -> None:
        self.rows: dict[str, Invoice] = {}
        self.note_rows: dict[str, CreditNote] = {}
        self.named: dict[str, NamedNote] = {}
        self.kept: dict[str, Issued] = {}
        self.next: Counter[str] = Counter()

    def add_draft(self, invoice: Invoice) -> None:
        key = (invoice.run_id, invoice.agreement_id, invoice.currency)
        if invoice.id in self.rows or key in {
            (each.run_id, each.agreement_id, each.currency)
            for each in self.rows.values()
        }:
            raise Conflict("the run has such a draft")
        self.rows[invoice.id] = invoice

    def add_line(self, invoice_id: str, line: InvoiceLine) -> None:
        self.rows[invoice_id] = self.rows[invoice_id].with_line(line)

    def next_number(self, series: str) -> int:
        return self.next[series] + 1

    def series(self) -> Mapping[str, int]:
        return {series: last + 1 for series, last in sorted(self.next.items())}

    def finalise(self, invoice: Invoice) -> None:
        self._draft(invoice.id)
        self._draw(invoice.number)
        self.rows[invoice.id] = invoice
        self._keep(invoice)

    def void(self, invoice_id: str) -> None:
        self.rows[invoice_id] = self._draft(invoice_id).voided()

    def find(self, name: str) -> Invoice | None:
        found = [each for each in self.rows.values() if name in {each.id, each.number}]
        return found[0] if found else None

    def all(self, *, status: Status | None = None) -> tuple[Invoice, ...]:
        return tuple(
            self.rows[key]
            for key in sorted(self.rows)
            if status in {None, self.rows[key].status}
        )

    def of_buyer(self, party_id: str) -> tuple[Invoice, ...]:
        return tuple(one for one in self.all() if one.buyer.party_id == party_id)

    def issued(self) -> Mapping[str, Issued]:
        return {key: self.kept[key] for key in sorted(self.kept)}

    def add_note(self, note: CreditNote) -> None:
        invoice = self.rows[note.invoice_id]
        before = sum(each.net_minor for each in self.notes_on(invoice.id))
        if before + note.net_minor > invoice.net_minor:
            raise Conflict("more is credited than was invoiced")
        self._draw(note.number)
        self.note_rows[note.id] = note
        self._keep(note)

    def name_note(self, named: NamedNote) -> None:
        if named.reference in self.named or named.note_id not in self.note_rows:
            raise Conflict("the name is taken")
        self.named = {**self.named, named.reference: named}

    def named_note(self, reference: str) -> NamedNote | None:
        return self.named.get(reference)

    def notes_on(self, invoice_id: str) -> tuple[CreditNote, ...]:
        own = [one for one in self.note_rows.values() if one.invoice_id == invoice_id]
        return tuple(sorted(own, key=lambda note: parsed(note.number)))

    def notes(self) -> tuple[CreditNote, ...]:
        return tuple(self.note_rows[key] for key in sorted(self.note_rows))

    def _draft(self, invoice_id: str) -> Invoice:
        known = self.rows.get(invoice_id)
        if known is None or known.status is not Status.DRAFT:
            raise Conflict("no draft")
        return known

    def _draw(self, text: str) -> None:
        series, number = parsed(text)
        if number != self.next_number(series):
            raise Conflict("not the next number")
        self.next[series] = number

    def _keep(self, document: Invoice | CreditNote) -> None:
        text = document.document
        totals = (document.net_minor, document.tax_minor)
        self.kept[document.id] = Issued(text, sha256_of(text), *totals)


class FakeRenditions:
    def __init__(self, invoices: FakeInvoices) -> None:
        self._invoices = invoices
        self.rows: dict[str, Rendition] = {}

    def add(self, document_id: str, rendition: Rendition) -> None:
        if document_id in self.rows or document_id not in self._invoices.kept:
            raise Conflict("kept before, or never issued")
        self.rows[document_id] = rendition

    def find(self, document_id: str) -> Rendition | None:
        return self.rows.get(document_id)

    def kept(self) -> Mapping[str, str]:
        return {key: self.rows[key].sha256 for key in sorted(self.rows)}


class FakePayments:
    def __init__(self) -> None:
        self.rows: dict[str, Payment] = {}
        self.shares: list[PaymentShare] = []

    def add(self, payment: Payment, shares: Sequence[PaymentShare]) -> None:
        if self.find(payment.provider, payment.reference):
            raise Conflict("the reference was used")
        self.rows[payment.id] = payment
        self.shares = [*self.shares, *shares]

    def find(self, provider: str, reference: str) -> Payment | None:
        for each in self.rows.values():
            if (each.provider, each.reference) == (provider, reference):
                return each
        return None

    def shares_of(self, payment_id: str) -> tuple[PaymentShare, ...]:
        own = [one for one in self.shares if one.payment_id == payment_id]
        return tuple(sorted(own, key=lambda share: share.invoice_id))

    def shares_on(self, invoice_id: str) -> tuple[PaymentShare, ...]:
        own = [one for one in self.shares if one.invoice_id == invoice_id]
        return tuple(sorted(own, key=lambda share: share.payment_id))

    def all(self) -> tuple[Payment, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))


class FakeBank:
    def __init__(self) -> None:
        self.rows: dict[str, Movement] = {}
        self.uses: list[Use] = []
        self.backs: list[TakenBack] = []
        self.outsiders: dict[str, Outside] = {}

    def add(self, movement: Movement) -> None:
        if self.named(movement.account, movement.reference):
            raise Conflict("the account has it")
        self.rows[movement.id] = movement

    def use(self, use: Use) -> None:
        movement = self.rows.get(use.movement_id)
        if movement is None or movement.direction is not Direction.IN:
            raise Conflict("nothing came in there")
        if use.amount_minor > left_of(movement, self.uses_of(movement.id)):
            raise Conflict("more than is left")
        if any((one.used_for, one.ref) == (use.used_for, use.ref) for one in self.uses):
            raise Conflict("used for that before")
        self.uses = [*self.uses, use]

    def find(self, movement_id: str) -> Movement | None:
        return self.rows.get(movement_id)

    def named(self, account: str, reference: str) -> Movement | None:
        for each in self.rows.values():
            if (each.account, each.reference) == (account, reference):
                return each
        return None

    def called(self, account: str, end_to_end: str) -> tuple[Movement, ...]:
        asked = (account, end_to_end) if end_to_end else None
        found = [o for o in self.rows.values() if (o.account, o.end_to_end) == asked]
        return tuple(sorted(found, key=lambda each: (each.booked_us, each.id)))

    def uses_of(self, movement_id: str) -> tuple[Use, ...]:
        return tuple(one for one in self.uses if one.movement_id == movement_id)

    def is_used(self, used_for: UsedFor, ref: str) -> bool:
        return any((one.used_for, one.ref) == (used_for, ref) for one in self.uses)

    def take_back(self, part: TakenBack) -> None:
        back, source = self.rows.get(part.back_id), self.rows.get(part.movement_id)
        if back is None or back.direction is not Direction.OUT or source is None:
            raise Conflict("nothing took that back")
        undone = [one for one in self.backs if one.kind is not Undone.DRAW]
        if part.kind is not Undone.DRAW:
            by_back = sum(o.amount_minor for o in undone if o.back_id == back.id)
            of = sum(o.amount_minor for o in undone if o.movement_id == source.id)
            if by_back + part.amount_minor > back.amount.minor:
                raise Conflict("more than it comes to")
            if of + part.amount_minor > source.amount.minor:
                raise Conflict("more than was brought")
        self.backs = [*self.backs, part]

    def taken_back_of(self, movement_id: str) -> tuple[TakenBack, ...]:
        found = [one for one in self.backs if one.movement_id == movement_id]
        return tuple(sorted(found, key=lambda one: one.back_id))

    def taken_back_on(self, invoice_id: str) -> tuple[TakenBack, ...]:
        found = [one for one in self.backs if one.invoice_id == invoice_id]
        return tuple(sorted(found, key=lambda one: one.back_id))

    def taken_back_by(self, back_id: str) -> tuple[TakenBack, ...]:
        return tuple(one for one in self.backs if one.back_id == back_id)

    def lay_outside(self, outside: Outside) -> None:
        back = self.rows.get(outside.back_id)
        if back is None or back.direction is not Direction.OUT:
            raise Conflict("nothing went out there")
        if back.id in self.outsiders:
            raise Conflict("said before")
        self.outsiders = {**self.outsiders, back.id: outside}

    def outside(self, back_id: str) -> Outside | None:
        return self.outsiders.get(back_id)

    def undone_by(self, back_id: str) -> int:
        undone = [one for one in self.backs if one.kind is not Undone.DRAW]
        returned = [one for one in self.uses if one.used_for is UsedFor.RETURNED]
        taken = sum(one.amount_minor for one in undone if one.back_id == back_id)
        sent = (o.amount_minor for o in returned if o.ref.split("/")[0] == back_id)
        return taken + sum(sent)

    def waiting(self) -> tuple[Movement, ...]:
        return tuple(
            one
            for one in self.all()
            if one.direction is Direction.IN and left_of(one, self.uses_of(one.id))
        )

    def all(self) -> tuple[Movement, ...]:
        by = sorted(self.rows.values(), key=lambda each: (each.booked_us, each.id))
        return tuple(by)


class FakeChain:
    def __init__(self) -> None:
        self.rows: list[Link] = []

    def last(self) -> Link | None:
        return self.rows[-1] if self.rows else None

    def append(self, link: Link) -> None:
        last = self.last()
        follows = (last.index + 1, last.hash) if last else (1, GENESIS)
        sealed = {(each.kind, each.ref) for each in self.rows}
        if (link.index, link.previous) != follows or (link.kind, link.ref) in sealed:
            raise Conflict("it does not follow")
        self.rows = [*self.rows, link]

    def links(self) -> tuple[Link, ...]:
        return tuple(self.rows)


class FakeJournal:
    def __init__(self) -> None:
        self.rows: dict[str, Entry] = {}

    def post(self, entry: Entry) -> None:
        if self.find(entry.key) or entry.id in self.rows:
            raise Conflict("booked before")
        if entry.reverses:
            self._assert_mirrors(entry)
        self.rows[entry.id] = entry

    def find(self, key: str) -> Entry | None:
        found = [each for each in self.rows.values() if each.key == key]
        return found[0] if found else None

    def entries(self) -> tuple[Entry, ...]:
        rows = self.rows.values()
        return tuple(sorted(rows, key=lambda each: (each.effective_us, each.id)))

    def of_ref(self, ref: str) -> tuple[Entry, ...]:
        return tuple(each for each in self.entries() if each.ref == ref)

    def balance(self, account: str, currency: str) -> int:
        return balances(self.rows.values())[account, currency]

    def balances(self) -> Mapping[tuple[str, str], int]:
        totals = balances(self.rows.values())
        return {key: totals[key] for key in sorted(totals) if totals[key]}

    def _assert_mirrors(self, entry: Entry) -> None:
        original = self.rows.get(entry.reverses)
        if original is None:
            raise NotFound("nothing to reverse")
        if not entry.mirrors(original):
            raise InvalidValue("no mirror")
        if any(each.reverses == entry.reverses for each in self.rows.values()):
            raise Conflict("reversed already")


class FakeBases:
    def __init__(self, journal: FakeJournal) -> None:
        self._journal = journal
        self.rows: dict[str, Basis] = {}
        self.back: dict[str, GivenBack] = {}

    def add(self, basis: Basis) -> None:
        if basis.entry_id in self.rows or basis.entry_id not in self._journal.rows:
            raise Conflict("it has one, or is not there")
        if basis.payer is not None:
            currency = self._journal.rows[basis.entry_id].currency
            if basis.payer.number != self.last_number(currency) + 1:
                raise Conflict("a receipt follows the last one")
        self.rows[basis.entry_id] = basis

    def all(self) -> tuple[Basis, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))

    def receipts(self, currency: str, *, months: range) -> tuple[Receipt, ...]:
        sums: dict[tuple[str, int], list[int]] = {}
        for basis, payer in self._paid(currency):
            if payer.month in months:
                total = sums.setdefault((payer.owner, payer.month), [0, 0])
                total[0] += basis.net_minor
                total[1] += basis.endowed_minor
        for part in (part for one in self._back(currency) for part in one.parts):
            if part.month in months:
                total = sums[part.owner, part.month]
                total[0] -= part.net_minor
                total[1] -= part.endowed_minor
        return tuple(Receipt(*key, *sums[key]) for key in sorted(sums) if sums[key][0])

    def last_number(self, currency: str) -> int:
        return max((payer.number for _, payer in self._paid(currency)), default=0)

    def last_booking(self, currency: str) -> Booking:
        paid = self._paid(currency)
        numbered = {basis.entry_id for basis, _ in paid}
        known = [basis.booking for basis, _ in paid if basis.booking]
        unnumbered = sum(
            each.kind == "waterfall" and each.currency == currency
            for each in self._journal.rows.values()
            if each.id not in numbered
        )
        return Booking(max((one.booked_us for one in known), default=0), unnumbered)

    def owner_of(self, entry_id: str) -> str | None:
        basis = self.rows.get(entry_id)
        return basis.payer.owner if basis and basis.payer else None

    def give_back(self, given_back: GivenBack) -> None:
        name = given_back.entry_id
        entry = self._journal.rows.get(name)
        if name in self.back or entry is None:
            raise Conflict("it is there, or its entry is not")
        if given_back.place.number != len(self._back(entry.currency)) + 1:
            raise Conflict("income that went back follows the last one")
        self.back[name] = given_back

    def given_back(self) -> tuple[GivenBack, ...]:
        return tuple(self.back[name] for name in sorted(self.back))

    def next_place(self, currency: str) -> Place:
        known = self._back(currency)
        unnumbered = sum(
            each.kind == GIVEN_BACK and each.currency == currency
            for each in self._journal.rows.values()
            if each.id not in self.back
        )
        return Place(len(known) + 1, self.last_number(currency), unnumbered)

    def _back(self, currency: str) -> list[GivenBack]:
        return [
            one
            for one in self.back.values()
            if self._journal.rows[one.entry_id].currency == currency
        ]

    def _paid(self, currency: str) -> list[tuple[Basis, PayerBasis]]:
        return [
            (each, each.payer)
            for each in self.rows.values()
            if each.payer and self._journal.rows[each.entry_id].currency == currency
        ]


class FakeDepartures:
    def __init__(self) -> None:
        self.rows: dict[str, list[int]] = {}

    def note(self, party_id: str, *, at_us: int) -> None:
        self.rows.setdefault(party_id, []).append(at_us)

    def last(self, party_id: str) -> int | None:
        return max(self.rows.get(party_id, []), default=None)


class FakeAllocations:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], Allocation] = {}

    def add(self, allocation: Allocation) -> None:
        key = (allocation.key, allocation.source, allocation.amount.currency)
        if key in self.rows:
            raise Conflict("the run was made")
        self.rows[key] = allocation

    def all(self) -> tuple[Allocation, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))


class FakeContributions:
    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}
        self.reviews: list[Review] = []
        self.appeal_rows: list[Appeal] = []

    def add_claim(self, claim: Claim) -> None:
        if claim.id in self.claims:
            raise Conflict("the id is taken")
        if claim.origin and claim.origin in self.origins():
            raise Conflict("claimed before")
        self.claims[claim.id] = claim

    def add_review(self, review: Review) -> None:
        claim = self.claims.get(review.claim_id)
        if claim is None:
            raise NotFound("no such claim")
        if claim.party_id == review.reviewer_id or review.id in {
            each.id for each in self.reviews
        }:
            raise Conflict("not this review")
        earlier = self._of(claim.id)
        if earlier and earlier[-1].verdict is Verdict.REVERSE:
            about = {each.about for each in self.appeal_rows}
            reversers = [
                one.reviewer_id for one in earlier if one.verdict is Verdict.REVERSE
            ]
            if earlier[-1].id not in about or review.reviewer_id in reversers:
                raise Conflict("lifted on appeal, by another")
        self.reviews = [*self.reviews, review]

    def find(self, claim_id: str) -> Judged | None:
        claim = self.claims.get(claim_id)
        if claim is None:
            return None
        return Judged(claim, tuple(self._of(claim_id)))

    def of_party(self, party_id: str) -> tuple[Judged, ...]:
        return tuple(each for each in self.all() if each.claim.party_id == party_id)

    def all(self) -> tuple[Judged, ...]:
        found = (self.find(claim_id) for claim_id in sorted(self.claims))
        return tuple(each for each in found if each)

    def origins(self) -> frozenset[str]:
        return frozenset(one.origin for one in self.claims.values() if one.origin)

    def add_appeal(self, appeal: Appeal) -> None:
        if any(appeal.about == each.about for each in self.appeal_rows):
            raise Conflict("appealed before")
        if any(appeal.id == each.id for each in self.appeal_rows):
            raise Conflict("the id is taken")
        self.appeal_rows = [*self.appeal_rows, appeal]

    def appeals(self) -> tuple[Appeal, ...]:
        by = sorted(self.appeal_rows, key=lambda each: (each.appealed_us, each.id))
        return tuple(by)

    def accepted_by(self, reviewer_id: str, *, since_us: int) -> tuple[str, ...]:
        accepted = [
            self.claims[each.claim_id].party_id
            for each in self.reviews
            if (each.reviewer_id, each.verdict) == (reviewer_id, Verdict.ACCEPT)
            and each.reviewed_us > since_us
        ]
        return tuple(sorted(accepted))

    def reviewers(self, *, since_us: int) -> tuple[str, ...]:
        recent = {one.reviewer_id for one in self.reviews if one.reviewed_us > since_us}
        return tuple(sorted(recent))

    def _of(self, claim_id: str) -> list[Review]:
        own = [each for each in self.reviews if each.claim_id == claim_id]
        return sorted(own, key=lambda review: (review.reviewed_us, review.id))


class MemoryBooks:
    """`Books` over dictionaries; a transaction that fails is undone."""

    def __init__(self) -> None:
        self.events: dict[str, UsageEvent] = {}
        self.tariffs = FakeTariffs()
        self.agreements = FakeAgreements()
        self.caps = FakeCaps()
        self.ratings = FakeRatings(self.events)
        self.usage = FakeUsage(self.ratings)
        self.charges = FakeSpanCharges()
        self.declarations = FakeDeclarations(self.agreements)
        self.statements = FakeStatements(self.events)
        self.invoices = FakeInvoices()
        self.renditions = FakeRenditions(self.invoices)
        self.carried = FakeCarried(self.ratings, self.invoices)
        self.in_kind = FakeInKind(self.invoices)
        self.barters = FakeBarters(self.invoices, self.agreements)
        self.disputes = FakeDisputes(self.invoices)
        self.reminders = FakeReminders(self.invoices)
        self.payments = FakePayments()
        self.bank = FakeBank()
        self.checkouts = FakeCheckouts()
        self.chain = FakeChain()
        self.journal = FakeJournal()
        self.bases = FakeBases(self.journal)
        self.allocations = FakeAllocations()
        self.contributions = FakeContributions()
        self.needs = FakeNeeds(self.contributions)
        self.departures = FakeDepartures()
        self.openness = FakeOpenness()
        self.notices = FakeNotices()
        self.votes = FakeVotes()
        self.tallies = FakeTallies()
        self.decisions = FakeDecisions()
        self.rounds = FakeRounds()
        self.payouts = FakePayouts(self.journal)
        self.offices = FakeOffices()
        self.draws = FakeDraws()
        self.harms = FakeHarms(self.contributions)
        self.corrections = FakeCorrections()
        self.gifts = FakeGifts()

    @property
    def public(self) -> FakePublicSums:
        return FakePublicSums(self)

    def add_events(self, *events: UsageEvent) -> None:
        """Stand in for metering."""
        self.events.update((event.id, event) for event in events)

    @contextmanager
    def reading(self) -> Iterator[MemoryBooks]:
        yield self

    @contextmanager
    def together(self) -> Iterator[MemoryBooks]:
        stores = [
            store
            for name, store in vars(self).items()
            if name not in {"events", "usage"}
        ]
        before = [
            {
                name: copy(value)
                for name, value in vars(store).items()
                if name
                not in {
                    *("events", "_invoices", "_ratings", "_agreements", "_journal"),
                    "_contributions",
                }
            }
            for store in stores
        ]
        try:
            yield self
        except BaseException:
            for store, state in zip(stores, before, strict=True):
                vars(store).update(state)
            raise
