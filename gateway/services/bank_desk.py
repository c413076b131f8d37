"""Money that moved: what a bank or a provider reports is taken in once, and matched.

Money that came in is booked where it lies and as owed to whoever sent it; what names
an invoice settles it at once, and what names a prepaid agreement is paid ahead under
it. Nothing is guessed, and nothing is lost: the rest waits until a steward says what it
is for, or sends it back; where an invoice was named it is the buyer's credit, and
settles the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.billing.bank import (
    AGREEMENT,
    MOVEMENT,
    Direction,
    Movement,
    Use,
    UsedFor,
    agreement_in,
    ahead_ref,
    left_of,
    numbers_in,
    returned_in,
    shared_out,
)
from gateway.billing.invoice import Invoice, Status
from gateway.billing.settlement import BY_STATEMENT, Payment, PaymentShare
from gateway.fund.accounts import HELD_BY, UNMATCHED, lies_on
from gateway.fund.bookings import (
    Postings,
    arrived,
    fee_taken,
    paid_out_to_bank,
    topped_up,
)
from gateway.fund.ports import Books
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.licensing.agreement import Agreement, Settling
from gateway.services.bookkeeping import book, giving_back
from gateway.services.customer_credit import party_of
from gateway.services.gifts import gift_reported
from gateway.services.overpaid import Overpaid
from gateway.services.paid_ahead import PaidAhead, heirs
from gateway.services.payments import finalised_invoice, typed_in
from gateway.services.payouts import came_back, went_out
from gateway.services.receipts import Receipts, open_of
from gateway.services.taken_in import TakenIn, left_minor, taken
from gateway.services.taking_back import TakingBack
from gateway.services.unanswered import sources_of, waiting_for


class BankDesk:
    """Everything that is done with movements on the bank account."""

    def __init__(self, books: Books, *, receipts: Receipts, ids: IdSource) -> None:
        self._books = books
        self._receipts = receipts
        self._ids = ids
        self._overpaid = Overpaid(receipts=receipts, ids=ids)
        self.backs = TakingBack(ids, self._overpaid)
        self._ahead = PaidAhead(ids)

    def take_in(self, movements: Iterable[Movement]) -> tuple[TakenIn, ...]:
        """Take in what a bank reported: all of it in one transaction, or nothing.

        Raises:
            Conflict: the bank gave a reference of earlier to another movement.
        """
        with self._books.together() as books:
            return self.take(books, movements)

    def take(self, books: Books, movements: Iterable[Movement]) -> tuple[TakenIn, ...]:
        """As `take_in`, within a transaction of the books."""
        return tuple(self._take(books, each) for each in movements)

    def match(self, movement_id: str, invoices: Sequence[str]) -> TakenIn:
        """Say which invoices a movement was for, or which agreement it pays ahead.

        Args:
            movement_id: Money that came in, and has something left.
            invoices: Numbers or ids, in the order in which they are settled; or one
                prepaid agreement's id.

        Raises:
            Conflict: an invoice is a draft, or void.
            InvalidValue: nothing is left, an invoice has another currency, or none
                has anything open; or the agreement is not prepaid.
            NotFound: there is no such movement, invoice or agreement.
        """
        with self._books.together() as books:
            movement = _found(books, movement_id)
            if len(invoices) == 1 and invoices[0].startswith(f"{AGREEMENT}_"):
                self._pay_ahead(books, movement, _prepaid(books, invoices[0]))
                return taken(books, movement, is_new=False)
            named = [
                _payable(books, name, movement) for name in dict.fromkeys(invoices)
            ]
            if not left_minor(books, movement):
                raise InvalidValue(f"nothing is left of {movement_id}")
            if not self._settle(books, movement, named):
                raise InvalidValue("none of these invoices has anything open")
            return taken(books, movement, is_new=False)

    def paid_out(self, movement_id: str) -> TakenIn:
        """Say that a movement is what the card provider had held for us.

        Raises:
            InvalidValue: nothing is left of it, or it is at the provider itself.
            NotFound: there is no such movement.
        """
        with self._books.together() as books:
            movement = _found(books, movement_id)
            left = left_minor(books, movement)
            if not left or movement.account in HELD_BY:
                detail = f"nothing is left of {movement_id} that a provider paid out"
                raise InvalidValue(detail)
            self._book(books, movement, paid_out_to_bank(left), key="paid-out")
            books.bank.use(Use(movement.id, UsedFor.PAYOUT, movement.id, left))
            return taken(books, movement, is_new=False)

    def settle_from_credit(self, books: Books, invoice: Invoice) -> None:
        """Settle an invoice from what its buyer paid too much before.

        Args:
            books: Within a transaction.
            invoice: Finalised just now.
        """
        for movement in books.bank.waiting():
            if not open_of(books, invoice):
                return
            is_fitting = movement.amount.currency == invoice.currency
            if is_fitting and party_of(books, movement) == invoice.buyer.party_id:
                self._settle(books, movement, [invoice])
        self._overpaid.settle(books, invoice)

    def show(self, movement_id: str) -> TakenIn:
        """A movement, and what became of it.

        Raises:
            NotFound: there is no such movement.
        """
        with self._books.reading() as books:
            return taken(books, _found(books, movement_id), is_new=False)

    def all(self) -> tuple[TakenIn, ...]:
        """Every movement, by the time it was booked."""
        with self._books.reading() as books:
            return tuple(
                taken(books, movement, is_new=False) for movement in books.bank.all()
            )

    def _take(self, books: Books, reported: Movement) -> TakenIn:
        known = books.bank.named(reported.account, reported.reference)
        if known is not None:
            _assert_same(known, reported)
            return taken(books, known, is_new=False)
        movement = replace(reported, id=self._ids.new(MOVEMENT))
        books.bank.add(movement)
        if movement.direction is Direction.IN:
            self._came_in(books, movement)
        else:
            self._went_out(books, movement)
        return taken(books, movement, is_new=True)

    def _came_in(self, books: Books, movement: Movement) -> None:
        if came_back(books, self._ids, movement):
            whole, ref = movement.amount.minor, movement.end_to_end
            books.bank.use(Use(movement.id, UsedFor.PAYOUT_RETURNED, ref, whole))
            return
        if typed := typed_in(books, movement):
            # It is in the books already, with its bank side.
            whole = movement.amount.minor
            books.bank.use(Use(movement.id, UsedFor.BY_HAND, typed, whole))
            self._undo_what_waits(books, movement)
            return
        at = lies_on(movement.account)
        self._book(
            books, movement, arrived(movement.amount.minor, at=at), key="arrived"
        )
        self._book(books, movement, fee_taken(movement.fee_minor, at=at), key="fee")
        if gift_reported(books, self._ids, movement):
            self._bear(books, movement, movement.fee_minor)
            self._undo_what_waits(books, movement)
            return
        found = (books.invoices.find(name) for name in numbers_in(movement.words))
        named = [
            invoice
            for invoice in found
            if invoice is not None
            and invoice.status is Status.FINALISED
            and invoice.currency == movement.amount.currency
        ]
        fee = min(movement.fee_minor, movement.amount.minor)
        borne = min(fee, self._settle(books, movement, named, fee_minor=fee))
        named_ahead = _named_ahead(books, movement)
        is_ahead = named_ahead is not None and _takes_ahead(named_ahead, movement)
        if named_ahead is not None and is_ahead and left_minor(books, movement):
            self._pay_ahead(books, movement, named_ahead)
        self._bear(books, movement, movement.fee_minor - borne)
        self._undo_what_waits(books, movement)

    def _undo_what_waits(self, books: Books, movement: Movement) -> None:
        """A bank's reversal that was read before what it takes back."""
        for back in waiting_for(books, movement):
            self.backs.take_back(books, [movement], back)

    def _bear(self, books: Books, movement: Movement, fee_minor: int) -> None:
        """What no receipt covers of a provider's fee comes out of the reserve."""
        postings = giving_back(books, fee_minor, movement.amount.currency)
        self._book(books, movement, postings, key="fee-borne")

    def _pay_ahead(
        self, books: Books, movement: Movement, agreement: Agreement
    ) -> None:
        """What is left is paid ahead under an agreement."""
        left = left_minor(books, movement)
        if not left or movement.amount.currency != agreement.currency:
            detail = f"nothing is left of {movement.id} in {agreement.currency}"
            raise InvalidValue(detail)
        postings = topped_up(agreement.id, left, from_=UNMATCHED)
        self._book(books, movement, postings, key="top-up", ref=agreement.id)
        ref = ahead_ref(agreement.id, movement.id)
        books.bank.use(Use(movement.id, UsedFor.TOP_UP, ref, left))
        at_us, currency = movement.booked_us, agreement.currency
        self._ahead.go_on(books, agreement.id, currency, at_us=at_us, most=left)

    def _went_out(self, books: Books, movement: Movement) -> None:
        """What went out concerns us where it pays out, or undoes what had come in."""
        if went_out(books, self._ids, movement):
            return
        at = lies_on(movement.account)
        self._book(books, movement, fee_taken(movement.fee_minor, at=at), key="fee")
        self._bear(books, movement, movement.fee_minor)
        if movement.account in HELD_BY or movement.is_reversal:
            self.backs.take_back(books, sources_of(books, movement), movement)
            return
        source = books.bank.find(returned_in(movement.words))
        if source is None or source.direction is not Direction.IN:
            return
        if source.amount.currency == movement.amount.currency:
            self.backs.send_back(books, source, movement)

    def _settle(
        self,
        books: Books,
        movement: Movement,
        invoices: Sequence[Invoice],
        *,
        fee_minor: int = 0,
    ) -> int:
        """Give what is left to invoices, one after the other; how much they took."""
        uses = books.bank.uses_of(movement.id)
        owed = [(one.id, open_of(books, one)) for one in invoices]
        parts = shared_out(left_of(movement, uses), owed)
        if not parts:
            return 0
        payment = Payment(
            id=self._ids.new("pay"),
            provider=BY_STATEMENT,
            reference=f"{movement.id}:{len(uses) + 1}",
            currency=movement.amount.currency,
            amount_minor=sum(parts.values()),
            received_us=movement.booked_us,
            fee_minor=min(fee_minor, sum(parts.values())),
        )
        shares = [PaymentShare(payment.id, *part) for part in parts.items()]
        self._receipts.take(books, payment, shares)
        books.bank.use(
            Use(movement.id, UsedFor.PAYMENT, payment.id, payment.amount_minor)
        )
        return payment.amount_minor

    def _book(
        self,
        books: Books,
        movement: Movement,
        postings: Postings,
        *,
        key: str,
        ref: str = "",
    ) -> None:
        book(
            books,
            self._ids,
            postings,
            key=f"bank:{key}:{movement.id}",
            kind=f"bank-{key}",
            ref=ref or movement.id,
            currency=movement.amount.currency,
            at_us=movement.booked_us,
        )


def _found(books: Books, movement_id: str) -> Movement:
    movement = books.bank.find(movement_id)
    if movement is None:
        detail = f"there is no movement {movement_id}; see `copyfair payment list`"
        raise NotFound(detail)
    return movement


def _prepaid(books: Books, agreement_id: str) -> Agreement:
    agreement = books.agreements.find(agreement_id)
    if agreement is None:
        detail = f"there is no agreement {agreement_id}"
        raise NotFound(detail)
    if agreement.settling is not Settling.PREPAID:
        detail = f"agreement {agreement_id} is {agreement.settling}; nothing is paid"
        raise InvalidValue(f"{detail} ahead under it")
    return agreement


def _named_ahead(books: Books, movement: Movement) -> Agreement | None:
    """The agreement that a payer named; what stands in its place where it ended."""
    named = books.agreements.find(agreement_in(movement.words))
    later = heirs(books, named.id) if named else ()
    return later[-1] if later else named


def _takes_ahead(agreement: Agreement, movement: Movement) -> bool:
    """May money be paid ahead under it? One that ended leaves it to a steward."""
    is_open = agreement.settling is Settling.PREPAID and agreement.ends_us is None
    return is_open and agreement.currency == movement.amount.currency


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
