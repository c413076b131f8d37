"""The audit of what banks took back: movements, what was undone, and the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gateway.billing.bank import Direction, TakenBack, Undone
from gateway.fund.accounts import BANK, STRIPE
from gateway.fund.ports import Books
from gateway.kernel.money import Money
from gateway.services.gifts_taken_back import BORNE, TAKEN_BACK
from gateway.services.taking_back import TOP_UP_BORNE

UNDOING = frozenset(
    {
        *("bank-returned", "payment-taken-back", "top-up-taken-back"),
        *(TOP_UP_BORNE, TAKEN_BACK, BORNE),
    }
)
"""Kinds of entries that undo what came in; the second word of a key says by what."""


def reversals(books: Books) -> Iterator[str]:
    """What a movement undid is what the journal gave back, and never more than it is.

    And of each payment, top-up or gift no more than it brought.
    """
    booked = _booked(books)
    undone: Counter[tuple[str, str]] = Counter()
    for back in books.bank.all():
        if back.direction is not Direction.OUT:
            continue
        currency, amount = back.amount.currency, back.amount.minor
        taken = books.bank.undone_by(back.id)
        undone.update(_by_use(books.bank.taken_back_by(back.id)))
        for minor, says in ((taken, "undid"), (booked[back.id], "gave back")):
            if minor > amount:
                told = Money(minor, currency)
                yield f"{back.id} took back {back.amount} and {says} {told}"
        if taken != booked[back.id]:
            yield (
                f"{back.id} undid {Money(taken, currency)} of what came in, the"
                f" journal gave back {Money(booked[back.id], currency)}"
            )
    for (movement_id, ref), minor in sorted(undone.items()):
        uses = books.bank.uses_of(movement_id)
        brought = sum(use.amount_minor for use in uses if use.ref == ref)
        if minor > brought:
            yield f"{minor} was taken back of {ref}, which brought {brought}"


def _booked(books: Books) -> Counter[str]:
    """What the journal gave back to a bank or a provider, by what took it."""
    booked: Counter[str] = Counter()
    for entry in books.journal.entries():
        if entry.kind in UNDOING:
            booked[entry.key.split(":")[1]] -= sum(
                posting.amount_minor
                for posting in entry.postings
                if posting.account in {BANK, STRIPE}
            )
    return booked


def _by_use(parts: tuple[TakenBack, ...]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for part in parts:
        if part.kind is not Undone.DRAW:
            found[part.movement_id, part.ref] += part.amount_minor
    return found
