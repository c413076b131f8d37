"""A bank takes a gift or a donation back: who bears it."""

from __future__ import annotations

from gateway.billing.bank import Movement
from gateway.fund.accounts import DONATION, gift, is_gift, lies_on
from gateway.fund.bookings import Postings, lost
from gateway.fund.gift_bookings import donated, given
from gateway.fund.ports import Books
from gateway.kernel.ids import IdSource
from gateway.services.bookkeeping import book, giving_back

TAKEN_BACK = "gift-taken-back"
BORNE = "gift-borne"


def take_gift_back(
    books: Books, ids: IdSource, name: str, *, back: Movement, most: int
) -> int:
    """Undo a gift or a donation as far as a movement took it back.

    A donation went through the waterfall, and a gift may have been passed on: the
    reserve bears what is not there any more.

    Args:
        books: Within a transaction.
        ids: Where ids come from.
        name: The gift's id.
        back: What took the money.
        most: How much at most.

    Returns:
        How much was undone, minor units.
    """
    found = books.gifts.find(name)
    if found is None:
        return 0
    undone = sum(
        posting.amount_minor
        for entry in books.journal.of_ref(found.id)
        for posting in entry.postings
        if entry.kind == TAKEN_BACK
        and (posting.account == DONATION or is_gift(posting.account))
    )
    borne = sum(
        posting.amount_minor
        for entry in books.journal.of_ref(found.id)
        for posting in entry.postings
        if entry.kind == BORNE and posting.amount_minor > 0
    )
    amount = min(most, found.amount.minor - undone - borne)
    if amount <= 0:
        return 0
    at = lies_on(back.account)
    if found.is_directed:
        held = -books.journal.balance(gift(found.to_party_id), found.amount.currency)
        there = max(0, min(held, amount))
        steps: tuple[tuple[str, Postings], ...] = (
            (TAKEN_BACK, given(found.to_party_id, -there, from_=at)),
            (BORNE, lost(amount - there, at=at)),
        )
    else:
        steps = (
            (TAKEN_BACK, donated(-amount, from_=at)),
            ("given-back", giving_back(books, amount, found.amount.currency)),
        )
    for kind, postings in steps:
        book(
            books,
            ids,
            postings,
            key=f"{kind}:{back.id}:{found.id}",
            kind=kind,
            ref=found.id,
            currency=found.amount.currency,
            at_us=back.booked_us,
        )
    return amount
