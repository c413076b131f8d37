"""Taking back: what a refund or a chargeback undoes, entry by entry.

What nobody had a use for goes first, then what was settled last. An invoice whose
payment is taken back is open again; its net is no income any more, and the reserve
gives back what was handed on. Money paid ahead and used already opens the invoices
that were drawn from it.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.billing.bank import (
    Movement,
    TakenBack,
    Undone,
    Use,
    UsedFor,
    agreement_of,
    left_of,
)
from gateway.billing.invoice import Invoice
from gateway.billing.settlement import PREPAID, PaymentShare, net_received
from gateway.fund.accounts import HELD_BY, INCOME, lies_on, prepaid
from gateway.fund.bookings import (
    Postings,
    given_back,
    lost,
    sent_back,
    taken_back,
    topped_up,
)
from gateway.fund.ports import Books
from gateway.kernel.ids import IdSource
from gateway.services.bookkeeping import book
from gateway.services.receipts import paid_of


class TakingBack:
    """Undoes what a movement had settled; within a transaction of the books."""

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids

    def send_back(self, books: Books, source: Movement, back: Movement) -> bool:
        """Book that what was left of a movement went back; all of it, or nothing.

        Returns:
            Whether as much was left.
        """
        left = left_of(source, books.bank.uses_of(source.id))
        if not 0 < back.amount.minor <= left:
            return False
        self._sent(books, source, back, amount=back.amount.minor)
        return True

    def take_back(
        self, books: Books, sources: Iterable[Movement], back: Movement
    ) -> None:
        """Undo what *sources* brought, one after the other, as far as *back* goes.

        What nothing answers for is lost where a provider took it: the reserve bears it.
        """
        rest = back.amount.minor
        for source in sources:
            rest = self._undone(books, source, back, rest=rest)
        if rest and back.account in HELD_BY:
            postings = lost(rest, at=lies_on(back.account))
            self._book(books, back, postings, kind="bank-lost", ref=back.id)

    def _undone(
        self, books: Books, source: Movement, back: Movement, *, rest: int
    ) -> int:
        """Undo what one movement brought; what is left to undo."""
        uses = books.bank.uses_of(source.id)
        sent = min(rest, left_of(source, uses))
        if sent:
            self._sent(books, source, back, amount=sent)
        rest -= sent
        for use in reversed(uses):
            match use.used_for:
                case UsedFor.PAYMENT | UsedFor.BY_HAND:
                    rest -= self._payment(books, source, back, use=use, most=rest)
                case UsedFor.TOP_UP:
                    rest -= self._top_up(books, source, back, use=use, most=rest)
                case _:
                    continue
        return rest

    def _sent(
        self, books: Books, source: Movement, back: Movement, *, amount: int
    ) -> None:
        postings = sent_back(amount, at=lies_on(back.account))
        self._book(books, back, postings, kind="bank-returned", ref=back.id)
        books.bank.use(Use(source.id, UsedFor.RETURNED, back.id, amount))

    def _payment(
        self, books: Books, source: Movement, back: Movement, *, use: Use, most: int
    ) -> int:
        """Undo a payment, share by share; how much."""
        done = 0
        for share in reversed(books.payments.shares_of(use.ref)):
            amount = min(most - done, _standing(books, share))
            if amount <= 0:
                continue
            part = TakenBack(
                back.id,
                source.id,
                Undone.PAYMENT,
                use.ref,
                share.invoice_id,
                amount,
            )
            self._reopen(books, back, part, to=lies_on(back.account))
            done += amount
        return done

    def _top_up(
        self, books: Books, source: Movement, back: Movement, *, use: Use, most: int
    ) -> int:
        """Undo a top-up; invoices drawn from it are open again. How much."""
        before = sum(
            one.amount_minor
            for one in books.bank.taken_back_of(source.id)
            if one.kind is Undone.TOP_UP and one.ref == use.ref
        )
        amount = min(most, use.amount_minor - before)
        if amount <= 0:
            return 0
        agreement_id = agreement_of(use.ref)
        balance = -books.journal.balance(prepaid(agreement_id), back.amount.currency)
        self._undraw(
            books, source, back, agreement_id=agreement_id, most=amount - balance
        )
        part = TakenBack(back.id, source.id, Undone.TOP_UP, use.ref, "", amount)
        books.bank.take_back(part)
        postings = topped_up(agreement_id, -amount, from_=lies_on(back.account))
        self._book(books, back, postings, kind="top-up-taken-back", ref=agreement_id)
        return amount

    def _undraw(
        self,
        books: Books,
        source: Movement,
        back: Movement,
        *,
        agreement_id: str,
        most: int,
    ) -> None:
        """Open the newest invoices that were drawn from what was paid ahead."""
        rest = most
        for invoice in sorted(
            (each for each in books.invoices.all() if each.issued_us is not None),
            key=lambda each: (each.issued_us or 0, each.id),
            reverse=True,
        ):
            if invoice.agreement_id != agreement_id or rest <= 0:
                continue
            payment = books.payments.find(PREPAID, invoice.id)
            if payment is None:
                continue
            share = PaymentShare(payment.id, invoice.id, payment.amount_minor)
            amount = min(rest, _standing(books, share))
            if amount > 0:
                part = TakenBack(
                    back.id, source.id, Undone.DRAW, payment.id, invoice.id, amount
                )
                self._reopen(books, back, part, to=prepaid(agreement_id))
                rest -= amount

    def _reopen(
        self, books: Books, back: Movement, part: TakenBack, *, to: str
    ) -> None:
        invoice = books.invoices.find(part.invoice_id)
        if invoice is None:
            return
        net = _net_of(books, invoice, part.amount_minor)
        books.bank.take_back(part)
        for kind, postings in (
            ("payment-taken-back", taken_back(part.amount_minor, net_minor=net, to=to)),
            ("given-back", given_back(net)),
        ):
            self._book(books, back, postings, kind=kind, ref=invoice.id, about=part.ref)

    def _book(
        self,
        books: Books,
        back: Movement,
        postings: Postings,
        *,
        kind: str,
        ref: str,
        about: str = "",
    ) -> None:
        book(
            books,
            self._ids,
            postings,
            key=f"{kind}:{back.id}:{ref}:{about}",
            kind=kind,
            ref=ref,
            currency=back.amount.currency,
            at_us=back.booked_us,
        )


def _standing(books: Books, share: PaymentShare) -> int:
    """What of a payment's share in an invoice nobody took back yet."""
    back = sum(
        one.amount_minor
        for one in books.bank.taken_back_on(share.invoice_id)
        if one.ref == share.payment_id
    )
    return share.amount_minor - back


def _net_of(books: Books, invoice: Invoice, amount_minor: int) -> int:
    """The income that is none any more once *amount_minor* is taken back.

    What is left of it is the part that is still paid of what credit notes left
    standing; what was paid beyond that had given its income back with the note.
    """
    notes = books.invoices.notes_on(invoice.id)
    gross = invoice.gross_minor - sum(note.gross_minor for note in notes)
    net = invoice.net_minor - sum(note.net_minor for note in notes)
    paid = min(paid_of(books, invoice) - amount_minor, gross)
    income = -sum(
        posting.amount_minor
        for entry in books.journal.of_ref(invoice.id)
        for posting in entry.postings
        if posting.account == INCOME
    )
    return max(0, income - net_received(net, gross, paid))
