"""Instants: when past requests were, as far as a log's own clock can be believed.

A server's clock is set now and then, and one line of another year must not make the
rest of a log one moment in which every budget is used up. Within a day lines stand in
no strict order: a long download is written down when it ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from gateway.kernel.clock import NS_PER_S, US_PER_DAY, US_PER_S

NS_PER_US = 1_000


class LogClock:
    """Reads the times of a log, block after block.

    A leap ahead of more than a day counts once another line bears it out. Where time
    leaps back by more than a day, the clock was set: it goes on from where it was, as
    fast as the log says.
    """

    __slots__ = ("_ahead_us", "_doubted_us", "_last_ns")

    def __init__(self) -> None:
        self._last_ns = 0
        self._ahead_us = 0
        self._doubted_us = 0

    def read(self, times_us: list[int]) -> list[int]:
        """When each request of a block was, nanoseconds; time never goes back."""
        if not times_us:
            return []
        if self._ahead_us or not self._is_plain(times_us):
            times_us = self._believed(times_us)
        instants = spread(times_us, self._last_ns)
        self._last_ns = instants[-1]
        return instants

    def _is_plain(self, times_us: list[int]) -> bool:
        """Do all of them lie within a day of what was before?"""
        first, last = min(times_us), max(times_us)
        before_us = self._last_ns // NS_PER_US or first
        return abs(first - before_us) <= US_PER_DAY >= abs(last - before_us)

    def _believed(self, times_us: list[int]) -> list[int]:
        believed: list[int] = []
        last_us = self._last_ns // NS_PER_US
        for number, at_us in enumerate(times_us):
            following = times_us[number + 1 : number + 2]
            last_us = max(last_us, self._at(at_us, last_us, following))
            believed.append(last_us)
        return believed

    def _at(self, at_us: int, last_us: int, following: list[int]) -> int:
        if at_us < last_us - US_PER_DAY:
            if at_us + self._ahead_us < last_us - US_PER_DAY:
                self._ahead_us = last_us - at_us
            return at_us + self._ahead_us
        if at_us > last_us + US_PER_DAY and not self._is_borne_out(at_us, following):
            # That time went on so far as to what was doubted before, it does bear out.
            before_us, self._doubted_us = self._doubted_us, at_us
            return max(last_us, min(before_us, at_us)) or min([at_us, *following])
        self._ahead_us = self._doubted_us = 0
        return at_us

    def _is_borne_out(self, at_us: int, following: list[int]) -> bool:
        if abs(at_us - self._doubted_us) <= US_PER_DAY:
            return True
        return bool(following) and following[0] >= at_us - US_PER_DAY


def span_of(times_us: list[int], instants: list[int]) -> tuple[int, int]:
    """The earliest and the latest time of a block, without what was not believed."""
    first, last = min(times_us), max(times_us)
    begun_us, ended_us = instants[0] // NS_PER_US, instants[-1] // NS_PER_US
    is_near = first >= begun_us - US_PER_DAY
    return (first if is_near else begun_us), min(last, ended_us)


def spread(times_us: list[int], not_before_ns: int) -> list[int]:
    """Instants of requests that a log tells to the second, in nanoseconds.

    All requests of one second share one time in most logs. They are spread over it
    evenly, so that twenty pages in a second are twenty pages in a second, and not
    twenty at once. Time never goes back.
    """
    instants: list[int] = []
    before = not_before_ns
    for at_us, number in _alike(times_us):
        at_ns = max(at_us * NS_PER_US, before)
        if number == 1:
            instants.append(at_ns)
            before = at_ns
            continue
        step_ns = 0 if at_us % US_PER_S else NS_PER_S // number
        instants += [at_ns + each * step_ns for each in range(number)]
        before = instants[-1]
    return instants


def _alike(times_us: list[int]) -> Iterable[tuple[int, int]]:
    """Each time, and how often it stands there one after another."""
    if times_us == sorted(times_us):
        return Counter(times_us).items()
    return ((at_us, len(list(those))) for at_us, those in groupby(times_us))
