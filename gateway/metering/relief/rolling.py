"""Counts of the last minutes, in bounded memory, forgotten all at once.

Two halves: what is counted goes into the younger one, and whenever half of the
window has passed it becomes the older one and the older one is gone. A count is
therefore never older than the window, and nobody's is kept longer than another's.
"""

from __future__ import annotations

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.errors import InvalidValue


class Rolling:
    """How much each of many subjects has had lately.

    Subjects are digests. When too many have come, the older half is forgotten early:
    that forgives, and never refuses.
    """

    __slots__ = ("_entries_max", "_half", "_half_ns", "_older", "_younger")

    def __init__(self, *, window_s: int, entries_max: int) -> None:
        if window_s < 2 or entries_max < 2:
            raise InvalidValue("a window has two seconds and two entries, or more")
        self._half_ns = window_s * NS_PER_S // 2
        self._entries_max = entries_max // 2
        self._younger: dict[bytes, int] = {}
        self._older: dict[bytes, int] = {}
        self._half = 0

    def __len__(self) -> int:
        return len(self._younger) + len(self._older)

    def add(self, subject: bytes, units: int, *, now_ns: int) -> None:
        """*subject* had so many more units."""
        self._turn(now_ns)
        younger = self._younger
        younger[subject] = younger.get(subject, 0) + units
        if len(younger) > self._entries_max:
            self._older, self._younger = younger, {}

    def units(self, subject: bytes, *, now_ns: int) -> int:
        """How much *subject* had lately."""
        self._turn(now_ns)
        return self._younger.get(subject, 0) + self._older.get(subject, 0)

    def _turn(self, now_ns: int) -> None:
        half = now_ns // self._half_ns
        if half == self._half:
            return
        self._older = self._younger if half == self._half + 1 else {}
        self._younger, self._half = {}, half
