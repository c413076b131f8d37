"""The billing run: usage of a period becomes rated lines, and these invoices.

One transaction takes up every event that occurred before the period's end and no
run took up before, prices it, and makes the drafts; so two runs at once, a second
run or a crash give the same rows. A period that is over is closed by its run: usage
that arrives later goes on the next invoice. A period still under way may be run
again and takes up what is new. What is too little for an invoice waits for the next
one (`services/drafting`).

What was metered while nothing was invoiced (no seller, or `licence_mode` below
`invoice`) is a statement for good: rated and shown, never owed, and it makes
nothing dearer that is owed later. Switching to `invoice` changes what comes after;
switching back leaves what no run took up yet as a statement too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

from gateway.billing.carrying import Carried
from gateway.billing.chain import Sealed
from gateway.billing.footing import Family, Footings
from gateway.billing.invoice import Invoice, Status
from gateway.billing.ports import PartyHistory, Run, RunKind, UpTo
from gateway.billing.rating import RatedLine, rate_families
from gateway.billing.rebate import open_over_time, rebates
from gateway.billing.span_charge import SpanCharge, covered
from gateway.billing.taking import Taken, Taking, UsageTerms, cells_of
from gateway.billing.tally import Cell, Context, Excluded, Share, Unratable
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.kernel.clock import Clock, from_us
from gateway.kernel.errors import InvalidValue
from gateway.kernel.ids import IdSource
from gateway.kernel.period import Period
from gateway.licensing.tariff import Tariff
from gateway.reciprocity.openness import opened
from gateway.reciprocity.spending import party_of
from gateway.services.bookkeeping import seal
from gateway.services.drafting import Drafting
from gateway.services.invoices import Invoices
from gateway.services.paid_ahead import PaidAhead
from gateway.services.span_charges import SpanCharges, Undeclared


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a billing run did, and what there is for the period.

    Attributes:
        period: Which period.
        runs: What was made: one for what is owed, one for what is only shown; none
            where nothing was left to do.
        rated: Events that these runs counted.
        excluded: Events they billed nothing, by reason.
        unratable: Events they had to leave, by reason.
        lines: What was rated for the period, by these runs and earlier ones.
        invoices: The period's invoices, voided ones left out.
        carried: What was too little for an invoice, and waits for the next.
        held: Id of each draft whose papers cannot be written yet, and why.
        undeclared: Turnovers that should be declared by now, and are not.
    """

    period: Period
    runs: tuple[Run, ...]
    rated: int
    excluded: Mapping[str, int]
    unratable: Mapping[str, int]
    lines: tuple[RatedLine, ...]
    invoices: tuple[Invoice, ...]
    carried: tuple[Carried, ...]
    held: Mapping[str, str]
    undeclared: tuple[Undeclared, ...] = ()


@dataclass
class _Known:
    """What usage names, each looked up once."""

    books: Books
    parties: PartyHistory
    people: dict[str, Party | None] = field(default_factory=dict)
    tariffs: dict[tuple[str, int], Tariff] = field(default_factory=dict)

    @cached_property
    def footings(self) -> Footings:
        """On what footing every party's use is priced."""
        return Footings(self.parties.all_parties(), self.parties.statements_about)

    def party(self, party_id: str) -> Party | None:
        """The party of that id."""
        if party_id not in self.people:
            self.people[party_id] = self.parties.find_party(party_id)
        return self.people[party_id]

    def has_opened(self, share: Share, *, now_us: int) -> bool:
        """Is it proven that what the use of a share went into was opened?"""
        party = self.party(share.party_id)
        at_us = min(share.month.end_us - 1, now_us)
        said = self.parties.statements_about(share.party_id)
        if party is not None and open_over_time(party, said).at(at_us):
            return True
        proofs = self.books.openness.of_agreement(share.agreement_id)
        return share.agreement_id in opened(proofs, at_us=at_us)

    def context(self, terms: UsageTerms) -> Context | Unratable | None:
        """Everything usage names, or what is missing; None where standing paid."""
        if party_of(terms.agreement_id):
            return None
        agreement = self.books.agreements.find(terms.agreement_id)
        version = (terms.tariff, terms.tariff_version)
        if version not in self.tariffs and (
            tariff := self.books.tariffs.find(*version)
        ):
            self.tariffs[version] = tariff
        party = self.party(terms.party_id)
        if agreement is None or agreement.party_id != terms.party_id:
            return Unratable.AGREEMENT_UNKNOWN
        if party is None:
            return Unratable.PARTY_UNKNOWN
        if version not in self.tariffs:
            return Unratable.TARIFF_UNKNOWN
        return Context(agreement, party, self.tariffs[version])


@dataclass(slots=True)
class _Batch:
    """What one run takes up."""

    run_id: str
    taking: Taking = field(default_factory=Taking)
    contexts: dict[int, Context] = field(default_factory=dict)

    def begin(self, known: _Known, terms_id: int, context: Context | None) -> Taken:
        """The first event of its terms is about to be taken up.

        Args:
            known: What usage names.
            terms_id: The number of its terms.
            context: What they name; None where standing paid.
        """
        terms = known.books.usage.terms(terms_id)
        if context is None:
            taken = Taken(terms)
        else:
            footings = known.footings
            taken = Taken(
                terms,
                context.agreement,
                context.tariff,
                stretch_of=lambda at_us: footings.at(terms.party_id, at_us).stretch,
            )
            self.contexts[terms_id] = context
        self.taking.taken[terms_id] = taken
        return taken

    def units(self, footings: Footings) -> Mapping[Family, Mapping[Cell, int]]:
        """Quantities, by where they are added."""
        units = defaultdict[Family, Counter[Cell]](Counter)
        for terms_id, context in self.contexts.items():
            taken = self.taking.taken[terms_id]
            for family, cell, quantity in cells_of(taken, context.tariff, footings):
                units[family][cell] += quantity
        return units

    def excluded(self) -> Counter[Excluded]:
        """Events that are billed nothing, by reason."""
        each = (taken.excluded for taken in self.taking.taken.values())
        return sum(each, Counter[Excluded]())

    def rated(self) -> int:
        """How many events count."""
        return sum(taken.rated for taken in self.taking.taken.values())


class BillingRun:
    """Runs billing."""

    def __init__(
        self,
        books: Books,
        *,
        parties: PartyHistory,
        invoices: Invoices,
        drafting: Drafting,
        is_invoiced: Callable[[str], bool],
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._parties = parties
        self._invoices = invoices
        self._drafting = drafting
        self._is_invoiced = is_invoiced
        self._span_charges = SpanCharges(drafting.seller, is_invoiced)
        self._clock = clock
        self._ids = ids
        self._ahead = PaidAhead(ids)

    def run(self, period: Period, *, drafts_only: bool = False) -> RunReport:
        """Bill a period; again, and nothing changes.

        Args:
            period: A month, usually.
            drafts_only: Leave the drafts for a steward to finalise.

        Raises:
            InvalidValue: the period has not begun, or the seller's settings lack a
                VAT rate that is needed.
            Unavailable: the store cannot write now.
        """
        _assert_begun(period, self._clock.now_us())
        batches = dict[RunKind, _Batch]()
        runs, unratable = tuple[Run, ...](), Counter[Unratable]()
        with self._books.together() as books:
            if not self._is_closed(books, period):
                known = _Known(books, self._parties)
                unratable = self._take_up(known, period, batches)
                runs = self._rate(known, period, batches)
        held = {} if drafts_only else self._invoices.finalise_all(period)
        self._let_balances_go_on(period)
        excluded = Counter[Excluded]()
        for batch in batches.values():
            excluded += batch.excluded()
        return RunReport(
            period=period,
            runs=runs,
            rated=sum(batch.rated() for batch in batches.values()),
            excluded={each.value: n for each, n in sorted(excluded.items())},
            unratable={each.value: n for each, n in sorted(unratable.items())},
            lines=tuple(self._lines(period)),
            invoices=tuple(
                each for each in self._of(period) if each.status is not Status.VOID
            ),
            carried=self._books.carried.waiting(),
            held=held,
            undeclared=self._span_charges.undeclared(
                self._books, upto_us=min(period.end_us, self._clock.now_us())
            ),
        )

    def _let_balances_go_on(self, period: Period) -> None:
        """What the last invoices of renewed agreements left is paid ahead still."""
        now_us = self._clock.now_us()
        if now_us >= period.end_us:
            with self._books.together() as books:
                self._ahead.all_go_on(books, ended_by_us=period.end_us, at_us=now_us)

    def _is_closed(self, books: Books, period: Period) -> bool:
        return any(
            run.period == period and run.cut_us >= period.end_us
            for run in books.ratings.runs()
        )

    def _of(self, period: Period) -> list[Invoice]:
        found = self._books.invoices.all()
        return [invoice for invoice in found if invoice.period == period]

    def _lines(self, period: Period) -> Iterator[RatedLine]:
        for run in self._books.ratings.runs():
            if run.period == period:
                yield from self._books.ratings.lines_of(run.id)

    def _take_up(
        self, known: _Known, period: Period, batches: dict[RunKind, _Batch]
    ) -> Counter[Unratable]:
        """Give every event to the run it belongs to; what cannot be rated stays."""
        unratable = Counter[Unratable]()
        books = known.books
        upto = UpTo(books.usage.last_seq(), period.end_us)
        takers: dict[int, tuple[Taking, Taken] | Unratable] = {}
        for passed in books.usage.waiting(upto):
            taker = takers.get(passed[1])
            if taker is None:
                taker = takers[passed[1]] = self._taker(known, passed[1], batches)
            if isinstance(taker, Unratable):
                unratable[taker] += 1
            else:
                taker[0].take(taker[1], passed)
        for batch in batches.values():
            books.ratings.add_taken(batch.run_id, batch.taking.sums(), upto)
        return unratable

    def _taker(
        self, known: _Known, terms_id: int, batches: dict[RunKind, _Batch]
    ) -> tuple[Taking, Taken] | Unratable:
        """Who takes up what is used under some terms."""
        terms = known.books.usage.terms(terms_id)
        context = known.context(terms)
        if isinstance(context, Unratable):
            return context
        batch = self._batch(batches, self._kind_of(terms))
        return batch.taking, batch.begin(known, terms_id, context)

    def _kind_of(self, terms: UsageTerms) -> RunKind:
        is_owed = not terms.is_statement and self._is_invoiced(terms.collection)
        return self._kind if is_owed else RunKind.STATEMENT

    @property
    def _kind(self) -> RunKind:
        is_selling = self._drafting.is_selling
        return RunKind.INVOICE if is_selling else RunKind.STATEMENT

    def _batch(self, batches: dict[RunKind, _Batch], kind: RunKind) -> _Batch:
        if kind not in batches:
            batches[kind] = _Batch(self._ids.new("run"))
        return batches[kind]

    def _rate(
        self, known: _Known, period: Period, batches: dict[RunKind, _Batch]
    ) -> tuple[Run, ...]:
        """Price what was taken up; a period that is over is closed, empty or not."""
        now_us = self._clock.now_us()
        books, is_over = known.books, now_us >= period.end_us
        may_bill = is_over and (
            self._span_charges.may_charge(books) or books.carried.waiting()
        )
        if is_over and (may_bill or not batches):
            self._batch(batches, self._kind)
        number = sum(run.period == period for run in books.ratings.runs())
        runs: list[Run] = []
        for kind, batch in sorted(batches.items()):
            number += 1
            run = Run(
                id=batch.run_id,
                period=period,
                number=number,
                cut_us=now_us,
                kind=kind,
                events=batch.taking.count(),
                usage_sha256=batch.taking.digest(),
            )
            # A statement never makes dearer what is owed.
            owed = RunKind.INVOICE if kind is RunKind.INVOICE else None
            reached = books.ratings.reached(kind=owed)
            lines = rate_families(
                batch.units(known.footings), tariffs=known.tariffs, reached=reached
            )
            books.ratings.add_run(run, lines)
            seal(books, Sealed.USAGE, ref=run.id, digest=run.usage_sha256)
            if kind is RunKind.INVOICE:
                self._draft(known, run, lines)
            runs.append(run)
        return tuple(runs)

    def _draft(self, known: _Known, run: Run, lines: tuple[RatedLine, ...]) -> None:
        """What openness takes off use, what spans cost beside it, and the drafts."""
        has_opened = partial(known.has_opened, now_us=run.cut_us)
        less = rebates(lines, known.tariffs, has_opened=has_opened)
        used = Counter[str]()
        for line in lines:
            used[line.share.agreement_id] += line.net_minor
        for rebate in less:
            used[rebate.agreement_id] -= rebate.net_minor
        charges = self._charge(known, run, used)
        self._drafting.draft(known.books, run, lines, charges=charges, rebates=less)

    def _charge(
        self, known: _Known, run: Run, used: Mapping[str, int]
    ) -> tuple[SpanCharge, ...]:
        """Charge what spans cost beside use, once the period is over."""
        if run.cut_us < run.period.end_us:
            return ()
        due = self._span_charges.due(
            known.books, upto_us=run.period.end_us, footings=known.footings
        )
        charges = tuple(covered(due, used))
        known.books.charges.add(run.id, charges)
        return charges


def _assert_begun(period: Period, now_us: int) -> None:
    """What has not begun has no usage of its own, and would take up everybody's.

    Raises:
        InvalidValue: *period* lies ahead.
    """
    if now_us < period.start_us:
        detail = (
            f"{period} has not begun; the month under way is {from_us(now_us):%Y-%m}"
        )
        raise InvalidValue(detail)
