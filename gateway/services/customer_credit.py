"""A customer's credit: what somebody paid beyond the invoices they named.

It is derived from what is left of movements, never stored, so it cannot differ from
the bank. It is owed to whoever sent it: it settles the party's next invoice, or goes
back.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.billing.bank import Direction, Movement, UsedFor, left_of, numbers_in
from gateway.billing.invoice import Status
from gateway.fund.ports import Books
from gateway.kernel.money import Money


@dataclass(frozen=True, slots=True)
class CustomerCredit:
    """What is left of one movement, and whose it is.

    Attributes:
        party_id: Who was invoiced; empty where the money names nobody we know.
        movement: What came in.
        left: What nobody has a use for yet.
    """

    party_id: str
    movement: Movement
    left: Money


def party_of(books: Books, movement: Movement) -> str:
    """Whose money it is, by the invoice that it settled or named; or empty."""
    if movement.direction is not Direction.IN:
        return ""
    settled = (
        share.invoice_id
        for use in books.bank.uses_of(movement.id)
        if use.used_for in {UsedFor.PAYMENT, UsedFor.BY_HAND}
        for share in books.payments.shares_of(use.ref)
    )
    for name in (*settled, *numbers_in(movement.words)):
        invoice = books.invoices.find(name)
        if invoice is not None and invoice.status is Status.FINALISED:
            return invoice.buyer.party_id
    return ""


def credits_of(books: Books) -> tuple[CustomerCredit, ...]:
    """Everything that is left, by the time it was booked."""
    return tuple(
        CustomerCredit(
            party_of(books, one),
            one,
            Money(left_of(one, books.bank.uses_of(one.id)), one.amount.currency),
        )
        for one in books.bank.waiting()
    )
