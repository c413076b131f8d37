"""Hours: what lines of one kind came to within one hour, on its way to the tally."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.classification.facts import Facts
from gateway.licensing.decision import Decision
from gateway.services.simulation.askers import Lane, Taker
from gateway.services.simulation.heaviest import Sums, no_sums
from gateway.services.simulation.places import Place
from gateway.services.simulation.rows import row_of
from gateway.services.simulation.tally import Row, Tally

TOUCHED_MAX = 65_536
HOUR_US = 3_600_000_000

Along = tuple[Lane | None, Place, Taker, int, int]
"""Along which lane (None for none), where, whose, how many bytes, and how long."""
Cell = tuple[Sums, Row, Facts, Decision]
"""What one kind of client was answered in one hour, and where that is added. The
objects are held, so that nothing else can take their identity."""


class Hours:
    """Adds up what was asked, hour by hour.

    Attributes:
        tally: Where to.
        ends_ns: When the hour is over.
        busy: Lanes that somebody went along in this hour.
        touched: Places and takers that are to be added.
    """

    __slots__ = ("_cells", "_unit_us", "busy", "ends_ns", "tally", "touched")

    def __init__(self, tally: Tally, unit_us: int) -> None:
        self.tally = tally
        self.ends_ns = 0
        self.busy: list[Lane] = []
        self.touched: list[Place | Taker] = []
        self._unit_us = unit_us
        self._cells: dict[tuple[int, int], Cell] = {}

    def cell(self, facts: Facts, decision: Decision, *, number: int) -> Cell:
        """Where such an answer to such a client is added in this hour.

        Args:
            facts: What is known of it.
            decision: The answer.
            number: Tells the answer from others.
        """
        key = (id(facts), number)
        cell = self._cells.get(key)
        if cell is None:
            row = row_of(facts, decision)
            cell = self._cells[key] = (no_sums(), row, facts, decision)
        return cell

    def count(self, lines: Iterable[Along]) -> None:
        """Count lines of this hour; written out, for every line goes through it."""
        busy, touched, unit_us = self.busy, self.touched, self._unit_us
        for lane, place, taker, size, took_us in lines:
            if lane is None:
                continue
            if not lane.requests:
                busy.append(lane)
            lane.requests += 1
            lane.body_bytes += size
            if not place.requests:
                touched.append(place)
            place.requests += 1
            place.body_bytes += size
            if lane.is_unnamed:
                if not taker.requests:
                    touched.append(taker)
                taker.requests += 1
                taker.body_bytes += size
                taker.cost += lane.cost
            if took_us >= 0:
                longer_us = took_us - lane.cost * unit_us
                lane.longer_us += longer_us
                place.longer_us += longer_us
                taker.longer_us += longer_us if lane.is_unnamed else 0

    def touch(self, each: Place | Taker, sums: Sums, *, usual_us: int) -> None:
        """Count one request at a place, or of a taker."""
        requests, size, _, busy_us = sums
        if not each.requests:
            self.touched.append(each)
        each.requests += requests
        each.body_bytes += size
        each.longer_us += busy_us - usual_us

    def turn(self, now_us: int) -> None:
        """Add what the hour came to, and begin that of *now_us*."""
        hour = self.ends_ns // 1_000 // HOUR_US - 1
        for sums, row, _, _ in self._cells.values():
            self._add(row, sums, hour)
        self._cells.clear()
        for lane in self.busy:
            cost = lane.cost * lane.requests
            self._add(lane.row, lane.taken(cost, self._unit_us), hour)
        self.busy.clear()
        if len(self.touched) >= TOUCHED_MAX:
            self.add_touched()
        self.ends_ns = (now_us // HOUR_US + 1) * HOUR_US * 1_000

    def _add(self, row: Row, sums: Sums, hour: int) -> None:
        self.tally.add_row(row, sums, hour)
        if row.is_named:
            self.tally.takers.add(row.operator, sums)

    def add_touched(self) -> None:
        """Add what places and takers came to, whatever the hour."""
        tally, unit_us = self.tally, self._unit_us
        for each in self.touched:
            if isinstance(each, Taker):
                cost, each.cost = each.cost, 0
                tally.takers.add(each.name, each.taken(cost, unit_us))
                continue
            sums = each.taken(each.cost * each.requests, unit_us)
            tally.pages.add(each.template, sums)
            if each.refused[0]:
                tally.refused_pages.add(each.template, each.refused)
                each.refused = no_sums()
        self.touched.clear()
