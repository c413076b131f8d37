"""Payments: what a steward records when money arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.billing.bank import Direction, Movement, UsedFor, shared_out
from gateway.billing.invoice import Invoice, Status
from gateway.billing.settlement import (
    BY_STATEMENT,
    PREPAID,
    Payment,
    PaymentShare,
)
from gateway.fund.accounts import HELD_BY
from gateway.fund.bookings import topped_up
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.services.receipts import Receipts, open_of

DRAWN = (PREPAID, BY_STATEMENT)
BY_HAND = "bank"
"""Provider of payments that a steward recorded."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A payment, where it went, and whether it is new.

    Attributes:
        payment: The payment.
        shares: By invoice.
        is_new: False when it had been recorded before.
    """

    payment: Payment
    shares: tuple[PaymentShare, ...]
    is_new: bool


class Payments:
    """Everything that is done with payments."""

    def __init__(
        self, books: Books, *, receipts: Receipts, clock: Clock, ids: IdSource
    ) -> None:
        self._books = books
        self._receipts = receipts
        self._clock = clock
        self._ids = ids

    def record(
        self,
        amount: Money,
        invoices: Sequence[str],
        *,
        reference: str,
        provider: str = "bank",
        fee_minor: int = 0,
        received_us: int | None = None,
    ) -> Recorded:
        """Record a payment; income and waterfall follow in the same transaction.

        Args:
            amount: What the payer gave, above 0.
            invoices: Numbers or ids, in the order in which they are settled.
            reference: The provider's name for the payment; recording it again
                changes nothing.
            provider: Through whom it came.
            fee_minor: What the provider kept of it.
            received_us: When; now if not said.

        Raises:
            Conflict: the reference was recorded with another amount, fee or
                invoice, or came with a bank's statement already.
            InvalidValue: more than the invoices have open, or another currency.
            NotFound: there is no such invoice.
        """
        if provider in DRAWN:
            detail = f"a payment by {provider} is drawn from what is in the books"
            raise InvalidValue(detail)
        with self._books.together() as books:
            named = [finalised_invoice(books, name) for name in dict.fromkeys(invoices)]
            known = books.payments.find(provider, reference)
            if known is not None:
                shares = books.payments.shares_of(known.id)
                _assert_same(known, amount, fee_minor=fee_minor)
                if not {one.invoice_id for one in shares} <= {one.id for one in named}:
                    detail = f"{reference} is recorded for other invoices"
                    raise Conflict(detail)
                return Recorded(known, shares, is_new=False)
            if provider == BY_HAND:
                assert_not_imported(books, reference)
            payment = Payment(
                id=self._ids.new("pay"),
                provider=provider,
                reference=reference,
                currency=amount.currency,
                amount_minor=amount.minor,
                fee_minor=fee_minor,
                received_us=(
                    self._clock.now_us() if received_us is None else received_us
                ),
            )
            shares = _shared(books, payment, named)
            self._receipts.take(books, payment, shares)
        return Recorded(payment, shares, is_new=True)

    def list(self) -> tuple[Payment, ...]:
        """Every payment, oldest first."""
        return self._books.payments.all()


def typed_in(books: Books, movement: Movement) -> str:
    """What a steward had recorded of a movement before a bank reported it.

    Banks choose references for themselves, so each is recognised once.

    Returns:
        The payment's id, or that of a top-up's entry; empty for neither.
    """
    paid = books.payments.find(BY_HAND, movement.reference)
    ahead = books.journal.find(f"top-up:{movement.reference}")
    money = movement.amount
    if paid is not None and Money(paid.amount_minor, paid.currency) == money:
        name = paid.id
    elif (
        ahead is not None
        and ahead.currency == money.currency
        and sorted(ahead.postings) == sorted(topped_up(ahead.ref, money.minor))
    ):
        name = ahead.id
    else:
        return ""
    return "" if books.bank.is_used(UsedFor.BY_HAND, name) else name


def assert_not_imported(books: Books, reference: str) -> None:
    """Refuse to type in what a bank's statement brought: it would count twice.

    Raises:
        Conflict: a statement brought it.
    """
    for one in books.bank.all():
        is_same = one.reference == reference and one.account not in HELD_BY
        if is_same and one.direction is Direction.IN:
            detail = (
                f"{reference} came with a bank's statement: say what it was for with"
                f" `copyfair payment match {one.id}`"
            )
            raise Conflict(detail)


def finalised_invoice(books: Books, name: str) -> Invoice:
    """The invoice of that number or id.

    Raises:
        Conflict: it is a draft, or void.
        NotFound: there is none.
    """
    invoice = books.invoices.find(name)
    if invoice is None:
        detail = f"there is no invoice {name}; see `copyfair invoice list`"
        raise NotFound(detail)
    if invoice.status is not Status.FINALISED:
        detail = f"invoice {name} is {invoice.status}; only a finalised one is paid"
        raise Conflict(detail)
    return invoice


def _assert_same(known: Payment, amount: Money, *, fee_minor: int) -> None:
    before = (Money(known.amount_minor, known.currency), known.fee_minor)
    if before != (amount, fee_minor):
        detail = f"{known.reference} is recorded with {before[0]}, not {amount}"
        raise Conflict(detail)


def _shared(
    books: Books, payment: Payment, invoices: Sequence[Invoice]
) -> tuple[PaymentShare, ...]:
    """Fill one invoice after the other."""
    for invoice in invoices:
        if invoice.currency != payment.currency:
            detail = f"invoice {invoice.number} is in {invoice.currency}"
            raise InvalidValue(detail)
    owed = [(invoice.id, open_of(books, invoice)) for invoice in invoices]
    parts = shared_out(payment.amount_minor, owed)
    left = payment.amount_minor - sum(parts.values())
    if left:
        detail = (
            f"the payment is {Money(left, payment.currency)} more than these invoices"
            " have open; name the others it is for"
        )
        raise InvalidValue(detail)
    return tuple(PaymentShare(payment.id, *part) for part in parts.items())
