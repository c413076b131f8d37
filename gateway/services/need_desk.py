"""Needs: what the commons asks for, what work for it weighs, what is still open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from gateway.fund.ports import Books
from gateway.fund.voting.decision import Decision, Kind
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.reciprocity.contribution import HUNDREDTHS_PER_HOUR
from gateway.reciprocity.need import HOUR, Answering, Equivalence, Need, Needs
from gateway.reciprocity.review import State, state_of
from gateway.services.offsets import Worth


@dataclass(frozen=True, slots=True)
class Weighed:
    """What work for a need weighs.

    Attributes:
        need: The item.
        quantity: How much of its unit.
        weight_hundredths: Hundredths of a credit.
        table: By which version of the table; empty for hours.
    """

    need: Need
    quantity: Fraction
    weight_hundredths: int
    table: str


@dataclass(frozen=True, slots=True)
class NeedView:
    """An item, and how much of it was given.

    Attributes:
        need: The item.
        given: Units in claims that were not reversed, vested or not yet.
        hours: What a unit is worth, hours; None while no table counts.
    """

    need: Need
    given: Fraction
    hours: Fraction | None

    @property
    def left(self) -> Fraction | None:
        """Units still wanted; None for as many as come."""
        wanted = self.need.wanted
        return None if wanted is None else max(Fraction(0), wanted - self.given)


@dataclass(frozen=True, slots=True)
class TableView:
    """A version of the table, and the decision by which it stands.

    Attributes:
        table: The version.
        decision: What ratified this very text; None where nothing did.
        counts: It is the one that counts now.
    """

    table: Equivalence
    decision: Decision | None
    counts: bool


class NeedDesk:
    """Everything that is done with needs."""

    def __init__(
        self, books: Books, worth: Worth, *, needs: Callable[[], Needs], clock: Clock
    ) -> None:
        self._books = books
        self._worth = worth
        self._needs = needs
        self._clock = clock

    def list(self) -> tuple[NeedView, ...]:
        """Every published item, by id."""
        hours = self._hours()
        return tuple(
            NeedView(each, self._given(each.id), hours.get(each.unit))
            for _, each in sorted(self._needs().items.items())
        )

    def tables(self) -> tuple[TableView, ...]:
        """Every version of the table that was written, oldest first."""
        tables = self._needs().tables
        try:
            counting = self._worth.table(self._books) if tables else None
        except Conflict:
            counting = None
        views: list[TableView] = []
        for each in tables:
            found = self._books.decisions.ratified(
                Kind.RATIFY_EQUIVALENCE, each.subject
            )
            is_it = found is not None and found.digest == each.digest
            views.append(TableView(each, found if is_it else None, each == counting))
        return tuple(views)

    def weigh(
        self, need_id: str, *, quantity: Fraction | None, hundredths: int | None
    ) -> Weighed:
        """What work for a need weighs.

        Args:
            need_id: The item.
            quantity: In its unit; None where it is told in hours.
            hundredths: Hundredths of an hour; None where it is told in the unit.

        Raises:
            InvalidValue: no list asks for it, both or neither is told, or hours are
                told of what is counted otherwise.
            Conflict: no table counts, or the commons has as much as it asked for.
        """
        need = self._needs().need(need_id)
        if (quantity is None) == (hundredths is None):
            detail = f"say how much of {need_id}: --quantity, in {need.unit}s"
            raise InvalidValue(detail)
        if hundredths is not None:
            if need.unit != HOUR:
                detail = f"{need_id} is counted in {need.unit}s: say --quantity"
                raise InvalidValue(detail)
            amount = Fraction(hundredths, HUNDREDTHS_PER_HOUR)
            self._assert_wanted(need, amount)
            return Weighed(need, amount, hundredths, "")
        amount = quantity or Fraction(0)
        table = self._worth.table(self._books)
        weight = table.weight_hundredths(need.unit, amount)
        self._assert_wanted(need, amount)
        return Weighed(need, amount, weight, table.subject)

    def answer(self, claim_id: str, weighed: Weighed) -> Answering:
        """Keep that a claim answers a need.

        Raises:
            Conflict: it answers one already.
        """
        answering = Answering(
            claim_id,
            weighed.need.id,
            weighed.need.unit,
            str(weighed.quantity),
            weighed.table,
        )
        self._books.needs.add(answering)
        return answering

    def _hours(self) -> dict[str, Fraction]:
        try:
            return dict(self._worth.table(self._books).hours)
        except Conflict:
            return {HOUR: Fraction(1)}

    def _assert_wanted(self, need: Need, more: Fraction) -> None:
        if need.wanted is None:
            return
        left = need.wanted - self._given(need.id)
        if more > left:
            detail = (
                f"the commons asked for {need.wanted} {need.unit}s of {need.id}, of"
                f" which {max(left, 0)} are still wanted"
            )
            raise Conflict(detail)

    def _given(self, need_id: str) -> Fraction:
        now_us, total = self._clock.now_us(), Fraction(0)
        for each in self._books.needs.all():
            if each.need_id != need_id:
                continue
            judged = self._books.contributions.find(each.claim_id)
            if judged is None:
                continue
            state = state_of(judged.claim, judged.reviews, at_us=now_us)
            if state is not State.REVERSED:
                total += Fraction(each.quantity)
        return total
