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
from gateway.billing.settlement import PREPAID, PaymentShare
from gateway.fund.accounts import HELD_BY, lies_on, prepaid
from gateway.fund.bookings import (
    Postings,
    lost,
    sent_back,
    taken_back,
    topped_up,
)
from gateway.fund.given_back import GIVEN_BACK
from gateway.fund.ports import Books
from gateway.kernel.ids import IdSource
from gateway.services.bookkeeping import book
from gateway.services.gifts_taken_back import take_gift_back
from gateway.services.given_back import Return, give_income_back, splits_of
from gateway.services.overpaid import (
    Overpaid,
    income_lost,
    overpaid_by,
    standing,
)
from gateway.services.paid_ahead import PaidAhead, balance_of, heirs
from gateway.services.receipts import paid_of
from gateway.services.refunds import call_in
from gateway.services.unanswered import taken_back_minor

TOP_UP_BORNE = "top-up-borne"
"""What was given back already, and sent: the reserve bears it."""


class TakingBack:
    """Undoes what a movement had settled; within a transaction of the books."""

    def __init__(self, ids: IdSource, overpaid: Overpaid) -> None:
        self._ids = ids
        self._overpaid = overpaid
        self._ahead = PaidAhead(ids)

    def send_back(self, books: Books, source: Movement, back: Movement) -> bool:
        """Book that money nobody owed went back; all of it, or nothing.

        It is what was left of a movement, then what the movement paid on invoices
        beyond what credit notes left of them.

        Returns:
            Whether as much was there.
        """
        left = left_of(source, books.bank.uses_of(source.id))
        rest = back.amount.minor - left
        beyond = overpaid_by(books, source)
        if rest > sum(amount for _, amount in beyond):
            return False
        if sent := min(left, back.amount.minor):
            self._sent(books, source, back, amount=sent)
        for share, most in beyond:
            if (amount := min(rest, most)) > 0:
                self._take(books, source, back, share=share, amount=amount)
                rest -= amount
        return True

    def take_back(
        self, books: Books, sources: Iterable[Movement], back: Movement
    ) -> None:
        """Undo what *sources* brought as far as *back* goes.

        A bank takes one payment back: the first of which anything is left. A provider
        takes what it lent again too, and there what nothing answers for is lost: the
        reserve bears it.
        """
        rest = back.amount.minor - taken_back_minor(books, back)
        for source in sources:
            before, rest = rest, self.undo(books, source, back, rest=rest)
            if rest < before and back.account not in HELD_BY:
                break
        if rest and back.account in HELD_BY:
            postings = lost(rest, at=lies_on(back.account))
            self._book(books, back, postings, kind="bank-lost", ref=back.id)

    def undo(self, books: Books, source: Movement, back: Movement, *, rest: int) -> int:
        """Undo what one movement brought; what is left to undo."""
        uses = books.bank.uses_of(source.id)
        sent = min(rest, left_of(source, uses))
        if sent:
            self._sent(books, source, back, amount=sent)
        rest -= sent
        for use in reversed(uses):
            match use.used_for:
                case UsedFor.DONATION | UsedFor.GIFT:
                    rest -= take_gift_back(books, self._ids, use, back=back, most=rest)
                case UsedFor.PAYMENT | UsedFor.BY_HAND | UsedFor.TOP_UP:
                    ahead = _ahead_under(books, source, use)
                    undo = self._top_up if ahead else self._payment
                    rest -= undo(books, source, back, use=use, most=rest)
                case _:
                    continue
        return rest

    def _sent(
        self, books: Books, source: Movement, back: Movement, *, amount: int
    ) -> None:
        postings = sent_back(amount, at=lies_on(back.account))
        self._book(
            books, back, postings, kind="bank-returned", ref=back.id, about=source.id
        )
        is_first = not taken_back_minor(books, back)
        ref = back.id if is_first else f"{back.id}/{source.id}"
        books.bank.use(Use(source.id, UsedFor.RETURNED, ref, amount))

    def _payment(
        self, books: Books, source: Movement, back: Movement, *, use: Use, most: int
    ) -> int:
        """Undo a payment, share by share; how much."""
        done = 0
        for share in reversed(books.payments.shares_of(use.ref)):
            amount = min(most - done, standing(books, share))
            amount = self._overpaid.pull_back(
                books, share.invoice_id, amount, by=back.id, at_us=back.booked_us
            )
            if amount > 0:
                self._take(books, source, back, share=share, amount=amount)
                done += amount
        return done

    def _take(
        self,
        books: Books,
        source: Movement,
        back: Movement,
        *,
        share: PaymentShare,
        amount: int,
    ) -> None:
        """Undo a part of what a movement paid on an invoice."""
        part = TakenBack(
            back.id,
            source.id,
            Undone.PAYMENT,
            share.payment_id,
            share.invoice_id,
            amount,
        )
        self._reopen(books, back, part, to=lies_on(back.account))

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
        agreement_id = _ahead_under(books, source, use)
        self._draw_in(books, source, back, agreement_id=agreement_id, amount=amount)
        short = amount - balance_of(books, agreement_id, back.amount.currency)
        call_in(books, self._ids, agreement_id, back=back, most=short)
        part = TakenBack(back.id, source.id, Undone.TOP_UP, use.ref, "", amount)
        about = _nth(books, part)
        books.bank.take_back(part)
        there = balance_of(books, agreement_id, back.amount.currency)
        there, at = max(0, min(amount, there)), lies_on(back.account)
        for kind, postings in (
            ("top-up-taken-back", topped_up(agreement_id, -there, from_=at)),
            (TOP_UP_BORNE, lost(amount - there, at=at)),
        ):
            self._book(books, back, postings, kind=kind, ref=agreement_id, about=about)
        return amount

    def _draw_in(
        self,
        books: Books,
        source: Movement,
        back: Movement,
        *,
        agreement_id: str,
        amount: int,
    ) -> None:
        """See that as much is paid ahead: from where it went on, or was drawn last."""
        currency, at_us = back.amount.currency, back.booked_us
        names = [agreement_id, *(one.id for one in heirs(books, agreement_id))]
        for name in reversed(names):
            short = amount - balance_of(books, agreement_id, currency)
            short -= self._ahead.come_back(
                books, agreement_id, currency, most=short, at_us=at_us
            )
            self._undraw(books, source, back, agreement_id=name, most=short)
        short = amount - balance_of(books, agreement_id, currency)
        self._ahead.come_back(books, agreement_id, currency, most=short, at_us=at_us)

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
        if rest <= 0:
            return
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
            drawn = min(standing(books, share), paid_of(books, invoice))
            amount = min(rest, drawn)
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
        net = income_lost(books, invoice, part.amount_minor)
        about = _nth(books, part)
        books.bank.take_back(part)
        postings = taken_back(part.amount_minor, net_minor=net, to=to)
        kind, ref = "payment-taken-back", invoice.id
        self._book(books, back, postings, kind=kind, ref=ref, about=about)
        key = f"{GIVEN_BACK}:{back.id}:{ref}:{about}"
        gone = Return(net, back.amount.currency, ref, key, back.booked_us)
        give_income_back(books, self._ids, gone, splits=splits_of(books, invoice))

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


def _nth(books: Books, part: TakenBack) -> str:
    """What a part is booked as: one invoice may have been drawn from two top-ups."""
    known = books.bank.taken_back_by(part.back_id)
    again = sum(one.ref == part.ref for one in known)
    return f"{part.ref}:{again + 1}" if again else part.ref


def _ahead_under(books: Books, source: Movement, use: Use) -> str:
    """Under which agreement a part of a movement was paid ahead; empty for none.

    What a steward had typed in stands in the journal under the bank's reference.
    """
    if use.used_for is UsedFor.TOP_UP:
        return agreement_of(use.ref)
    if use.used_for is not UsedFor.BY_HAND:
        return ""
    typed = books.journal.find(f"top-up:{source.reference}")
    return typed.ref if typed is not None and typed.id == use.ref else ""
