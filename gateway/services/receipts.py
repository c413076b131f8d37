"""What happens when an invoice is settled: income, and the waterfall, at once.

A payment's net part is income the moment it is received; less the provider's fee it
runs through the waterfall in the same transaction. Partial payments recognise their
share, and the one that closes an invoice recognises whatever is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.billing.arrears import Arrears, arrears
from gateway.billing.barter import set_off_minor
from gateway.billing.division import divide
from gateway.billing.invoice import Invoice
from gateway.billing.ports import PartyBook
from gateway.billing.settlement import (
    BY_STATEMENT,
    CREDIT_MOVED,
    PREPAID,
    Payment,
    PaymentShare,
    SettledBy,
    Settlement,
    net_received,
)
from gateway.fund.accounts import BANK, DEFERRED, RECEIVABLE, RESERVE, UNMATCHED
from gateway.fund.allocation import accepted_and_unpaid
from gateway.fund.basis import Basis, Booking
from gateway.fund.bookings import apportioned, drawn, received
from gateway.fund.payer_rule import PayerBasis, months_before, payer_basis
from gateway.fund.ports import Books
from gateway.fund.waterfall import WATERFALL, FundTerms, unpaid_bp
from gateway.kernel.clock import Clock
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.period import month_number
from gateway.services.bookkeeping import book, giving_back

UNNAMED = "unnamed"
"""Who gives without a name: all of them count as one payer."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where receipts come from.

    Attributes:
        party_id: Who pays or gives; empty for who gave no name.
        currency: ISO 4217.
    """

    party_id: str
    currency: str


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
        *(
            Settlement(SettledBy.BARTER, each.claim_id, each.gross_minor)
            for each in books.barters.on(invoice.id)
        ),
        *moved_of(books, invoice),
    )


def moved_of(books: Books, invoice: Invoice) -> tuple[Settlement, ...]:
    """What came from an invoice that was paid too much; below 0 where it went on."""
    return tuple(
        Settlement(SettledBy.CREDIT, entry.id, -posting.amount_minor)
        for entry in books.journal.of_ref(invoice.id)
        for posting in entry.postings
        if entry.kind == CREDIT_MOVED and posting.account == RECEIVABLE
    )


def paid_of(books: Books, invoice: Invoice) -> int:
    """What payments settled of an invoice and nobody took back, minor units."""
    paid = sum(each.amount_minor for each in books.payments.shares_on(invoice.id))
    paid += sum(each.amount_minor for each in moved_of(books, invoice))
    back = books.bank.taken_back_on(invoice.id)
    return paid - sum(each.amount_minor for each in back)


def covered_of(books: Books, invoice: Invoice) -> int:
    """What payments and set-offs settled of an invoice, minor units."""
    return paid_of(books, invoice) + set_off_minor(books.barters.on(invoice.id))


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
        paid_minor=covered_of(books, invoice),
        now_us=now_us,
    )


def deferred_of(books: Books, invoice: Invoice) -> int:
    """The net part of an invoice that is no income yet, minor units."""
    return booked_of(books, invoice, DEFERRED)


def booked_of(books: Books, invoice: Invoice, account: str) -> int:
    """What stands on an account for an invoice; credits are above 0."""
    return -sum(
        posting.amount_minor
        for entry in books.journal.of_ref(invoice.id)
        for posting in entry.postings
        if posting.account == account
    )


class Receipts:
    """Takes payments into the books."""

    def __init__(
        self, *, ids: IdSource, terms: FundTerms, parties: PartyBook, clock: Clock
    ) -> None:
        self._ids = ids
        self._clock = clock
        self._parties = parties
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
        nets = {share.invoice_id: self.net_of(books, share) for share in shares}
        books.payments.add(payment, shares)
        for share in shares:
            net, fee = nets[share.invoice_id], fees[share.invoice_id]
            self._book(books, payment, share=share, net_minor=net, fee_minor=fee)
            if fee > net:
                self.bear(books, fee - net, payment=payment, ref=share.invoice_id)
            self.apportion(
                books,
                max(0, net - fee),
                origin=origin_of(_found(books, share.invoice_id)),
                key=f"{payment.id}:{share.invoice_id}",
                ref=payment.id,
                at_us=payment.received_us,
            )

    def bear(self, books: Books, fee_minor: int, *, payment: Payment, ref: str) -> None:
        """What no receipt covers of a provider's fee comes out of the reserve."""
        book(
            books,
            self._ids,
            giving_back(books, fee_minor, payment.currency),
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
        origin: Origin,
        key: str,
        ref: str,
        at_us: int,
    ) -> None:
        """Run net receipts through the waterfall.

        Args:
            books: Within a transaction.
            net_minor: Without VAT and fees, 0 or more.
            origin: Where they come from.
            key: Names the receipt.
            ref: The payment's id.
            at_us: When.
        """
        currency = origin.currency
        accepted, unpaid = accepted_and_unpaid(books.contributions.all(), at_us=at_us)
        target = self._terms.reserve_target_minor
        room = None
        if target is not None:
            room = target + books.journal.balance(RESERVE, currency)
        basis = Basis(
            entry_id="",
            net_minor=net_minor,
            shares=self._terms.shares,
            unpaid_bp=unpaid_bp(unpaid, accepted),
            reserve_room_minor=room,
            payer=self._payer(books, origin, net_minor=net_minor, at_us=at_us),
            booking=self._booking(books, currency),
        )
        entry = book(
            books,
            self._ids,
            apportioned(basis.pots()),
            key=f"waterfall:{key}",
            kind=WATERFALL,
            ref=ref,
            currency=currency,
            at_us=at_us,
        )
        if entry is not None:
            books.bases.add(replace(basis, entry_id=entry.id))

    def _booking(self, books: Books, currency: str) -> Booking:
        """Now, and never before the split that was booked last."""
        last = books.bases.last_booking(currency)
        return replace(last, booked_us=max(last.booked_us, self._clock.now_us()))

    def _payer(
        self, books: Books, origin: Origin, *, net_minor: int, at_us: int
    ) -> PayerBasis:
        """Who pays, by beneficial owner, and what was received in twelve months."""
        party = self._parties.find_party(origin.party_id)
        month, currency = month_number(at_us), origin.currency
        return payer_basis(
            party.beneficial_owner_id if party else origin.party_id or UNNAMED,
            net_minor=net_minor,
            month=month,
            number=books.bases.last_number(currency) + 1,
            booked=books.bases.receipts(currency, months=months_before(month)),
        )

    def net_of(self, books: Books, share: PaymentShare) -> int:
        """The part of a share that becomes income, minor units.

        Raises:
            InvalidValue: it is more than is owed.
            NotFound: there is no such invoice.
        """
        invoice = _found(books, share.invoice_id)
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
        paid = covered_of(books, invoice)
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


def origin_of(invoice: Invoice) -> Origin:
    """Where what settles an invoice comes from: its buyer pays."""
    return Origin(invoice.buyer.party_id, invoice.currency)


def _found(books: Books, invoice_id: str) -> Invoice:
    invoice = books.invoices.find(invoice_id)
    if invoice is None:
        detail = f"there is no invoice {invoice_id}"
        raise NotFound(detail)
    return invoice
