"""A movement as the books have taken it in, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.billing.bank import Direction, Movement, Use, UsedFor, left_of
from gateway.fund.ports import Books
from gateway.services.customer_credit import party_of
from gateway.services.unanswered import unanswered_minor

PAID = (UsedFor.PAYMENT, UsedFor.BY_HAND)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A movement, and what became of it.

    Attributes:
        movement: As it is kept.
        is_new: False where an earlier statement had brought it.
        uses: What became of it.
        invoices: The numbers it settled, wholly or in part.
        left_minor: What nobody has a use for yet; 0 for money that went out.
        credit_of: The party whose credit it is, by the invoice it named; or empty.
        unanswered_minor: What it takes back, and nothing in the books answers for.
        outside: Why a steward said that it never was in the books, or empty.
    """

    movement: Movement
    is_new: bool
    uses: tuple[Use, ...]
    invoices: tuple[str, ...]
    left_minor: int
    credit_of: str = ""
    unanswered_minor: int = 0
    outside: str = ""


def taken(books: Books, movement: Movement, *, is_new: bool) -> TakenIn:
    """A movement as it stands now."""
    uses = books.bank.uses_of(movement.id)
    paid = [use.ref for use in uses if use.used_for in PAID]
    settled = (
        books.invoices.find(share.invoice_id)
        for ref in paid
        for share in books.payments.shares_of(ref)
    )
    numbers = dict.fromkeys(one.number for one in settled if one is not None)
    left = left_minor(books, movement)
    outside = books.bank.outside(movement.id)
    return TakenIn(
        movement,
        is_new,
        uses,
        tuple(numbers),
        left,
        credit_of=party_of(books, movement) if left else "",
        unanswered_minor=unanswered_minor(books, movement),
        outside=outside.reason if outside else "",
    )


def left_minor(books: Books, movement: Movement) -> int:
    """What nobody has a use for yet; 0 for money that went out."""
    if movement.direction is Direction.OUT:
        return 0
    return left_of(movement, books.bank.uses_of(movement.id))
