"""A cap: a fixed amount per period of requests, bytes and money, never exceeded.

What is about to pass is *held* first and *settled* or *released* later. A hold
fits only if everything settled, everything held and the new amount together stay
within every limit. Money is priced at the worst: all other holds settle first, so
ours comes last and dearest (marginal prices never fall). Hence whatever order
things end in, no settled charge passes the cap.

Each step is one plain call without waiting in it, so on one event loop it is
atomic: a cap of 100 under 2,000 requests at once admits exactly 100.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from gateway.kernel.errors import Conflict, NotFound
from gateway.metering.quantity import NOTHING, Quantity

Charge = Callable[[Quantity, Quantity, int], Fraction | int]


def no_charge(start: Quantity, more: Quantity, floor_bracket: int) -> int:
    """Whatever passes costs nothing."""
    return 0


@dataclass(frozen=True, slots=True)
class CapLimits:
    """What a cap allows; None sets no limit.

    Attributes:
        requests: Billable requests.
        body_bytes: Billable body bytes.
        micros: Money, whole micros of the agreement's currency.
    """

    requests: int | None = None
    body_bytes: int | None = None
    micros: int | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """What is settled so far.

    Attributes:
        taken: Priced quantity since the brackets began, by the beneficial owner;
            the next unit is priced from here.
        used: Quantity in the cap's own period.
        micros: Exact charge in the cap's own period.
    """

    taken: Quantity = NOTHING
    used: Quantity = NOTHING
    micros: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Hold:
    """What is set aside for one open request.

    Attributes:
        quantity: The most that may pass.
        is_priced: Whether money is set aside too.
        floor_bracket: The lowest bracket that prices it.
        key_id: With which key it is taken, where one has caps of its own.
        collection: Of which collection, whose capacity bounds it; empty for none.
    """

    quantity: Quantity
    is_priced: bool = True
    floor_bracket: int = 0
    key_id: str = ""
    collection: str = ""


class Cap:
    """The state of one cap, and the four things that can happen to it.

    Attributes:
        limits: What may pass in the period.
        position: What is settled.
        foreign_micros: Money held elsewhere, by other nodes.
        beside: What others hold at a price before the same brackets, though not of
            this cap; ours comes after them at the worst.
    """

    __slots__ = (
        "_charge",
        "_floor",
        "_held",
        "_holds",
        "_left",
        "_priced",
        "beside",
        "foreign_micros",
        "limits",
        "position",
    )

    def __init__(
        self,
        limits: CapLimits,
        *,
        charge: Charge = no_charge,
        position: Position | None = None,
    ) -> None:
        self.limits = limits
        self.position = position or Position()
        self.foreign_micros = 0
        self.beside = NOTHING
        self._charge = charge
        self._holds: dict[str, Hold] = {}
        self._held = NOTHING
        self._priced = NOTHING
        self._floor = 0
        self._left: Fraction | int | None = None

    @property
    def open_holds(self) -> int:
        """How many requests hold something."""
        return len(self._holds)

    @property
    def priced(self) -> Quantity:
        """What of it is set aside at a price."""
        return self._priced

    @property
    def left_micros(self) -> int:
        """Money that is neither charged nor set aside, whole micros, rounded down."""
        if self._left is None:
            start = self.position.taken + self.beside
            floor = self._floor if self._holds else 0
            dearest = self._charge(start, self._priced, floor)
            settled = self.position.micros + self.foreign_micros
            self._left = (self.limits.micros or 0) - settled - dearest
        return int(self._left // 1)

    @property
    def held(self) -> Quantity:
        """Everything that is set aside."""
        return self._held

    def reserve(self, request_id: str, hold: Hold) -> int | None:
        """Set aside what a request may take.

        Returns:
            The money set aside for it, micros rounded up; None if it does not fit.

        Raises:
            Conflict: the request holds something already.
        """
        if request_id in self._holds:
            detail = f"request {request_id} holds an amount already; extend it"
            raise Conflict(detail)
        return self._hold(request_id, hold, hold)

    def adopt(self, request_id: str, hold: Hold) -> None:
        """Set aside what was granted before, whether or not it fits now.

        Raises:
            Conflict: the request holds something already.
        """
        if request_id in self._holds:
            detail = f"request {request_id} holds an amount already"
            raise Conflict(detail)
        if hold.is_priced:
            self._floor = max(self._floor if self._holds else 0, hold.floor_bracket)
            self._priced += hold.quantity
        self._keep(request_id, hold, hold)

    def extend(self, request_id: str, more: Quantity) -> int | None:
        """Set aside more for an open request, or nothing if that does not fit.

        Returns:
            The money set aside in addition, micros rounded up; None if refused.

        Raises:
            NotFound: the request holds nothing.
        """
        held = self._open(request_id)
        step = replace(held, quantity=more)
        whole = replace(held, quantity=held.quantity + more)
        return self._hold(request_id, step, whole)

    def settle(self, request_id: str, actual: Quantity, *, is_priced: bool) -> None:
        """Turn a hold into what really passed.

        Args:
            request_id: Whose hold.
            actual: What passed; within the hold.
            is_priced: Whether it costs; a repeat of the same object does not.

        Raises:
            NotFound: the request holds nothing.
        """
        hold = self._open(request_id)
        self.release(request_id)
        self.count(actual, is_priced=is_priced, floor_bracket=hold.floor_bracket)

    def count(
        self, actual: Quantity, *, is_priced: bool, floor_bracket: int = 0
    ) -> None:
        """Add what passed without a hold of ours."""
        before, self._left = self.position, None
        if not is_priced:
            self.position = replace(before, used=before.used + actual)
            return
        charge = self._charge(before.taken, actual, floor_bracket)
        self.position = Position(
            before.taken + actual, before.used + actual, before.micros + charge
        )

    def pass_by(self, actual: Quantity) -> None:
        """What others took moves the brackets, and costs nothing of this cap."""
        before, self._left = self.position, None
        self.position = replace(before, taken=before.taken + actual)

    def release(self, request_id: str) -> None:
        """Give back what a request holds; nothing passed.

        Raises:
            NotFound: the request holds nothing.
        """
        hold = self._open(request_id)
        del self._holds[request_id]
        self._held -= hold.quantity
        self._left = None
        if hold.is_priced:
            self._priced -= hold.quantity

    def holds(self, request_id: str) -> bool:
        """Does the request hold anything here?"""
        return request_id in self._holds

    def take_over(self, older: Cap) -> None:
        """Carry on with the open holds of a cap that this one replaces."""
        self._holds = older._holds
        self._held, self._priced = older._held, older._priced
        self._floor, self._left = older._floor, None

    def _open(self, request_id: str) -> Hold:
        try:
            return self._holds[request_id]
        except KeyError:
            detail = f"request {request_id} holds nothing"
            raise NotFound(detail) from None

    def _hold(self, request_id: str, step: Hold, whole: Hold) -> int | None:
        needed = self.position.used + self._held + step.quantity
        if _above(needed.requests, self.limits.requests):
            return None
        if _above(needed.body_bytes, self.limits.body_bytes):
            return None
        if not step.is_priced or self._charge is no_charge:
            if step.is_priced:
                self._priced += step.quantity
            self._keep(request_id, step, whole)
            return 0
        floor = max(self._floor if self._holds else 0, step.floor_bracket)
        taken = self.position.taken + self.beside
        dearest = self._charge(taken, self._priced + step.quantity, floor)
        spoken_for = self.position.micros + self.foreign_micros + dearest
        if _above(spoken_for, self.limits.micros):
            return None
        start = taken + self._priced
        micros = self._charge(start, step.quantity, step.floor_bracket)
        self._floor = floor
        self._priced += step.quantity
        self._keep(request_id, step, whole)
        # Just priced: everything that is held, ours last.
        self._left = (self.limits.micros or 0) - spoken_for
        return -int(-micros // 1)

    def _keep(self, request_id: str, step: Hold, whole: Hold) -> None:
        self._holds[request_id] = whole
        self._held += step.quantity
        self._left = None


def _above(amount: Fraction | int, limit: int | None) -> bool:
    return limit is not None and amount > limit
