"""The endowment: what members decided to release goes to the reserve, once."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.fund.accounts import ENDOWMENT
from gateway.fund.bookings import released
from gateway.fund.endowment import RELEASE, is_decided, released_by, taken_from
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.services.bookkeeping import book


class Endowment:
    """Releases what members decided."""

    def __init__(self, books: Books, *, clock: Clock, ids: IdSource) -> None:
        self._books = books
        self._clock = clock
        self._ids = ids

    def release(self, decision_id: str) -> tuple[Money, bool]:
        """Give the reserve what members decided; the same again changes nothing.

        Args:
            decision_id: A decision about `endowment:AMOUNT`.

        Returns:
            How much, and whether it was booked now.

        Raises:
            NotFound: there is no such decision.
            Conflict: it releases nothing, or more than the endowment holds.
        """
        with self._books.together() as books:
            decision = books.decisions.find(decision_id)
            if decision is None:
                detail = f"there is no decision {decision_id}"
                raise NotFound(f"{detail}; see `copyfair decision list`")
            amount = released_by(decision)
            if amount is None:
                detail = (
                    f"{decision_id} is no accepted decision about the endowment; ask"
                    ' members with `copyfair vote open "…" --release-endowment AMOUNT`'
                )
                raise Conflict(detail)
            key = f"{RELEASE}:{decision_id}"
            if books.journal.find(key) is not None:
                return amount, False
            held = -books.journal.balance(ENDOWMENT, amount.currency)
            if amount.minor > held:
                detail = (
                    f"members released {amount}, the endowment holds"
                    f" {Money(held, amount.currency)}"
                )
                raise Conflict(detail)
            book(
                books,
                self._ids,
                released(amount.minor),
                key=key,
                kind=RELEASE,
                ref=decision_id,
                currency=amount.currency,
                at_us=self._clock.now_us(),
            )
        return amount, True


def endowment(books: Books) -> Iterator[str]:
    """The audit: whatever left the endowment, members decided before, once each."""
    used: set[str] = set()
    entries = books.journal.entries()
    undone = {each.reverses for each in entries}
    for entry in entries:
        taken = taken_from(entry)
        if taken is None or entry.reverses:
            continue
        decision = books.decisions.find(entry.ref)
        if entry.ref in used or not is_decided(entry, decision):
            yield f"{entry.id} takes {taken} from the endowment, and nobody decided so"
        if entry.id not in undone:
            used.add(entry.ref)
