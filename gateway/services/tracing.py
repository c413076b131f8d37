"""From a line of an invoice back to what it charges for.

Quantities are added up before they are priced, so brackets divide a pool of usage:
all that one party took of one collection in one month, under one version of a
tariff. A line leads to the events of its pool, whose units are those of all lines of
the pool together, to the last one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from operator import itemgetter

from gateway.billing.invoice import Invoice, InvoiceLine, LineKind
from gateway.billing.span_charge import Declaration, SpanCharge
from gateway.billing.taking import Passed, Taken, UsageTerms
from gateway.billing.tally import Excluded
from gateway.fund.ports import Books
from gateway.kernel.errors import NotFound
from gateway.kernel.period import Period, month_of
from gateway.licensing.tariff import Metered

Pool = tuple[str, str, int, Period]
"""Collection, tariff, version, and month."""


@dataclass(frozen=True, slots=True)
class TracedEvent:
    """An event behind an invoice.

    Attributes:
        id: The request's id, as in `usage export`.
        occurred_us: When, microseconds UTC.
        collection: Of what.
        status: HTTP status.
        body_bytes: What left us.
        units: What counts of it: bytes, requests or records.
        excluded: Why it counts nothing; None where it counts.
    """

    id: str
    occurred_us: int
    collection: str
    status: int
    body_bytes: int
    units: int
    excluded: Excluded | None


@dataclass(frozen=True, slots=True)
class Basis:
    """What a line beside use rests on.

    Attributes:
        charge: The step that made the line.
        declarations: For a royalty, every turnover declared for its span so far.
    """

    charge: SpanCharge
    declarations: tuple[Declaration, ...]


def line_of(invoice: Invoice, position: int) -> InvoiceLine:
    """The line at a position.

    Raises:
        NotFound: the invoice has no such line.
    """
    for line in invoice.lines:
        if line.position == position:
            return line
    detail = f"{invoice.number or invoice.id} has no line {position}"
    raise NotFound(detail)


def pool_of(line: InvoiceLine) -> Pool | None:
    """The pool of usage that a line charges a part of; None where it charges none."""
    if line.kind is not LineKind.USAGE:
        return None
    return line.collection, line.tariff, line.tariff_version, line.month


def pooled_units(invoice: Invoice, pool: Pool) -> int:
    """What all lines of a pool charge together."""
    return sum(line.quantity for line in invoice.lines if pool_of(line) == pool)


def events_behind(
    books: Books, invoice: Invoice, pool: Pool | None = None
) -> Iterator[TracedEvent]:
    """The events behind an invoice, in the order of their ids, in constant memory.

    Args:
        books: All books.
        invoice: Of any state.
        pool: Only those that count in it; None for all, those that count nothing too.

    Raises:
        NotFound: usage names terms that are gone.
    """
    known: dict[int, _Taker | None] = {}
    for passed in _taken(books, invoice):
        number = passed[1]
        if number not in known:
            known[number] = _taker(books, invoice, books.usage.terms(number))
        taker = known[number]
        if taker is None:
            continue
        event = taker.traced(passed)
        terms = taker.taken.terms
        month = month_of(event.occurred_us)
        its = (terms.collection, terms.tariff, terms.tariff_version, month)
        if pool is None or (event.excluded is None and its == pool):
            yield event


def _taken(books: Books, invoice: Invoice) -> Iterator[Passed]:
    """What its run took up, and the runs whose small amounts it bills, by id."""
    runs = [invoice.run_id]
    runs += [one.run_id for one in books.carried.all() if one.invoice_id == invoice.id]
    return merge(*map(books.usage.taken_by, runs), key=itemgetter(0))


def basis_of(books: Books, invoice: Invoice, line: InvoiceLine) -> Basis | None:
    """What a line beside use rests on; None for any other line."""
    for charge in books.charges.of_run(invoice.run_id):
        if (charge.agreement_id, charge.charged_for.value, charge.span) == (
            invoice.agreement_id,
            line.kind.value,
            line.month,
        ):
            declared = tuple(
                each
                for each in books.declarations.all()
                if line.kind is LineKind.ROYALTY
                and (each.agreement_id, each.span) == (charge.agreement_id, charge.span)
            )
            return Basis(charge, declared)
    return None


@dataclass(frozen=True, slots=True)
class _Taker:
    """Counts events of the same terms as the run counted them."""

    taken: Taken
    metered: Metered

    def traced(self, passed: Passed) -> TracedEvent:
        before = dict(self.taken.excluded)
        self.taken.take(passed)
        now = self.taken.excluded
        excluded = next((one for one in now if now[one] != before.get(one, 0)), None)
        name, _, body_bytes, billable_bytes, requests, _, occurred_us = passed
        units = billable_bytes if self.metered is Metered.BYTES else requests
        return TracedEvent(
            id=name,
            occurred_us=occurred_us,
            collection=self.taken.terms.collection,
            status=self.taken.terms.status,
            body_bytes=body_bytes,
            units=0 if excluded else units,
            excluded=excluded,
        )


def _taker(books: Books, invoice: Invoice, terms: UsageTerms) -> _Taker | None:
    """What counts usage of some terms; None where they are another agreement's."""
    if terms.agreement_id != invoice.agreement_id:
        return None
    agreement = books.agreements.find(terms.agreement_id)
    tariff = books.tariffs.find(terms.tariff, terms.tariff_version)
    if agreement is None or tariff is None:
        detail = f"usage of {invoice.id} names terms that are gone"
        raise NotFound(detail)
    return _Taker(Taken(terms, agreement, tariff), tariff.metered)
