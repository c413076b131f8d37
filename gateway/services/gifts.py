"""Gifts and donations: recorded, passed on, listed.

Which of the two it is says whoever records it, and never the memo.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.billing.bank import Direction, Movement, Use, UsedFor, left_of
from gateway.billing.ports import PartyBook
from gateway.fund.accounts import BANK, HELD_BY, UNMATCHED
from gateway.fund.accounts import gift as gift_account
from gateway.fund.gift import Gift
from gateway.fund.gift_bookings import donated, given, passed_on, reported
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.services.bookkeeping import book
from gateway.services.gifts_taken_back import (
    PASSED_ON,
    is_passed_on,
)
from gateway.services.known_party import known_party
from gateway.services.receipts import Origin, Receipts


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a gift beside its amount and receiver.

    Attributes:
        reference: The bank's name for it.
        from_party_id: Who gave, or empty.
        memo: What they wrote, or empty.
        movement_id: The bank's movement that brought it, or empty.
    """

    reference: str
    from_party_id: str = ""
    memo: str = ""
    movement_id: str = ""


@dataclass(frozen=True, slots=True)
class GiftView:
    """A gift, and whether it reached who was named."""

    gift: Gift
    is_passed_on: bool = False


class Gifts:
    """Everything that is done with gifts and donations."""

    def __init__(
        self,
        books: Books,
        *,
        receipts: Receipts,
        parties: PartyBook,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._receipts = receipts
        self._parties = parties
        self._clock = clock
        self._ids = ids

    def donate(self, amount: Money, told: Told) -> Gift:
        """Record a donation to the commons: income, and the waterfall at once.

        Raises:
            Conflict: the reference stands for another gift, or the bank's statement
                has movements and none is named.
            InvalidValue: an amount that cannot be, or more than is left of the
                movement.
            NotFound: no such movement or giver.
        """
        return self._take(amount, told, to_party_id="")

    def give(self, amount: Money, told: Told, *, to_party_id: str) -> Gift:
        """Record a gift to somebody by name: theirs, whole; never income.

        Raises:
            As `donate`; NotFound also where nobody is named so.
        """
        known_party(self._parties, to_party_id)
        return self._take(amount, told, to_party_id=to_party_id)

    def pass_on(self, name: str, *, reference: str) -> GiftView:
        """Book that a gift was sent to who was named: all that is left of it, once.

        Args:
            name: The gift's id or reference.
            reference: The bank's name for the transfer.

        Raises:
            Conflict: it was passed on under another reference, or taken back.
            InvalidValue: it is a donation, or there is no reference.
            NotFound: no such gift.
        """
        if not reference.strip():
            raise InvalidValue("a transfer has a reference")
        with self._books.together() as books:
            found = books.gifts.find(name)
            if found is None:
                detail = f"there is no gift {name}; see `copyfair fund gifts`"
                raise NotFound(detail)
            if not found.is_directed:
                detail = f"{found.id} is a donation to the commons; nobody is named"
                raise InvalidValue(detail)
            key = f"{PASSED_ON}:{found.id}:{reference}"
            if books.journal.find(key) is not None:
                return GiftView(found, is_passed_on=True)
            held = _held_minor(books, found)
            if not held:
                detail = f"{found.id} was passed on or taken back before"
                raise Conflict(detail)
            book(
                books,
                self._ids,
                passed_on(found.to_party_id, held),
                key=key,
                kind=PASSED_ON,
                ref=found.id,
                currency=found.amount.currency,
                at_us=self._clock.now_us(),
            )
        return GiftView(found, is_passed_on=True)

    def list(self) -> tuple[GiftView, ...]:
        """Every gift and donation, oldest first."""
        with self._books.reading() as books:
            return tuple(
                GiftView(each, is_passed_on(books, each)) for each in books.gifts.all()
            )

    def _take(self, amount: Money, told: Told, *, to_party_id: str) -> Gift:
        if told.from_party_id:
            known_party(self._parties, told.from_party_id)
        with self._books.together() as books:
            known = books.gifts.find(told.reference)
            if known is not None:
                _assert_same(known, amount, to_party_id)
                self._link(books, known, told.movement_id)
                return known
            movement = _movement(books, told.movement_id, amount)
            gift = Gift(
                self._ids.new("gif" if to_party_id else "don"),
                to_party_id,
                told.from_party_id,
                amount=amount,
                reference=told.reference,
                memo=told.memo,
                received_us=movement.booked_us if movement else self._clock.now_us(),
            )
            books.gifts.add(gift)
            self._book(books, gift, from_=UNMATCHED if movement else BANK)
            if movement is not None:
                _use(books, movement, gift)
        return gift

    def _book(self, books: Books, gift: Gift, *, from_: str) -> None:
        minor = gift.amount.minor
        if gift.is_directed:
            postings = given(gift.to_party_id, minor, from_=from_)
        else:
            postings = donated(minor, from_=from_)
        book(
            books,
            self._ids,
            postings,
            key=f"gift:{gift.id}",
            kind="gift" if gift.is_directed else "donation",
            ref=gift.id,
            currency=gift.amount.currency,
            at_us=gift.received_us,
        )
        if not gift.is_directed:
            self._receipts.apportion(
                books,
                minor,
                origin=Origin(gift.from_party_id, gift.amount.currency),
                key=gift.id,
                ref=gift.id,
                at_us=gift.received_us,
            )

    def _link(self, books: Books, gift: Gift, movement_id: str) -> None:
        """The bank reports what was recorded by hand before."""
        if not movement_id or not _is_unreported(books, gift):
            return
        movement = _movement(books, movement_id, gift.amount)
        if movement is not None:
            _report(books, self._ids, movement, gift=gift)


def gift_reported(books: Books, ids: IdSource, movement: Movement) -> bool:
    """Recognise a gift or donation that was recorded by hand under its reference.

    Args:
        books: Within a transaction.
        ids: Where entries get their names.
        movement: What came in, and is booked.

    Returns:
        Whether it is one, of that amount, and no bank had reported it before.
    """
    gift = books.gifts.find(movement.reference)
    if gift is None or gift.reference != movement.reference:
        return False
    if gift.amount != movement.amount or not _is_unreported(books, gift):
        return False
    _report(books, ids, movement, gift=gift)
    return True


def _is_unreported(books: Books, gift: Gift) -> bool:
    """Was it recorded by hand, and no bank has told of it since?"""
    first = books.journal.find(f"gift:{gift.id}")
    is_by_hand = first is not None and all(
        posting.account != UNMATCHED for posting in first.postings
    )
    return is_by_hand and books.journal.find(f"gift-reported:{gift.id}") is None


def _report(books: Books, ids: IdSource, movement: Movement, *, gift: Gift) -> None:
    book(
        books,
        ids,
        reported(gift.amount.minor),
        key=f"gift-reported:{gift.id}",
        kind="gift-reported",
        ref=gift.id,
        currency=gift.amount.currency,
        at_us=movement.booked_us,
    )
    _use(books, movement, gift)


def _held_minor(books: Books, gift: Gift) -> int:
    """What of a gift nobody passed on or took back, minor units."""
    account = gift_account(gift.to_party_id)
    return -sum(
        posting.amount_minor
        for entry in books.journal.of_ref(gift.id)
        for posting in entry.postings
        if posting.account == account
    )


def _movement(books: Books, movement_id: str, amount: Money) -> Movement | None:
    """The movement that brought a gift; None where it is recorded by hand."""
    if not movement_id:
        if any(
            each.direction is Direction.IN and each.account not in HELD_BY
            for each in books.bank.all()
        ):
            detail = (
                "the bank's statements are taken in here: say which movement it was,"
                " --movement; see `copyfair payment list --waiting`"
            )
            raise Conflict(detail)
        return None
    movement = books.bank.find(movement_id)
    if movement is None or movement.direction is not Direction.IN:
        detail = f"there is no movement {movement_id} that came in"
        raise NotFound(detail)
    left = left_of(movement, books.bank.uses_of(movement_id))
    is_same = movement.amount.currency == amount.currency
    if not is_same or amount.minor > left:
        detail = f"{Money(left, movement.amount.currency)} is left of {movement_id}"
        raise InvalidValue(detail)
    return movement


def _use(books: Books, movement: Movement, gift: Gift) -> None:
    used_for = UsedFor.GIFT if gift.is_directed else UsedFor.DONATION
    books.bank.use(Use(movement.id, used_for, gift.id, gift.amount.minor))


def _assert_same(known: Gift, amount: Money, to_party_id: str) -> None:
    if (known.amount, known.to_party_id) != (amount, to_party_id):
        detail = f"{known.reference} is recorded as {known.id}, of {known.amount}"
        raise Conflict(detail)
