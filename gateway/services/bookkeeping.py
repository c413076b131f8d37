"""Booking and sealing: every entry and every issued document joins the chain.

To be used inside one transaction of the books, so that an entry and its link last
together or not at all.
"""

from __future__ import annotations

from gateway.billing.chain import Sealed, next_link
from gateway.fund.accounts import APPORTIONED, OPERATOR_FEE
from gateway.fund.bookings import Postings, given_back
from gateway.fund.journal import Entry, Posting, reversal
from gateway.fund.ports import Books
from gateway.fund.waterfall import fee_given_back
from gateway.kernel.ids import IdSource


def seal(books: Books, kind: Sealed, *, ref: str, digest: str) -> None:
    """Add a link to the chain.

    Args:
        books: Within a transaction.
        kind: What is sealed.
        ref: Its id; each is sealed once.
        digest: Its SHA-256, hex.
    """
    last = books.chain.last()
    books.chain.append(next_link(last, kind, ref=ref, digest=digest))


def book(
    books: Books,
    ids: IdSource,
    postings: tuple[Posting, ...],
    *,
    key: str,
    kind: str,
    ref: str,
    currency: str,
    at_us: int,
) -> Entry | None:
    """Book an entry and seal it; nothing happens where nothing moves.

    Args:
        books: Within a transaction.
        ids: Where the entry's id comes from.
        postings: See `gateway.fund.bookings`.
        key: Idempotency key.
        kind: What happened.
        ref: About what.
        currency: ISO 4217.
        at_us: When it counts.

    Returns:
        The entry, where something moved.

    Raises:
        Conflict: the key was booked before.
        InvalidValue: the entry does not balance.
    """
    if not postings:
        return None
    entry = Entry(
        id=ids.new("ent"),
        key=key,
        kind=kind,
        ref=ref,
        currency=currency,
        postings=postings,
        effective_us=at_us,
    )
    books.journal.post(entry)
    seal(books, Sealed.POSTING, ref=entry.id, digest=entry.digest)
    return entry


def giving_back(books: Books, net_minor: int, currency: str) -> Postings:
    """Income that was handed on and goes back: the operator's part, and the reserve's.

    Args:
        books: Within a transaction.
        net_minor: How much.
        currency: ISO 4217.
    """
    fee = fee_given_back(
        net_minor,
        fee_minor=-books.journal.balance(OPERATOR_FEE, currency),
        receipts_minor=books.journal.balance(APPORTIONED, currency),
    )
    return given_back(net_minor, fee_minor=fee)


def unbook(books: Books, ids: IdSource, entry: Entry, *, at_us: int) -> Entry:
    """Undo an entry by one that mirrors it, and seal that.

    Raises:
        Conflict: it was undone before.
    """
    undone = reversal(entry, entry_id=ids.new("ent"), effective_us=at_us)
    books.journal.post(undone)
    seal(books, Sealed.POSTING, ref=undone.id, digest=undone.digest)
    return undone
