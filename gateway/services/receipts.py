"""What happens when an invoice is settled: income, and the waterfall, at once.

A payment's net part is income the moment it is received; less the provider's fee it
runs through the waterfall in the same transaction. Partial payments recognise their
share, and the one that closes an invoice recognises whatever is left.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.billing.arrears import Arrears, arrears
from gateway.billing.division import divide
from gateway.billing.invoice import Invoice
from gateway.billing.settlement import (
    BY_STATEMENT,
    PREPAID,
    Payment,
    PaymentShare,
    SettledBy,
    Settlement,
    net_received,
)
from gateway.fund.accounts import BANK, DEFERRED, RESERVE, UNMATCHED
from gateway.fund.allocation import accepted_and_unpaid
from gateway.fund.bookings import apportioned, drawn, given_back, received
from gateway.fund.ports import Books
from gateway.fund.waterfall import FundTerms, apportion, unpaid_bp
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.services.bookkeeping import book


def settlements_of(books: Books, invoice: Invoice) -> tuple[Settlement, ...]:
    """Everything that settled an invoice so far."""
    shares = books.payments.shares_on(invoice.id)
    notes = books.invoices.notes_on(invoice.id)
    return (
        *(
            Settlement(SettledBy.PAYMENT, each.payment_id, each.amount_minor)
            for each in shares
        ),
        *(
            Settlement(SettledBy.CREDIT_NOTE, each.id, each.gross_minor)
            for each in notes
        ),
        *(
            Settlement(SettledBy.TAKEN_BACK, each.back_id, -each.amount_minor)
            for each in books.bank.taken_back_on(invoice.id)
        ),
    )


def paid_of(books: Books, invoice: Invoice) -> int:
    """What payments settled of an invoice and nobody took back, minor units."""
    paid = sum(each.amount_minor for each in books.payments.shares_on(invoice.id))
    back = books.bank.taken_back_on(invoice.id)
    return paid - sum(each.amount_minor for each in back)


def open_of(books: Books, invoice: Invoice) -> int:
    """What is still owed on a finalised invoice, minor units."""
    settled = settlements_of(books, invoice)
    return invoice.gross_minor - sum(each.amount_minor for each in settled)


def arrears_of(books: Books, invoice: Invoice, *, now_us: int) -> Arrears:
    """How a finalised invoice stands at an instant: open, in dispute, overdue."""
    return arrears(
        invoice,
        notes=books.invoices.notes_on(invoice.id),
        disputes=books.disputes.on(invoice.id),
        paid_minor=paid_of(books, invoice),
        now_us=now_us,
    )


def deferred_of(books: Books, invoice: Invoice) -> int:
    """The net part of an invoice that is no income yet, minor units."""
    return -sum(
        posting.amount_minor
        for entry in books.journal.of_ref(invoice.id)
        for posting in entry.postings
        if posting.account == DEFERRED
    )


class Receipts:
    """Takes payments into the books."""

    def __init__(self, *, ids: IdSource, terms: FundTerms) -> None:
        self._ids = ids
        self._terms = terms

    def take(
        self, books: Books, payment: Payment, shares: Sequence[PaymentShare]
    ) -> None:
        """Keep a payment, book it, and run it through the waterfall.

        Args:
            books: Within a transaction.
            payment: The payment.
            shares: Which part goes to which invoice; together the whole.

        Raises:
            InvalidValue: the shares are not the whole, or more than is owed.
            NotFound: there is no such invoice.
        """
        if sum(share.amount_minor for share in shares) != payment.amount_minor:
            raise InvalidValue("a payment is given to invoices whole")
        fees = divide(
            payment.fee_minor, {one.invoice_id: one.amount_minor for one in shares}
        )
        nets = {share.invoice_id: self._net(books, share) for share in shares}
        books.payments.add(payment, shares)
        for share in shares:
            net, fee = nets[share.invoice_id], fees[share.invoice_id]
            self._book(books, payment, share=share, net_minor=net, fee_minor=fee)
            if fee > net:
                self.bear(books, fee - net, payment=payment, ref=share.invoice_id)
            self.apportion(
                books,
                max(0, net - fee),
                key=f"{payment.id}:{share.invoice_id}",
                ref=payment.id,
                currency=payment.currency,
                at_us=payment.received_us,
            )

    def bear(self, books: Books, fee_minor: int, *, payment: Payment, ref: str) -> None:
        """What no receipt covers of a provider's fee comes out of the reserve."""
        book(
            books,
            self._ids,
            given_back(fee_minor),
            key=f"fee-borne:{payment.id}:{ref}",
            kind="fee-borne",
            ref=payment.id,
            currency=payment.currency,
            at_us=payment.received_us,
        )

    def apportion(
        self,
        books: Books,
        net_minor: int,
        *,
        key: str,
        ref: str,
        currency: str,
        at_us: int,
    ) -> None:
        """Run net receipts through the waterfall.

        Args:
            books: Within a transaction.
            net_minor: Without VAT and fees, 0 or more.
            key: Names the receipt.
            ref: The payment's id.
            currency: ISO 4217.
            at_us: When.
        """
        accepted, unpaid = accepted_and_unpaid(books.contributions.all(), at_us=at_us)
        target = self._terms.reserve_target_minor
        room = None
        if target is not None:
            room = target + books.journal.balance(RESERVE, currency)
        pots = apportion(
            net_minor,
            self._terms.shares,
            measured_unpaid_bp=unpaid_bp(unpaid, accepted),
            reserve_room_minor=room,
        )
        book(
            books,
            self._ids,
            apportioned(pots),
            key=f"waterfall:{key}",
            kind="waterfall",
            ref=ref,
            currency=currency,
            at_us=at_us,
        )

    def _net(self, books: Books, share: PaymentShare) -> int:
        invoice = books.invoices.find(share.invoice_id)
        if invoice is None:
            detail = f"there is no invoice {share.invoice_id}"
            raise NotFound(detail)
        owed = open_of(books, invoice)
        if share.amount_minor > owed:
            detail = (
                f"invoice {invoice.number} has {owed} minor units open, not"
                f" {share.amount_minor}; give the rest to another invoice"
            )
            raise InvalidValue(detail)
        deferred = deferred_of(books, invoice)
        if share.amount_minor == owed:
            return deferred
        paid = paid_of(books, invoice)
        net, gross = invoice.net_minor, invoice.gross_minor
        after = net_received(net, gross, paid + share.amount_minor)
        return min(deferred, after - net_received(net, gross, paid))

    def _book(
        self,
        books: Books,
        payment: Payment,
        *,
        share: PaymentShare,
        net_minor: int,
        fee_minor: int,
    ) -> None:
        amount = share.amount_minor
        if payment.provider == PREPAID:
            invoice = books.invoices.find(share.invoice_id)
            agreement_id = invoice.agreement_id if invoice else ""
            postings = drawn(agreement_id, amount, net_minor=net_minor)
        else:
            # What a statement brought has its bank side, and the fee is taken there.
            is_booked = payment.provider == BY_STATEMENT
            postings = received(
                amount,
                net_minor=net_minor,
                fee_minor=0 if is_booked else fee_minor,
                from_=UNMATCHED if is_booked else BANK,
            )
        book(
            books,
            self._ids,
            postings,
            key=f"payment:{payment.id}:{share.invoice_id}",
            kind="payment",
            ref=share.invoice_id,
            currency=payment.currency,
            at_us=payment.received_us,
        )
