"""A bank takes a gift or a donation back: who bears it."""

from __future__ import annotations

from gateway.billing.bank import Movement, TakenBack, Undone, Use
from gateway.fund.accounts import lies_on
from gateway.fund.bookings import Postings, lost
from gateway.fund.gift import Gift
from gateway.fund.gift_bookings import donated, given
from gateway.fund.given_back import GIVEN_BACK
from gateway.fund.ports import Books
from gateway.kernel.ids import IdSource
from gateway.services.bookkeeping import book
from gateway.services.given_back import Return, give_income_back, splits_about

PASSED_ON = "gift-passed-on"
TAKEN_BACK = "gift-taken-back"
BORNE = "gift-borne"


def take_gift_back(
    books: Books, ids: IdSource, use: Use, *, back: Movement, most: int
) -> int:
    """Undo a gift or a donation as far as a movement took it back.

    A donation went through the waterfall, and a gift may have been passed on: the
    reserve bears what is not there any more.

    Args:
        books: Within a transaction.
        ids: Where ids come from.
        use: What the money was used for: the gift.
        back: What took the money.
        most: How much at most.

    Returns:
        How much was undone, minor units.
    """
    found = books.gifts.find(use.ref)
    if found is None:
        return 0
    amount = min(most, use.amount_minor - gift_taken_back_minor(books, use))
    if amount <= 0:
        return 0
    part = TakenBack(back.id, use.movement_id, Undone.GIFT, found.id, "", amount)
    books.bank.take_back(part)
    at = lies_on(back.account)
    if found.is_directed:
        # What was given by others to the same person is theirs, and stays.
        there = 0 if is_passed_on(books, found) else amount
        steps: tuple[tuple[str, Postings], ...] = (
            (TAKEN_BACK, given(found.to_party_id, -there, from_=at)),
            (BORNE, lost(amount - there, at=at)),
        )
    else:
        steps = ((TAKEN_BACK, donated(-amount, from_=at)),)
        name = f"{GIVEN_BACK}:{back.id}:{found.id}"
        gone = Return(amount, found.amount.currency, found.id, name, back.booked_us)
        give_income_back(books, ids, gone, splits=splits_about(books, found.id))
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


def gift_taken_back_minor(books: Books, use: Use) -> int:
    """How much of a gift banks took back, minor units."""
    return sum(
        one.amount_minor
        for one in books.bank.taken_back_of(use.movement_id)
        if one.kind is Undone.GIFT and one.ref == use.ref
    )


def is_passed_on(books: Books, given_: Gift) -> bool:
    """Did it reach who was named?"""
    return any(one.kind == PASSED_ON for one in books.journal.of_ref(given_.id))
