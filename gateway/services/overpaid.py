"""What an invoice was paid beyond what credit notes left of it: it goes on.

Drawn from what was paid ahead, it is ahead again. Else it is the buyer's credit: it
settles the next invoice by itself, or goes back. Where the payment is taken back after
it went on, it comes back first, so the invoice that it settled is open again.
"""

from __future__ import annotations

from gateway.billing.bank import Movement, UsedFor
from gateway.billing.invoice import Invoice
from gateway.billing.settlement import (
    CREDIT_MOVED,
    PREPAID,
    PaymentShare,
    net_received,
)
from gateway.fund.accounts import BARTER_INCOME, INCOME, UNMATCHED
from gateway.fund.bookings import (
    Postings,
    moved_on,
    received,
    taken_back,
    topped_up,
)
from gateway.fund.given_back import GIVEN_BACK
from gateway.fund.journal import Entry
from gateway.fund.ports import Books
from gateway.kernel.ids import IdSource
from gateway.services.bookkeeping import book
from gateway.services.given_back import Return, give_income_back, splits_of
from gateway.services.paid_ahead import PaidAhead
from gateway.services.receipts import (
    Receipts,
    booked_of,
    covered_of,
    open_of,
    origin_of,
    paid_of,
)

PAID = (UsedFor.PAYMENT, UsedFor.BY_HAND)


class Overpaid:
    """Moves what was paid too much; within a transaction of the books."""

    def __init__(self, *, receipts: Receipts, ids: IdSource) -> None:
        self._receipts = receipts
        self._ids = ids
        self._ahead = PaidAhead(ids)

    def ahead_again(
        self, books: Books, invoice: Invoice, *, by: str, at_us: int
    ) -> None:
        """What was drawn beyond what is owed is paid ahead again, where it goes on.

        Args:
            books: Within a transaction.
            invoice: Credited just now.
            by: The credit note's number.
            at_us: When.
        """
        drawn = books.payments.find(PREPAID, invoice.id)
        over = -open_of(books, invoice)
        if drawn is None or over <= 0:
            return
        share = PaymentShare(drawn.id, invoice.id, drawn.amount_minor)
        amount = min(over, standing(books, share))
        agreement_id = invoice.agreement_id
        ahead = topped_up(agreement_id, amount, from_=UNMATCHED)
        for key, ref, postings in (
            (f"{by}:from", invoice.id, moved_on(amount)),
            (by, agreement_id, ahead),
        ):
            self._book(books, invoice, postings, key=key, ref=ref, at_us=at_us)
        self._ahead.go_on(
            books, agreement_id, invoice.currency, at_us=at_us, most=amount
        )

    def settle(self, books: Books, invoice: Invoice) -> None:
        """Settle an invoice from what its buyer paid too much on earlier ones.

        Args:
            books: Within a transaction.
            invoice: Finalised just now.
        """
        if invoice.issued_us is None:
            return
        for one in overpaid_invoices(books):
            is_same = one.buyer.party_id == invoice.buyer.party_id
            if not is_same or one.currency != invoice.currency:
                continue
            amount = min(-open_of(books, one), open_of(books, invoice))
            if amount <= 0:
                return
            at_us, key = invoice.issued_us, f"{one.id}:{invoice.id}"
            share = PaymentShare(CREDIT_MOVED, invoice.id, amount)
            net = self._receipts.net_of(books, share)
            taken = received(amount, net_minor=net, from_=UNMATCHED)
            for side, ref, postings in (
                ("from", one.id, moved_on(amount)),
                ("to", invoice.id, taken),
            ):
                self._book(
                    books, invoice, postings, key=f"{key}:{side}", ref=ref, at_us=at_us
                )
            self._receipts.apportion(
                books,
                net,
                origin=origin_of(invoice),
                key=f"{CREDIT_MOVED}:{key}",
                ref=invoice.id,
                at_us=at_us,
            )

    def pull_back(
        self, books: Books, invoice_id: str, amount_minor: int, *, by: str, at_us: int
    ) -> int:
        """See that as much is paid on an invoice, where it went on to others.

        Args:
            books: Within a transaction.
            invoice_id: Whose payment is taken back.
            amount_minor: How much of it.
            by: The movement that takes it back.
            at_us: When.

        Returns:
            How much of it can be taken back there.
        """
        invoice = books.invoices.find(invoice_id)
        if invoice is None or amount_minor <= 0:
            return 0
        for other, moved in reversed(_went_on(books, invoice)):
            short = amount_minor - paid_of(books, invoice)
            if short <= 0:
                break
            part = self.pull_back(
                books, other.id, min(short, moved), by=by, at_us=at_us
            )
            if part <= 0:
                continue
            net = income_lost(books, other, part)
            key = f"{invoice.id}:{other.id}"
            times = len(_went_on_entries(books, invoice))
            reopened = taken_back(part, net_minor=net, to=UNMATCHED)
            for side, ref, postings in (
                ("to", other.id, reopened),
                ("from", invoice.id, moved_on(-part)),
            ):
                self._book(
                    books,
                    invoice,
                    postings,
                    key=f"{key}:{side}:{by}:{times}",
                    ref=ref,
                    at_us=at_us,
                )
            name = f"{GIVEN_BACK}:{key}:{by}:{times}"
            give_income_back(
                books,
                self._ids,
                Return(net, invoice.currency, other.id, name, at_us),
                splits=splits_of(books, other),
            )
        return min(amount_minor, paid_of(books, invoice))

    def _book(
        self,
        books: Books,
        invoice: Invoice,
        postings: Postings,
        *,
        key: str,
        ref: str,
        at_us: int,
    ) -> None:
        book(
            books,
            self._ids,
            postings,
            key=f"{CREDIT_MOVED}:{key}",
            kind=CREDIT_MOVED,
            ref=ref,
            currency=invoice.currency,
            at_us=at_us,
        )


def overpaid_invoices(books: Books) -> tuple[Invoice, ...]:
    """Invoices that were paid more than credit notes left of them, oldest first."""
    # By their notes, which are few, and not by all there ever were: every number that
    # is drawn asks.
    noted = sorted({note.invoice_id for note in books.invoices.notes()})
    found = (books.invoices.find(invoice_id) for invoice_id in noted)
    return tuple(one for one in found if one and open_of(books, one) < 0)


def overpaid_by(
    books: Books, movement: Movement
) -> tuple[tuple[PaymentShare, int], ...]:
    """What a movement paid on invoices beyond what is owed, and may go back."""
    found: list[tuple[PaymentShare, int]] = []
    over: dict[str, int] = {}
    for use in books.bank.uses_of(movement.id):
        if use.used_for not in PAID:
            continue
        for share in books.payments.shares_of(use.ref):
            invoice = books.invoices.find(share.invoice_id)
            if invoice is None:
                continue
            most = over.setdefault(invoice.id, -open_of(books, invoice))
            amount = min(most, standing(books, share))
            if amount > 0:
                found.append((share, amount))
                over[invoice.id] -= amount
    return tuple(found)


def standing(books: Books, share: PaymentShare) -> int:
    """What of a payment's share in an invoice nobody took back yet."""
    back = sum(
        one.amount_minor
        for one in books.bank.taken_back_on(share.invoice_id)
        if one.ref == share.payment_id
    )
    return share.amount_minor - back


def income_lost(books: Books, invoice: Invoice, amount_minor: int) -> int:
    """The income that is none any more once *amount_minor* is taken back.

    What is left of it is the part that is still paid of what credit notes left
    standing; what was paid beyond that had given its income back with the note.
    """
    notes = books.invoices.notes_on(invoice.id)
    gross = invoice.gross_minor - sum(note.gross_minor for note in notes)
    net = invoice.net_minor - sum(note.net_minor for note in notes)
    covered = min(covered_of(books, invoice) - amount_minor, gross)
    # What was set off in barter is no income of money, and stays.
    set_off = booked_of(books, invoice, BARTER_INCOME)
    kept = max(0, net_received(net, gross, covered) - set_off)
    return max(0, booked_of(books, invoice, INCOME) - kept)


def _went_on(books: Books, invoice: Invoice) -> tuple[tuple[Invoice, int], ...]:
    """To which invoices what was paid too much went on, and what stayed there."""
    moved: dict[str, int] = {}
    for entry in _went_on_entries(books, invoice):
        target = entry.key.split(":")[2]
        amount = -sum(
            posting.amount_minor
            for posting in entry.postings
            if posting.account == UNMATCHED
        )
        moved[target] = moved.get(target, 0) + amount
    found = ((books.invoices.find(name), amount) for name, amount in moved.items())
    return tuple((one, amount) for one, amount in found if one and amount > 0)


def _went_on_entries(books: Books, invoice: Invoice) -> tuple[Entry, ...]:
    """What moved credit of an invoice to others, and back; their keys say where."""
    start = f"{CREDIT_MOVED}:{invoice.id}:"
    entries = books.journal.of_ref(invoice.id)
    return tuple(each for each in entries if each.key.startswith(start))
