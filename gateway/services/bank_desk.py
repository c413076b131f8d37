"""Bank statements: what the bank reports is taken in once, and matched or kept.

Money that came in is booked where it lies and as owed to whoever sent it; what names
an invoice settles it at once. Nothing is guessed, and nothing is lost: the rest waits
until a steward says what it is for, or sends it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gateway.billing.bank import (
    MOVEMENT,
    Direction,
    Movement,
    Use,
    UsedFor,
    left_of,
    numbers_in,
    returned_in,
    shared_out,
)
from gateway.billing.invoice import Invoice, Status
from gateway.billing.settlement import BY_STATEMENT, Payment, PaymentShare
from gateway.fund.bookings import Postings, arrived, sent_back
from gateway.fund.ports import Books
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.services.bookkeeping import book
from gateway.services.payments import finalised_invoice
from gateway.services.receipts import Receipts, open_of

BY_HAND = "bank"
"""Provider of payments that a steward recorded."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A movement, and what became of it.

    Attributes:
        movement: As it is kept.
        is_new: False where an earlier statement had brought it.
        uses: What became of it.
        invoices: The numbers it settled, wholly or in part.
        left_minor: What nobody has a use for yet; 0 for money that went out.
    """

    movement: Movement
    is_new: bool
    uses: tuple[Use, ...]
    invoices: tuple[str, ...]
    left_minor: int


class BankDesk:
    """Everything that is done with movements on the bank account."""

    def __init__(self, books: Books, *, receipts: Receipts, ids: IdSource) -> None:
        self._books = books
        self._receipts = receipts
        self._ids = ids

    def take_in(self, movements: Iterable[Movement]) -> tuple[TakenIn, ...]:
        """Take in what a bank reported: all of it in one transaction, or nothing.

        Raises:
            Conflict: the bank gave a reference of earlier to another movement.
        """
        with self._books.together() as books:
            return tuple(self._take(books, each) for each in movements)

    def match(self, movement_id: str, invoices: Sequence[str]) -> TakenIn:
        """Say which invoices a movement was for.

        Args:
            movement_id: Money that came in, and has something left.
            invoices: Numbers or ids, in the order in which they are settled.

        Raises:
            Conflict: an invoice is a draft, or void.
            InvalidValue: nothing is left, an invoice has another currency, or none
                has anything open.
            NotFound: there is no such movement or invoice.
        """
        with self._books.together() as books:
            movement = _found(books, movement_id)
            named = [
                _payable(books, name, movement) for name in dict.fromkeys(invoices)
            ]
            if not _left(books, movement):
                raise InvalidValue(f"nothing is left of {movement_id}")
            if not self._settle(books, movement, named):
                raise InvalidValue("none of these invoices has anything open")
            return _taken(books, movement, is_new=False)

    def show(self, movement_id: str) -> TakenIn:
        """A movement, and what became of it.

        Raises:
            NotFound: there is no such movement.
        """
        with self._books.reading() as books:
            return _taken(books, _found(books, movement_id), is_new=False)

    def all(self) -> tuple[TakenIn, ...]:
        """Every movement, by the time it was booked."""
        with self._books.reading() as books:
            return tuple(
                _taken(books, movement, is_new=False) for movement in books.bank.all()
            )

    def _take(self, books: Books, reported: Movement) -> TakenIn:
        known = books.bank.named(reported.account, reported.reference)
        if known is not None:
            _assert_same(known, reported)
            return _taken(books, known, is_new=False)
        movement = replace(reported, id=self._ids.new(MOVEMENT))
        books.bank.add(movement)
        if movement.direction is Direction.IN:
            self._came_in(books, movement)
        else:
            self._went_out(books, movement)
        return _taken(books, movement, is_new=True)

    def _came_in(self, books: Books, movement: Movement) -> None:
        by_hand = books.payments.find(BY_HAND, movement.reference)
        if by_hand is not None and _amount(by_hand) == movement.amount:
            # It is in the books already, with its bank side.
            whole = movement.amount.minor
            books.bank.use(Use(movement.id, UsedFor.BY_HAND, by_hand.id, whole))
            return
        self._book(books, movement, arrived(movement.amount.minor), key="arrived")
        found = (books.invoices.find(name) for name in numbers_in(movement.words))
        named = [
            invoice
            for invoice in found
            if invoice is not None
            and invoice.status is Status.FINALISED
            and invoice.currency == movement.amount.currency
        ]
        self._settle(books, movement, named)

    def _went_out(self, books: Books, movement: Movement) -> None:
        """What went out concerns us here where it sends back what had come in."""
        source = books.bank.find(returned_in(movement.words))
        if source is None or source.direction is not Direction.IN:
            return
        amount = movement.amount
        is_fitting = source.amount.currency == amount.currency
        if not is_fitting or amount.minor > _left(books, source):
            return
        self._book(books, movement, sent_back(amount.minor), key="returned")
        books.bank.use(Use(source.id, UsedFor.RETURNED, movement.id, amount.minor))

    def _settle(
        self, books: Books, movement: Movement, invoices: Sequence[Invoice]
    ) -> bool:
        """Give what is left to invoices, one after the other."""
        uses = books.bank.uses_of(movement.id)
        owed = [(one.id, open_of(books, one)) for one in invoices]
        parts = shared_out(left_of(movement, uses), owed)
        if not parts:
            return False
        payment = Payment(
            id=self._ids.new("pay"),
            provider=BY_STATEMENT,
            reference=f"{movement.id}:{len(uses) + 1}",
            currency=movement.amount.currency,
            amount_minor=sum(parts.values()),
            received_us=movement.booked_us,
        )
        shares = [PaymentShare(payment.id, *part) for part in parts.items()]
        self._receipts.take(books, payment, shares)
        books.bank.use(
            Use(movement.id, UsedFor.PAYMENT, payment.id, payment.amount_minor)
        )
        return True

    def _book(
        self, books: Books, movement: Movement, postings: Postings, *, key: str
    ) -> None:
        book(
            books,
            self._ids,
            postings,
            key=f"bank:{key}:{movement.id}",
            kind=f"bank-{key}",
            ref=movement.id,
            currency=movement.amount.currency,
            at_us=movement.booked_us,
        )


def _found(books: Books, movement_id: str) -> Movement:
    movement = books.bank.find(movement_id)
    if movement is None:
        detail = f"there is no movement {movement_id}; see `copyfair payment list`"
        raise NotFound(detail)
    return movement


def _amount(payment: Payment) -> Money:
    return Money(payment.amount_minor, payment.currency)


def _left(books: Books, movement: Movement) -> int:
    if movement.direction is Direction.OUT:
        return 0
    return left_of(movement, books.bank.uses_of(movement.id))


def _taken(books: Books, movement: Movement, *, is_new: bool) -> TakenIn:
    uses = books.bank.uses_of(movement.id)
    paid = [use.ref for use in uses if use.used_for is not UsedFor.RETURNED]
    settled = (
        books.invoices.find(share.invoice_id)
        for ref in paid
        for share in books.payments.shares_of(ref)
    )
    numbers = dict.fromkeys(one.number for one in settled if one is not None)
    return TakenIn(movement, is_new, uses, tuple(numbers), _left(books, movement))


def _assert_same(known: Movement, reported: Movement) -> None:
    before = (known.amount, known.direction, known.is_reversal)
    if before != (reported.amount, reported.direction, reported.is_reversal):
        detail = (
            f"{known.reference} on {known.account} is in the books with"
            f" {known.amount} {known.direction}, the statement says"
            f" {reported.amount} {reported.direction}; ask the bank which is right"
        )
        raise Conflict(detail)


def _payable(books: Books, name: str, movement: Movement) -> Invoice:
    invoice = finalised_invoice(books, name)
    if invoice.currency != movement.amount.currency:
        detail = f"invoice {name} is in {invoice.currency}, the money in"
        raise InvalidValue(f"{detail} {movement.amount.currency}")
    return invoice
