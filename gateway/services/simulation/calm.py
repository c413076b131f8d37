"""Calm: while an archive has little to do, budgets that act under pressure act never.

What is drawn on them is then only written down, and drawn when somebody may ask: when
pressure comes, before a line that is looked at by itself, or never, once so much time
has passed that they are full again. What is answered is the same; tests hold it so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from heapq import heappop, heappush
from operator import itemgetter

from gateway.kernel.clock import NS_PER_S
from gateway.licensing.collection import BudgetTerms
from gateway.services.admission import Admission
from gateway.services.settled import passes
from gateway.services.simulation.askers import Lane, Taker
from gateway.services.simulation.load import BUSY_US_MAX, STEP_NS, Load, PressureModel

Owed = tuple[int, Lane, str, Taker]
"""When, what was settled, from which address, and whose accounts."""
OWED_MAX = 65_536
_at = itemgetter(0)


class Calm:
    """What is let in while there is no pressure.

    Attributes:
        may_be: Pressure comes and goes with the log.
        is_on: There is none, and what goes on is counted here, not in the load.
        ends: The steps at which what goes on ends, as a heap; with a number for the
            upstream, see `numbers`.
        numbers: Of upstreams.
        scale: Beyond every number.
        room: How many may go on without pressure on anybody.
        owed: What is to be drawn on budgets.
    """

    __slots__ = (
        *("_admission", "_load", "_refilled_ns", "ends", "is_on", "may_be"),
        *("numbers", "owed", "room", "scale"),
    )

    def __init__(
        self,
        admission: Admission,
        load: Load,
        *,
        upstreams: Iterable[str],
        terms: Iterable[BudgetTerms],
    ) -> None:
        self._admission = admission
        self._load = load
        self.may_be = self.is_on = load.model is PressureModel.LOG
        self.ends: list[int] = []
        self.numbers = {name: n for n, name in enumerate(sorted(set(upstreams)))}
        self.scale = max(1, len(self.numbers))
        self.room = load.pressure.comfort.in_flight_max
        self.owed: list[Owed] = []
        self._refilled_ns = max((_refilled_ns(each) for each in terms), default=0)

    def look(self, now_ns: int) -> None:
        """Is there pressure now, or none any more?"""
        if self.is_on:
            ends, limit = self.ends, (now_ns // STEP_NS + 1) * self.scale
            while ends and ends[0] < limit:
                heappop(ends)
            if len(ends) > self.room:
                self._end()
        elif self.may_be:
            self._load.advance(now_ns)
            if self._load.going_on <= self.room // 2:
                self._begin()

    def rest(self) -> None:
        """Every line is counted by the load from now on."""
        if self.is_on:
            self._end()
        self.may_be = False

    def keep(self, upstream: int, now_ns: int, busy_us: int) -> None:
        """A request to an upstream, by its number, begins."""
        if not busy_us:
            return
        end_ns = now_ns + min(busy_us, BUSY_US_MAX) * 1_000
        heappush(self.ends, (end_ns // STEP_NS + 1) * self.scale + upstream)

    def owe(self, owed: Owed) -> None:
        """A budget is to be drawn on; what is full again need not be."""
        self.owed.append(owed)
        if len(self.owed) >= OWED_MAX:
            since_ns = owed[0] - self._refilled_ns
            del self.owed[: bisect_left(self.owed, since_ns, key=_at)]
            if len(self.owed) > OWED_MAX // 2:
                self.draw()

    def draw(self) -> None:
        """Draw what is owed."""
        for at_ns, lane, address, taker in self.owed:
            if lane.settled is not None:
                passes(
                    self._admission,
                    lane.settled,
                    address,
                    accounts=taker.accounts,
                    now_ns=at_ns,
                )
        self.owed.clear()

    def _end(self) -> None:
        """Pressure may have come: what goes on is counted by the load from now on."""
        self.draw()
        names = sorted(self.numbers)
        scale = self.scale
        self._load.lay((end // scale, names[end % scale]) for end in self.ends)
        self.ends.clear()
        self.is_on = False

    def _begin(self) -> None:
        """It is over: take from the load what still goes on."""
        lifted = self._load.lift()
        self.ends[:] = sorted(
            step * self.scale + self.numbers[name] for step, name in lifted
        )
        self.is_on = True


def _refilled_ns(terms: BudgetTerms) -> int:
    """After so long a budget is full, whatever was drawn on it."""
    return (terms.burst * terms.window_s * NS_PER_S) // max(1, terms.cost) + 1
