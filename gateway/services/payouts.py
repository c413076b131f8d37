"""Payouts: what the fund owes contributors, put in a file for the bank, once.

An amount is in flight from the moment its file is kept until the bank's statement
says what became of it, and stands in no second file. Who has no account, too little or
was erased stays owed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.billing.bank import Movement
from gateway.fund.accounts import PAYABLE_PREFIX, is_payable, payable
from gateway.fund.bookings import paid_out
from gateway.fund.payout_order import (
    SEPA_CURRENCY,
    Order,
    OrderState,
    Owed,
    PayoutFile,
)
from gateway.fund.payout_ports import FileKeeper, Payee, PayoutPen
from gateway.fund.ports import Books
from gateway.fund.waterfall import FundTerms
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.services.bookkeeping import book, unbook
from gateway.services.fund_books import FundBooks, PartyNames, flying
from gateway.services.payees import Payees, names_mutual


@dataclass(frozen=True, slots=True)
class Due:
    """What is owed to a contributor and not in flight.

    Attributes:
        contributor_id: To whom.
        owed: All that is owed, in flight or not.
        in_flight: What a bank was asked for.
        why: Whether the rest can be put in a file, and if not, why.
    """

    contributor_id: str
    owed: Money
    in_flight: Money
    why: Owed

    @property
    def rest(self) -> Money:
        """What stands in no file."""
        return self.owed - self.in_flight


class Payouts:
    """Everything that is done with payouts."""

    def __init__(
        self,
        books: Books,
        *,
        parties: PartyNames,
        terms: FundTerms,
        pen: PayoutPen,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._parties = parties
        self._terms = terms
        self._pen = pen
        fund = FundBooks(books, parties=parties, terms=terms, clock=clock, ids=ids)
        self._payees = Payees(parties, fund.barred)
        self._clock = clock
        self._ids = ids

    def due(self) -> tuple[Due, ...]:
        """What is owed, by contributor and currency."""
        with self._books.reading() as books:
            return self._due(books)

    def files(self) -> tuple[PayoutFile, ...]:
        """Every file and how its orders stand, oldest first."""
        with self._books.reading() as books:
            return books.payouts.all()

    def sharing(self, due: Iterable[Due]) -> tuple[tuple[str, ...], ...]:
        """Those of whom several name one account as their own, each group of ids."""
        return self._payees.sharing(one.contributor_id for one in due)

    def make(self, execution_on: str, keep: FileKeeper) -> PayoutFile | None:
        """Put everything that is ready in a file.

        The file lies in its place before its orders are in flight, and gets its name
        afterwards: a crash between leaves a file nobody sends, or orders whose file is
        named in the books and can be cancelled.

        Args:
            execution_on: The day on which the bank shall pay, `2026-12-01`.
            keep: Lays the bytes down; they are not to be sent before this returns.

        Returns:
            None where nothing is ready.

        Raises:
            InvalidValue: the result would be no valid file.
            Misconfigured: no account to pay from is set.
        """
        with self._books.together() as books:
            ready = [one for one in self._due(books) if one.why is Owed.READY]
            if not ready:
                return None
            file_id = self._spelled("msg")
            made = PayoutFile(
                id=file_id,
                execution_on=execution_on,
                made_us=self._clock.now_us(),
                orders=tuple(
                    Order(self._spelled("pyo"), file_id, one.contributor_id, one.rest)
                    for one in ready
                ),
            )
            keep.lay_down(self._pen.write(made, self._accounts(ready)))
            books.payouts.add(made)
        keep.name()
        return made

    def cancel(self, file_id: str) -> PayoutFile:
        """Say that a file was never sent, or was refused whole: it is owed again.

        Raises:
            Conflict: the bank paid something of it already.
            NotFound: there is no such file.
        """
        with self._books.together() as books:
            made = books.payouts.find(file_id)
            if made is None:
                detail = f"no payout file {file_id}; see `copyfair fund payouts`"
                raise NotFound(detail)
            done = {OrderState.PAID, OrderState.RETURNED}
            paid = [one for one in made.orders if one.state in done]
            if paid:
                detail = (
                    f"the bank paid {paid[0].end_to_end} of {file_id} already; what it"
                    " refused comes back with its statement"
                )
                raise Conflict(detail)
            for one in made.orders:
                if one.state is OrderState.IN_FLIGHT:
                    at_us = self._clock.now_us()
                    books.payouts.end(one.end_to_end, OrderState.CANCELLED, at_us=at_us)
            found = books.payouts.find(file_id)
        return found or made

    def stop(self, end_to_end: str) -> Order:
        """Say that the bank will not carry out one payment of a file: it is owed again.

        Raises:
            Conflict: the bank paid it already.
            NotFound: no file asks for such a payment.
        """
        with self._books.together() as books:
            order = books.payouts.order(end_to_end)
            if order is None:
                detail = f"no payment {end_to_end}; see `copyfair fund payouts --json`"
                raise NotFound(detail)
            if order.state in {OrderState.PAID, OrderState.RETURNED}:
                detail = f"the bank paid {end_to_end} already; ask for the money back"
                raise Conflict(detail)
            if order.state is OrderState.IN_FLIGHT:
                at_us = self._clock.now_us()
                books.payouts.end(end_to_end, OrderState.CANCELLED, at_us=at_us)
            return books.payouts.order(end_to_end) or order

    def _due(self, books: Books) -> tuple[Due, ...]:
        waiting = flying(books)
        found = []
        for (account, currency), minor in sorted(books.journal.balances().items()):
            if is_payable(account) and minor < 0:
                who = account.removeprefix(PAYABLE_PREFIX)
                flown = waiting.get(who, 0) if currency == SEPA_CURRENCY else 0
                owed, flight = Money(-minor, currency), Money(flown, currency)
                found.append(Due(who, owed, flight, self._why(who, owed - flight)))
        return tuple(found)

    def _why(self, who: str, rest: Money) -> Owed:
        party = self._parties.find_party(who)
        if rest.minor <= 0:
            return Owed.IN_FLIGHT
        if party is None or party.erased_us is not None:
            return Owed.ERASED
        if rest.currency != SEPA_CURRENCY or self._payees.of(party) is None:
            return Owed.NO_MUTUAL if names_mutual(party) else Owed.NO_ACCOUNT
        is_little = rest.minor < self._terms.payout_from_minor
        return Owed.TOO_LITTLE if is_little else Owed.READY

    def _accounts(self, ready: list[Due]) -> Mapping[str, Payee]:
        named = [one.contributor_id for one in ready]
        found = {who: self._parties.find_party(who) for who in named}
        payees = {
            who: self._payees.of(party)
            for who, party in found.items()
            if party is not None
        }
        return {who: payee for who, payee in payees.items() if payee is not None}

    def _spelled(self, kind: str) -> str:
        """An id that banks pass on: letters, digits and a hyphen, 35 at most."""
        return self._ids.new(kind).replace("_", "-").upper()


def went_out(books: Books, ids: IdSource, movement: Movement) -> bool:
    """Book the payout that a bank's statement reports.

    Args:
        books: Within a transaction.
        ids: Where entries get their names.
        movement: Money that went out.

    Returns:
        Whether it is one of ours; another amount than was asked for is nobody's.
    """
    order = books.payouts.order(movement.end_to_end) if movement.end_to_end else None
    if order is None or order.amount != movement.amount:
        return False
    if order.state in {OrderState.PAID, OrderState.RETURNED}:
        return False
    owed = -books.journal.balance(payable(order.contributor_id), SEPA_CURRENCY)
    if owed < order.amount.minor:
        return False
    book(
        books,
        ids,
        paid_out(order.contributor_id, order.amount.minor),
        key=_key(order),
        kind="payout",
        ref=order.contributor_id,
        currency=SEPA_CURRENCY,
        at_us=movement.booked_us,
    )
    books.payouts.end(order.end_to_end, OrderState.PAID, at_us=movement.booked_us)
    return True


def came_back(books: Books, ids: IdSource, movement: Movement) -> bool:
    """Owe again what a bank sent back: the account was closed, say.

    Args:
        books: Within a transaction.
        ids: Where entries get their names.
        movement: Money that came in.

    Returns:
        Whether it is a payout of ours that came back whole.
    """
    order = books.payouts.order(movement.end_to_end) if movement.end_to_end else None
    if order is None or order.state is not OrderState.PAID:
        return False
    paid = books.journal.find(_key(order))
    if paid is None or order.amount != movement.amount:
        return False
    unbook(books, ids, paid, at_us=movement.booked_us)
    books.payouts.end(order.end_to_end, OrderState.RETURNED, at_us=movement.booked_us)
    return True


def _key(order: Order) -> str:
    return f"payout:{order.end_to_end}"
