"""What a barter books when its invoice is issued, and what the audit asks of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from gateway.billing.barter import Barter, net_parts
from gateway.billing.invoice import Invoice, Status
from gateway.fund.accounts import BARTER
from gateway.fund.barter_bookings import set_off, supplied
from gateway.fund.bookings import Postings
from gateway.fund.ports import Books
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.services.bookkeeping import book

Step = tuple[str, str, Postings]
"""Idempotency key, kind and postings of an entry."""


def book_barters(
    books: Books, ids: IdSource, invoice: Invoice, *, barters: Sequence[Barter]
) -> None:
    """Book what was supplied and set off, as an invoice is issued.

    No money came, so nothing of it runs through the waterfall.

    Args:
        books: Within the transaction that issues the invoice.
        ids: Where entries get their ids from.
        invoice: Finalised, and booked.
        barters: Everything that is set off against it.
    """
    for key, kind, postings in _steps(invoice, barters):
        book(
            books,
            ids,
            postings,
            key=key,
            kind=kind,
            ref=invoice.id,
            currency=invoice.currency,
            at_us=invoice.issued_us or 0,
        )


def bartered(books: Books) -> Iterator[str]:
    """What was set off is booked as said, once its invoice is issued and not before."""
    expected: set[str] = set()
    for invoice_id, rows in groupby(books.barters.all(), lambda one: one.invoice_id):
        invoice = books.invoices.find(invoice_id)
        if invoice is None or invoice.status is not Status.FINALISED:
            continue
        for key, _, postings in _steps(invoice, tuple(rows)):
            expected.add(key)
            entry = books.journal.find(key)
            if entry is None or sorted(entry.postings) != sorted(postings):
                yield f"what is set off against {invoice.number} is not booked ({key})"
    for entry in books.journal.entries():
        is_barter = entry.kind in {"barter-supply", "barter-set-off"}
        if is_barter and entry.key not in expected:
            yield f"the entry {entry.id} rests on no barter"
    for (account, currency), minor in sorted(books.journal.balances().items()):
        if account == BARTER:
            yield f"{Money(minor, currency)} of {BARTER} was never set off"


def _steps(invoice: Invoice, barters: Sequence[Barter]) -> Iterator[Step]:
    for each, net in zip(barters, net_parts(invoice, barters), strict=True):
        ref = f"{invoice.id}:{each.position}"
        supply = supplied(
            each.net_minor,
            each.tax_minor,
            owed_tax_minor=each.owed_tax_minor,
            is_deductible=each.taxed.is_deductible,
        )
        yield f"barter-supply:{ref}", "barter-supply", supply
        cancelled = set_off(each.gross_minor, net_minor=net)
        yield f"barter-set-off:{ref}", "barter-set-off", cancelled
