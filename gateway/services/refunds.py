"""Money paid ahead that no use can draw any more goes back to whose it is.

It becomes a payout due to the party. An agreement in force keeps what it may draw; what
stands under one that ended, or in a currency that is not its own (its terms went on in
another), would otherwise stay there for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.billing.bank import Movement
from gateway.billing.invoice import Status
from gateway.fund.accounts import payable, prepaid
from gateway.fund.bookings import returned
from gateway.fund.payout_order import SEPA_CURRENCY
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.licensing.agreement import Agreement, heirs_of
from gateway.services.bookkeeping import book, unbook
from gateway.services.fund_books import flying
from gateway.services.receipts import open_of

KIND = "prepaid-returned"
Waiting = Callable[[Agreement], Iterable[object]]
"""What of an agreement's use is still to be invoiced."""


class Refunds:
    """Gives back what was paid ahead."""

    def __init__(
        self, books: Books, *, waiting: Waiting, clock: Clock, ids: IdSource
    ) -> None:
        self._books = books
        self._waiting = waiting
        self._clock = clock
        self._ids = ids

    def refund(self, agreement_id: str) -> tuple[Money, ...]:
        """Owe a party what is left under its agreement, and cannot be drawn any more.

        Returns:
            How much, by currency.

        Raises:
            Conflict: nothing is left there, it is in force, or use or an invoice may
                still draw it.
            NotFound: there is no such agreement.
        """
        with self._books.together() as books:
            agreement = books.agreements.find(agreement_id)
            if agreement is None:
                detail = f"there is no agreement {agreement_id}"
                raise NotFound(detail)
            left = balances_of(books, agreement.id)
            if not left:
                detail = f"nothing that was paid ahead is left under {agreement_id}"
                raise Conflict(detail)
            is_over = agreement.ends_us is not None
            free = [
                one for one in left if is_over or one.currency != agreement.currency
            ]
            if not free:
                detail = f"{agreement_id} is in force and may draw {left[0]}: end it"
                raise Conflict(detail)
            for money in free:
                self._assert_free(books, agreement, money)
                give_back(
                    books,
                    self._ids,
                    agreement,
                    money=money,
                    at_us=self._clock.now_us(),
                )
            return tuple(free)

    def _assert_free(self, books: Books, agreement: Agreement, money: Money) -> None:
        """Refuse what an agreement before it, or itself, may still draw."""
        for one in drawing_on(books, agreement, money.currency):
            if any(self._waiting(one)) or has_unpaid(books, one):
                detail = (
                    f"what was taken under {one.id} is not invoiced and settled yet:"
                    " `copyfair invoice run --period` with its month, then again"
                )
                raise Conflict(detail)


def give_back(
    books: Books, ids: IdSource, agreement: Agreement, *, money: Money, at_us: int
) -> None:
    """Owe the party by name what it had paid ahead; within a transaction."""
    book(
        books,
        ids,
        returned(agreement.id, money.minor, to=agreement.party_id),
        key=f"{KIND}:{agreement.id}:{ids.new('lve')}",
        kind=KIND,
        ref=agreement.id,
        currency=money.currency,
        at_us=at_us,
    )


def call_in(
    books: Books, ids: IdSource, agreement_id: str, *, back: Movement, most: int
) -> int:
    """Owe a party less of what goes back to it, where its bank took the money itself.

    Args:
        books: Within a transaction.
        ids: Where ids come from.
        agreement_id: Under which it was paid ahead, and given back.
        back: What took it.
        most: How much is needed.

    Returns:
        How much of it was not sent yet, and is paid ahead again.
    """
    agreement = books.agreements.find(agreement_id)
    if agreement is None or most <= 0:
        return 0
    currency, at_us = back.amount.currency, back.booked_us
    owed = -books.journal.balance(payable(agreement.party_id), currency)
    if currency == SEPA_CURRENCY:
        owed -= flying(books).get(agreement.party_id, 0)
    rest = min(most, max(0, owed))
    called = 0
    entries = books.journal.of_ref(agreement_id)
    undone = {entry.reverses for entry in entries}
    for entry in reversed(entries):
        is_given = (entry.kind, entry.currency) == (KIND, currency)
        if rest <= called or not is_given or entry.id in undone:
            continue
        given = sum(max(0, posting.amount_minor) for posting in entry.postings)
        part = min(rest - called, given)
        # What is owed by name is paid or undone whole: the rest of it is owed anew.
        unbook(books, ids, entry, at_us=at_us)
        stays = Money(given - part, currency)
        give_back(books, ids, agreement, money=stays, at_us=at_us)
        called += part
    return called


def drawing_on(
    books: Books, agreement: Agreement, currency: str
) -> tuple[Agreement, ...]:
    """An agreement and those whose place it took: what is under it is in their reach.

    Args:
        books: All books.
        agreement: Under which something was paid ahead.
        currency: In which; use in another draws none of it.
    """
    known = books.agreements.agreements_of(agreement.party_id)
    return tuple(
        one
        for one in known
        if one.currency == currency
        and (one.id == agreement.id or agreement in heirs_of(one, known))
    )


def balances_of(books: Books, agreement_id: str) -> tuple[Money, ...]:
    """What is left under an agreement, by currency; its own may not be the only one."""
    account = prepaid(agreement_id)
    return tuple(
        Money(-minor, currency)
        for (name, currency), minor in sorted(books.journal.balances().items())
        if name == account and minor < 0
    )


def has_unpaid(books: Books, agreement: Agreement) -> bool:
    """Is there a paper on which what was paid ahead may still be needed?"""
    return any(
        invoice.agreement_id == agreement.id
        and (
            invoice.status is Status.DRAFT
            or (invoice.status is Status.FINALISED and open_of(books, invoice) > 0)
        )
        for invoice in books.invoices.all()
    )
