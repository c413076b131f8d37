"""Income goes back: the reserve and the operator bear it, its payer gave less."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.billing.invoice import Invoice
from gateway.fund.given_back import GIVEN_BACK, NOBODY, GivenBack, parts_of
from gateway.fund.journal import Entry
from gateway.fund.ports import Books
from gateway.fund.waterfall import WATERFALL
from gateway.kernel.ids import IdSource
from gateway.services.bookkeeping import book, giving_back

EVER = range(12 * 10_000)
"""Every month there is."""


@dataclass(frozen=True, slots=True)
class Return:
    """What goes back.

    Attributes:
        net_minor: How much, 0 or more.
        currency: ISO 4217.
        ref: The invoice or the donation.
        key: The entry's.
        at_us: When it counts.
    """

    net_minor: int
    currency: str
    ref: str
    key: str
    at_us: int


def splits_of(books: Books, invoice: Invoice) -> tuple[Entry, ...]:
    """How what settled an invoice ran through the waterfall."""
    paid = (
        books.journal.find(f"{WATERFALL}:{share.payment_id}:{invoice.id}")
        for share in books.payments.shares_on(invoice.id)
    )
    return (*filter(None, paid), *splits_about(books, invoice.id))


def splits_about(books: Books, ref: str) -> tuple[Entry, ...]:
    """How what was received under a reference ran through the waterfall."""
    return tuple(each for each in books.journal.of_ref(ref) if each.kind == WATERFALL)


def give_income_back(
    books: Books, ids: IdSource, back: Return, *, splits: Iterable[Entry]
) -> None:
    """Book that income goes back, and whose it was.

    Args:
        books: Within a transaction.
        ids: Where ids come from.
        back: What goes back.
        splits: By which its income was handed on: they say who paid it.
    """
    place = books.bases.next_place(back.currency)
    entry = book(
        books,
        ids,
        giving_back(books, back.net_minor, back.currency),
        key=back.key,
        kind=GIVEN_BACK,
        ref=back.ref,
        currency=back.currency,
        at_us=back.at_us,
    )
    if entry is None:
        return
    owners = [books.bases.owner_of(each.id) for each in splits]
    owner = next(filter(None, reversed(owners)), NOBODY)
    stays = books.bases.receipts(back.currency, months=EVER)
    parts = parts_of(owner, back.net_minor, stays)
    books.bases.give_back(GivenBack(entry.id, owner, back.net_minor, place, parts))
