"""What takes money back, and what in the books answers for it."""

from __future__ import annotations

from gateway.billing.bank import Direction, Movement, returned_in
from gateway.billing.reversals import by_likelihood, takes_back
from gateway.fund.accounts import HELD_BY
from gateway.fund.ports import Books


def sources_of(books: Books, back: Movement) -> tuple[Movement, ...]:
    """What a refund, a chargeback or a bank's reversal takes back, likeliest first.

    At a provider these are the payment itself, by its reference, and what came again
    of it.
    """
    found = books.bank.called(back.account, back.end_to_end)
    if back.account not in HELD_BY:
        return by_likelihood(one for one in found if takes_back(back, one))
    paid = books.bank.named(back.account, back.end_to_end)
    known = {one.id: one for one in (*found, *((paid,) if paid else ()))}
    fitting = (
        one
        for one in known.values()
        if one.direction is Direction.IN and one.amount.currency == back.amount.currency
    )
    by = sorted(fitting, key=lambda one: (one.booked_us, one.id), reverse=True)
    return tuple(by)


def waiting_for(books: Books, paid: Movement) -> tuple[Movement, ...]:
    """Reversals that were read before the payment they take back, oldest first.

    Those that a steward laid outside the books wait as well: by now it is here.
    """
    if paid.account in HELD_BY:
        return ()
    found = books.bank.called(paid.account, paid.end_to_end)
    return tuple(
        back
        for back in found
        if takes_back(back, paid) and not taken_back_minor(books, back)
    )


def taken_back_minor(books: Books, back: Movement) -> int:
    """How much of a movement that went out is undone in the books, minor units."""
    return books.bank.undone_by(back.id)


def unanswered_minor(books: Books, back: Movement) -> int:
    """What a movement takes back of us that nothing in the books answers for.

    0 for what went out for something else, at a provider, where it is a loss, and
    where a steward said that it never was in the books.
    """
    is_back = back.is_reversal or bool(returned_in(back.words))
    if back.direction is Direction.IN or back.account in HELD_BY or not is_back:
        return 0
    rest = back.amount.minor - taken_back_minor(books, back)
    return rest if rest and books.bank.outside(back.id) is None else 0
