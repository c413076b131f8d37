"""What each tariff's income gives to which collection, from documents and journal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gateway.billing.collection_parts import (
    collection_parts,
    received_parts,
    uncredited,
)
from gateway.billing.invoice import Status
from gateway.fund.accounts import INCOME
from gateway.fund.ports import Books
from gateway.kernel.errors import NotFound
from gateway.services.receipts import booked_of


@dataclass(frozen=True, slots=True, order=True)
class CollectionIncome:
    """What one tariff gave to one collection.

    Attributes:
        tariff: The tariff's id.
        collection: The collection's id; empty for what names none.
        currency: ISO 4217.
        charged_minor: On finalised invoices, less credit notes, without VAT.
        received_minor: Of that, what became income.
    """

    tariff: str
    collection: str
    currency: str
    charged_minor: int
    received_minor: int


def collection_income(books: Books) -> tuple[CollectionIncome, ...]:
    """Everything charged and received so far, by tariff and collection.

    Raises:
        NotFound: an invoice names an agreement that is gone.
    """
    weights = {
        (each.id, each.version): dict(each.shares)
        for each in books.tariffs.all()
        if each.shares
    }
    charged: Counter[tuple[str, str, str]] = Counter()
    received: Counter[tuple[str, str, str]] = Counter()
    for invoice in books.invoices.all(status=Status.FINALISED):
        agreement = books.agreements.find(invoice.agreement_id)
        if agreement is None:
            detail = f"the agreement of {invoice.number} is gone"
            raise NotFound(detail)
        lines = uncredited(invoice, books.invoices.notes_on(invoice.id))
        covered = sorted(agreement.collections)
        parts = collection_parts(lines, weights, covered=covered)
        arrived = received_parts(booked_of(books, invoice, INCOME), parts)
        for totals, each in ((charged, parts), (received, arrived)):
            for name, minor in each.items():
                totals[agreement.tariff, name, invoice.currency] += minor
    return tuple(
        CollectionIncome(*key, charged_minor=charged[key], received_minor=received[key])
        for key in sorted({*charged, *received})
    )
