"""Income by class of payer and collection, and how much of it came lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.billing.collection_parts import Weights, collection_parts, received_parts
from gateway.fund.gift import Gift
from gateway.fund.public_ports import ChargedLine, InvoiceIncome
from gateway.kernel.money import minor_digits
from gateway.services.public_books.figures import IncomeRow

THOUSANDTHS = 3
NO_LINES: Sequence[ChargedLine] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom and what income is told by.

    Attributes:
        payer: The proven entity of a party, or empty.
        weights: By tariff and version, where it publishes any.
        covered: The collections of an agreement.
    """

    payer: Callable[[str], str]
    weights: Mapping[tuple[str, int], Weights]
    covered: Callable[[str], Sequence[str]]


def income_rows(
    invoices: Iterable[InvoiceIncome],
    lines: Iterable[ChargedLine],
    sources: Sources,
    *,
    donations: Iterable[Gift] = (),
) -> tuple[IncomeRow, ...]:
    """Everything received so far.

    Args:
        invoices: By id.
        lines: Of those and perhaps of others, by invoice.
        sources: Whom and what it is told by.
        donations: Gifts to the commons; they name no collection.
    """
    totals: Counter[tuple[str, str, str]] = Counter()
    for invoice, charged in _together(invoices, lines):
        covered = sorted(sources.covered(invoice.agreement_id))
        parts = collection_parts(charged, sources.weights, covered=covered)
        payer = sources.payer(invoice.party_id)
        for name, minor in received_parts(invoice.received_minor, parts).items():
            totals[payer, name, invoice.currency] += minor
    for each in donations:
        payer = sources.payer(each.from_party_id)
        totals[payer, "", each.amount.currency] += each.amount.minor
    return tuple(
        IncomeRow(*key, received_minor=minor)
        for key, minor in sorted(totals.items())
        if minor
    )


def lately_thousandths(
    invoices: Iterable[InvoiceIncome], donations: Iterable[Gift] = ()
) -> int:
    """The most that came in lately in one currency, thousandths of its unit.

    Args:
        invoices: What each brought.
        donations: Those of the same time.
    """
    totals: Counter[str] = Counter()
    for invoice in invoices:
        totals[invoice.currency] += invoice.lately_minor
    for each in donations:
        totals[each.amount.currency] += each.amount.minor
    return max(
        (
            minor * 10**THOUSANDTHS // 10 ** minor_digits(currency)
            for currency, minor in totals.items()
        ),
        default=0,
    )


def _together(
    invoices: Iterable[InvoiceIncome], lines: Iterable[ChargedLine]
) -> Iterator[tuple[InvoiceIncome, Sequence[ChargedLine]]]:
    """Each invoice with its lines; both come by invoice."""
    grouped = ((key, [*each]) for key, each in groupby(lines, lambda it: it.invoice_id))
    known, charged = next(grouped, ("", []))
    for invoice in invoices:
        while known and known < invoice.invoice_id:
            known, charged = next(grouped, ("", []))
        is_its = known == invoice.invoice_id
        yield invoice, charged if is_its else NO_LINES
