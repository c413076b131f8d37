"""Payments by card: one live page for a target, and money that is taken in once.

A page is written down before the provider is asked, so a lost answer is a question
that can be asked again under the same key. Money is taken in as a movement under the
provider's own name for the payment: a storm of events, in any order, settles once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.billing.bank import AGREEMENT, Direction, Movement
from gateway.billing.card import CardProvider, Charge, Ended, Heard, Page, TakenAway
from gateway.billing.checkout import CHECKOUT, Checkout, CheckoutState
from gateway.fund.ports import Books
from gateway.kernel.clock import US_PER_S, Clock
from gateway.kernel.errors import (
    Conflict,
    InvalidValue,
    Misconfigured,
    NotFound,
    Unavailable,
)
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.licensing.agreement import Settling
from gateway.services.bank_desk import BankDesk
from gateway.services.payments import finalised_invoice
from gateway.services.receipts import open_of

LIVES_S = 23 * 3_600
"""How long somebody may pay on a page; Stripe takes 30 minutes to 24 hours."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """What became of the pages that were looked at.

    Attributes:
        checkouts: As they stand now.
        silent: Why the provider could not be asked, by checkout id.
    """

    checkouts: tuple[Checkout, ...]
    silent: Mapping[str, str]


class CardDesk:
    """Everything that is done with payments by card."""

    def __init__(
        self,
        books: Books,
        *,
        provider: CardProvider,
        bank_desk: BankDesk,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._provider = provider
        self._bank_desk = bank_desk
        self._clock = clock
        self._ids = ids

    async def checkout(self, target: str, amount: Money | None = None) -> Checkout:
        """A page on which an invoice is paid, or an agreement is topped up.

        The same again is the same page. An older one for another amount is ended
        first, and so is any whose fate nobody knows.

        Args:
            target: A finalised invoice's number, or a prepaid agreement's id.
            amount: Of a top-up; of an invoice all that is open.

        Returns:
            The checkout; *unknown* where the provider did not answer.

        Raises:
            Conflict: the invoice is a draft, or another asks at this very moment.
            InvalidValue: nothing is open, an amount is missing or too much, or the
                provider refuses.
            Misconfigured: the provider does not let us in.
            NotFound: there is no such invoice or agreement.
            Unavailable: an older page can neither be ended nor looked at now.
        """
        asked = self._asked(target, amount)
        for known in self._books.checkouts.live(target):
            live = await self._resolved(known)
            if live.state is CheckoutState.OPEN and live.amount == asked:
                return live
            if live.is_live:
                await self._closed(live)
        asked = self._asked(target, amount)
        now_us = self._clock.now_us()
        new = Checkout(
            id=self._ids.new(CHECKOUT),
            target=target,
            amount=asked,
            created_us=now_us,
            expires_us=now_us + LIVES_S * US_PER_S,
        )
        with self._books.together() as books:
            books.checkouts.add(new)
        try:
            return await self._opened(new)
        except Unavailable:
            return new

    async def refresh(self) -> Tidied:
        """Ask again about every page on which somebody may still pay.

        One whose invoice was settled otherwise, in part or whole, is ended.
        """
        looked: list[Checkout] = []
        silent: dict[str, str] = {}
        for known in self._books.checkouts.live():
            try:
                now = await self._resolved(known)
                if now.is_live and not self._is_wanted(now):
                    now = await self._closed(now)
                looked.append(now)
            except (Unavailable, InvalidValue, Misconfigured) as fault:
                looked.append(self._books.checkouts.find(known.id) or known)
                silent[known.id] = fault.detail
        return Tidied(tuple(looked), silent)

    def all(self) -> tuple[Checkout, ...]:
        """Every checkout, oldest first."""
        return tuple(self._books.checkouts.all())

    async def hear(self, heard: Heard) -> bool:
        """Take in what a provider reports; again, and nothing changes.

        Returns:
            Whether it is news.

        Raises:
            Unavailable: the provider must be asked about it, and does not answer;
                nothing was kept, so the event may come again.
        """
        if self._books.checkouts.has_heard(heard.provider, heard.id):
            return False
        movements: tuple[Movement, ...] = ()
        paid: Charge | None = None
        match heard.news:
            case Ended(state=CheckoutState.PAID, payment=payment) if payment:
                paid = await self._charge(payment)
                movements = self._arrivals(paid)
            case TakenAway() as away:
                paid = await self._charge(away.payment)
                movements = self._departures(paid, away)
        with self._books.together() as books:
            if not books.checkouts.hear(heard, at_us=self._clock.now_us()):
                return False
            self._take(books, movements, paid)
            if isinstance(heard.news, Ended):
                self._ended(books, heard.news)
        return True

    def _asked(self, target: str, amount: Money | None) -> Money:
        """What is asked for."""
        with self._books.reading() as books:
            if target.startswith(f"{AGREEMENT}_"):
                return _top_up(books, target, amount)
            invoice = finalised_invoice(books, target)
            owed = Money(open_of(books, invoice), invoice.currency)
        if target != invoice.number:
            raise InvalidValue("name the invoice by its number")
        if owed.minor <= 0:
            detail = f"nothing is open on {target}"
            raise InvalidValue(detail)
        if amount not in {None, owed}:
            detail = f"{owed} are open on {target}; a page asks for all of it"
            raise InvalidValue(detail)
        return owed

    def _is_wanted(self, checkout: Checkout) -> bool:
        try:
            return self._asked(checkout.target, checkout.amount) == checkout.amount
        except (InvalidValue, NotFound, Conflict):
            return False

    async def _opened(self, checkout: Checkout) -> Checkout:
        """Ask for the page; again and again the same one."""
        try:
            page = await self._provider.open(checkout)
        except (InvalidValue, Misconfigured):
            self._keep(checkout.now(CheckoutState.REFUSED))
            raise
        return self._keep(
            checkout.now(CheckoutState.OPEN, session=page.session, url=page.url)
        )

    async def _resolved(self, checkout: Checkout) -> Checkout:
        """How a live page stands at the provider."""
        if checkout.state is CheckoutState.UNKNOWN:
            if self._clock.now_us() >= checkout.expires_us:
                return self._keep(checkout.now(CheckoutState.EXPIRED))
            checkout = await self._opened(checkout)
        if not checkout.is_live:
            return checkout
        return await self._follow(checkout, await self._provider.look(checkout.session))

    async def _closed(self, checkout: Checkout) -> Checkout:
        """End a page; paid on it meanwhile is paid."""
        now = await self._follow(
            checkout, await self._provider.expire(checkout.session)
        )
        if now.is_live:
            detail = f"the page of {checkout.id} did not end; try again"
            raise Unavailable(detail)
        return now

    async def _follow(self, checkout: Checkout, page: Page) -> Checkout:
        """Keep how a page stands; money that was paid on it is taken in."""
        paid = await self._charge(page.payment) if page.payment else None
        if page.state is not CheckoutState.PAID or paid is None:
            return self._keep(checkout.now(page.state, url=page.url))
        with self._books.together() as books:
            self._take(books, self._arrivals(paid), paid)
        return self._books.checkouts.find(checkout.id) or checkout

    async def _charge(self, payment: str) -> Charge | None:
        """A payment, if it is one of ours."""
        charge = await self._provider.charge(payment)
        if charge is None or self._books.checkouts.find(charge.checkout_id) is None:
            return None
        return charge

    def _arrivals(self, charge: Charge | None) -> tuple[Movement, ...]:
        return (self._movement(charge),) if charge else ()

    def _movement(self, charge: Charge) -> Movement:
        checkout = self._books.checkouts.find(charge.checkout_id)
        return Movement(
            account=self._provider.name,
            reference=charge.payment,
            amount=charge.amount,
            direction=Direction.IN,
            booked_us=charge.received_us,
            text=checkout.target if checkout else "",
            name=charge.name,
            fee_minor=charge.fee_minor,
        )

    def _departures(
        self, charge: Charge | None, away: TakenAway
    ) -> tuple[Movement, ...]:
        """What came in, that it went back, and that it came again where it did."""
        if charge is None:
            return ()
        came = self._movement(charge)
        went = replace(
            came,
            reference=away.reference,
            amount=away.amount,
            direction=Direction.OUT,
            booked_us=away.at_us,
            end_to_end=away.payment,
            text="",
            fee_minor=away.fee_minor,
        )
        again = replace(
            came,
            reference=f"{away.reference}:undone",
            amount=away.amount,
            booked_us=away.at_us,
            end_to_end=away.payment,
            fee_minor=0,
        )
        return (came, went, again) if away.is_undone else (came, went)

    def _take(
        self, books: Books, movements: tuple[Movement, ...], paid: Charge | None
    ) -> None:
        """Take in what moved; within a transaction."""
        self._bank_desk.take(books, movements)
        checkout = books.checkouts.find(paid.checkout_id) if paid else None
        if checkout is not None and checkout.state is not CheckoutState.PAID:
            now = checkout.now(CheckoutState.PAID)
            books.checkouts.put(now, at_us=self._clock.now_us())

    def _ended(self, books: Books, ended: Ended) -> None:
        """A page on which nobody can pay any more."""
        known = books.checkouts.find(ended.checkout_id)
        if known is None or not known.is_live or ended.state is CheckoutState.PAID:
            return
        now = known.now(ended.state, session=ended.session)
        books.checkouts.put(now, at_us=self._clock.now_us())

    def _keep(self, checkout: Checkout) -> Checkout:
        """Keep how a checkout stands, unless more was heard of it meanwhile."""
        with self._books.together() as books:
            known = books.checkouts.find(checkout.id)
            if known is None or known == checkout:
                return checkout
            now = known.now(checkout.state, session=checkout.session, url=checkout.url)
            if now != known:
                books.checkouts.put(now, at_us=self._clock.now_us())
        return now


def _top_up(books: Books, agreement_id: str, amount: Money | None) -> Money:
    agreement = books.agreements.find(agreement_id)
    if agreement is None:
        detail = f"there is no agreement {agreement_id}"
        raise NotFound(detail)
    if agreement.settling is not Settling.PREPAID or agreement.ends_us is not None:
        detail = f"under agreement {agreement_id} nothing is paid ahead"
        raise InvalidValue(detail)
    if amount is None or amount.minor <= 0 or amount.currency != agreement.currency:
        detail = f"say how much, in {agreement.currency}, above 0"
        raise InvalidValue(detail)
    return amount
