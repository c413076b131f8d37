"""What a steward says of money that a bank took back, where nothing answers for it.

Either it is a payment in the books, which is then undone like any other; or it never
was in these books, and nothing is booked.
"""

from __future__ import annotations

from gateway.billing.bank import Direction, Movement, returned_in
from gateway.billing.reversals import Outside
from gateway.fund.accounts import HELD_BY
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.services.taken_in import TakenIn, taken
from gateway.services.taking_back import TakingBack
from gateway.services.unanswered import taken_back_minor


class BankAnswers:
    """Answers for what was taken back."""

    def __init__(self, books: Books, *, backs: TakingBack, clock: Clock) -> None:
        self._books = books
        self._backs = backs
        self._clock = clock

    def is_payment(self, back_id: str, payment_id: str) -> TakenIn:
        """Say which payment a movement took back: it is undone as far as that goes.

        Said again it changes nothing.

        Args:
            back_id: Money that went out: a reversal, or a return.
            payment_id: The movement that had brought it.

        Raises:
            InvalidValue: it takes nothing back, or nothing waits for an answer; the
                other is no payment in its currency at a bank, or nothing is left of it.
            NotFound: there is no such movement.
        """
        with self._books.together() as books:
            back = _back(books, back_id)
            paid = _payment(books, payment_id, back)
            rest = back.amount.minor - taken_back_minor(books, back)
            if not rest:
                if paid.id in _answered_by(books, back, paid):
                    return taken(books, back, is_new=False)
                detail = f"nothing of {back.id} waits for an answer"
                raise InvalidValue(detail)
            if self._backs.undo(books, paid, back, rest=rest) == rest:
                detail = f"nothing is left of {paid.id} that could be taken back"
                raise InvalidValue(detail)
            return taken(books, back, is_new=False)

    def lay_outside(self, back_id: str, *, reason: str) -> TakenIn:
        """Say that what a movement took back never was in these books.

        Nothing is booked, and it is named no more. Where its payment is read after
        all, that is undone.

        Args:
            back_id: Money that went out: a reversal, or a return.
            reason: One sentence.

        Raises:
            Conflict: another reason was given before.
            InvalidValue: it takes nothing back, nothing waits for an answer, or no
                reason is given.
            NotFound: there is no such movement.
        """
        with self._books.together() as books:
            back = _back(books, back_id)
            known = books.bank.outside(back.id)
            if known is not None and known.reason != reason:
                detail = f"of {back.id} was said before: {known.reason}"
                raise Conflict(detail)
            if known is None:
                if taken_back_minor(books, back) == back.amount.minor:
                    detail = f"nothing of {back.id} waits for an answer"
                    raise InvalidValue(detail)
                said = Outside(back.id, reason, self._clock.now_us())
                books.bank.lay_outside(said)
            return taken(books, back, is_new=False)


def _back(books: Books, back_id: str) -> Movement:
    back = _found(books, back_id)
    is_back = back.is_reversal or bool(returned_in(back.words))
    if back.direction is Direction.IN or back.account in HELD_BY or not is_back:
        detail = f"{back.id} takes nothing back that anybody would have to answer for"
        raise InvalidValue(detail)
    return back


def _payment(books: Books, payment_id: str, back: Movement) -> Movement:
    paid = _found(books, payment_id)
    is_at_bank = paid.account not in HELD_BY
    is_same = paid.amount.currency == back.amount.currency
    if paid.direction is not Direction.IN or not is_at_bank or not is_same:
        detail = (
            f"{paid.id} is no payment at a bank in {back.amount.currency}; see"
            " `copyfair payment list`"
        )
        raise InvalidValue(detail)
    return paid


def _found(books: Books, movement_id: str) -> Movement:
    found = books.bank.find(movement_id)
    if found is None:
        detail = f"there is no movement {movement_id}; see `copyfair payment list`"
        raise NotFound(detail)
    return found


def _answered_by(books: Books, back: Movement, paid: Movement) -> frozenset[str]:
    """The payments that answered, of which *paid* may be one."""
    parts = {one.movement_id for one in books.bank.taken_back_by(back.id)}
    sent = {one.ref.partition("/")[0] for one in books.bank.uses_of(paid.id)}
    return frozenset(parts | ({paid.id} if back.id in sent else set()))
