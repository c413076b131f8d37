"""Money paid ahead goes where its agreement goes: a renewal takes the balance along.

What the former agreement's use is still to be invoiced for stays with it; its last
invoice draws that, and what is left then follows. Where more is drawn after all, it
comes back: nothing is waived while the customer's own money is there.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.billing.invoice import Status
from gateway.fund.accounts import PREPAID_PREFIX, prepaid
from gateway.fund.bookings import moved_ahead
from gateway.fund.ports import Books
from gateway.fund.prepaid_statement import AHEAD_MOVED
from gateway.kernel.ids import IdSource
from gateway.licensing.agreement import Agreement, Settling, heirs_of
from gateway.services.bookkeeping import book


def heirs(books: Books, agreement_id: str) -> tuple[Agreement, ...]:
    """What took an agreement's place, the nearest first; see `heirs_of`."""
    agreement = books.agreements.find(agreement_id)
    if agreement is None or agreement.ends_us is None:
        return ()
    return heirs_of(agreement, books.agreements.agreements_of(agreement.party_id))


def balance_of(books: Books, agreement_id: str, currency: str) -> int:
    """What is left of the money paid ahead under one agreement, minor units."""
    return -books.journal.balance(prepaid(agreement_id), currency)


def within_reach(books: Books, agreement_id: str, currency: str) -> int:
    """What an invoice may draw: the agreement's own balance and what went on.

    What was paid ahead under a later agreement is for its own use. So an agreement
    that owes what it is invoiced for reaches no further than its own money went;
    one that owes nothing beyond its customer's money reaches all of it.
    """
    later = heirs(books, agreement_id)
    there = sum(max(0, balance_of(books, one.id, currency)) for one in later)
    agreement = books.agreements.find(agreement_id)
    if agreement is not None and agreement.settling is Settling.INVOICED:
        there = min(there, _went_on(books, agreement_id, later, currency=currency))
    return max(0, balance_of(books, agreement_id, currency)) + there


def _went_on(
    books: Books, agreement_id: str, later: Iterable[Agreement], *, currency: str
) -> int:
    """What moved on from an agreement and did not come back, minor units."""
    account = prepaid(agreement_id)
    return sum(
        posting.amount_minor
        for heir in later
        for entry in books.journal.of_ref(heir.id)
        if entry.kind == AHEAD_MOVED and entry.currency == currency
        for posting in entry.postings
        if posting.account == account
    )


def _drafted(books: Books, agreement_id: str, currency: str) -> int:
    """What drafts of an agreement are for, VAT included, minor units."""
    return sum(
        draft.gross_minor
        for draft in books.invoices.all(status=Status.DRAFT)
        if (draft.agreement_id, draft.currency) == (agreement_id, currency)
    )


class PaidAhead:
    """Moves balances between an agreement and what took its place.

    Everything happens within a transaction of the books.
    """

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids

    def go_on(
        self,
        books: Books,
        agreement_id: str,
        currency: str,
        *,
        at_us: int,
        keep_minor: int = 0,
        most: int | None = None,
    ) -> int:
        """Move what is left to the agreement that is in force now; how much.

        Args:
            books: Within a transaction.
            agreement_id: One that ended; where nothing in that currency took its place
                nothing moves.
            currency: ISO 4217.
            at_us: When it counts.
            keep_minor: What its use is still to be invoiced for.
            most: What arrived just now, and nothing that was kept; None for all.
        """
        later = heirs(books, agreement_id)
        found = [one for one in later if one.currency == currency]
        amount = balance_of(books, agreement_id, currency) - max(0, keep_minor)
        amount = amount if most is None else min(amount, most)
        if not found or amount <= 0:
            return 0
        heir = found[-1].id
        self._move(
            books,
            (agreement_id, heir),
            about=heir,
            amount=amount,
            currency=currency,
            at_us=at_us,
        )
        return amount

    def all_go_on(self, books: Books, *, ended_by_us: int, at_us: int) -> None:
        """Move on what is left under every agreement that ended by an instant.

        What its drafts are for stays until they are finalised.

        Args:
            books: Within a transaction.
            ended_by_us: The end of a period that was billed.
            at_us: When it counts.
        """
        for (account, currency), minor in sorted(books.journal.balances().items()):
            if minor >= 0 or not account.startswith(PREPAID_PREFIX):
                continue
            agreement = books.agreements.find(account.removeprefix(PREPAID_PREFIX))
            ends_us = agreement.ends_us if agreement else None
            if agreement and ends_us is not None and ends_us <= ended_by_us:
                kept = _drafted(books, agreement.id, currency)
                self.go_on(books, agreement.id, currency, at_us=at_us, keep_minor=kept)

    def come_back(
        self,
        books: Books,
        agreement_id: str,
        currency: str,
        *,
        most: int,
        at_us: int,
    ) -> int:
        """Take back what went on to later agreements, as far as it is there; how much.

        Args:
            books: Within a transaction.
            agreement_id: Where it is needed.
            currency: ISO 4217.
            most: How much is needed.
            at_us: When it counts.
        """
        rest = max(0, most)
        for heir in heirs(books, agreement_id):
            amount = min(rest, balance_of(books, heir.id, currency))
            if amount > 0:
                self._move(
                    books,
                    (heir.id, agreement_id),
                    about=heir.id,
                    amount=amount,
                    currency=currency,
                    at_us=at_us,
                )
                rest -= amount
        return max(0, most) - rest

    def _move(
        self,
        books: Books,
        way: tuple[str, str],
        *,
        about: str,
        amount: int,
        currency: str,
        at_us: int,
    ) -> None:
        """Book a move; it is about the later agreement, whose allowance counts it."""
        known = books.journal.of_ref(about)
        earlier = sum(entry.kind == AHEAD_MOVED for entry in known)
        book(
            books,
            self._ids,
            moved_ahead(*way, amount),
            key=f"{AHEAD_MOVED}:{way[0]}:{way[1]}:{earlier + 1}",
            kind=AHEAD_MOVED,
            ref=about,
            currency=currency,
            at_us=at_us,
        )
