"""When something happened last, over all processes of a gateway.

A table in memory behind that of `shared_once`, under the same descriptor: who reads
here, who is on the way to it, who keeps to robots.txt and who does not, as digests with
the set-up's key. A mark is one word of 64 bits, written and read whole: nobody locks
and nobody waits. Where two processes write to one place at once a mark is lost, which
forgets somebody and accuses nobody. Where a bucket is full the oldest goes first.
"""

from __future__ import annotations

import mmap
import os
from enum import IntEnum

from gateway.storage.shared_once import TABLE_BYTES

WAYS = 4
WORD_BYTES = 8
SHELF_WORDS = 2**18
STAMP_BITS = 24
STAMPS = (1 << STAMP_BITS) - 1
STAMP_NS = 250_000_000
"""A stamp counts quarters of a second; it comes round again after 48 days."""
KEPT_STAMPS = 1_800 * 4


class Marked(IntEnum):
    """What happened; parts that cannot fill each other."""

    READS = 0
    VISITED = 1
    READ_ROBOTS = 2
    BROKE_ROBOTS = 3


MARKS_BYTES = len(Marked) * SHELF_WORDS * WORD_BYTES


class SharedMarks:
    """Marks of one kind as one process sees them; a `gateway.kernel.marks.Marks`.

    Args:
        fd: The descriptor of the family's table, which must stay open.
        what: Of which kind.

    Raises:
        ValueError: that table has no marks; an earlier release made it.
    """

    __slots__ = ("_first", "_map", "_words")

    def __init__(self, fd: int, what: Marked) -> None:
        if os.fstat(fd).st_size < TABLE_BYTES + MARKS_BYTES:
            raise ValueError("a table without marks")
        self._map = mmap.mmap(fd, MARKS_BYTES, offset=TABLE_BYTES)
        self._words = memoryview(self._map).cast("Q")
        self._first = what * SHELF_WORDS

    def last(self, subject: bytes, *, now_ns: int) -> int | None:
        """See `Marks`."""
        number, stamp = int.from_bytes(subject, "little"), now_ns // STAMP_NS
        tag, at = number >> STAMP_BITS, self._place_of(number)
        for word in self._words[at : at + WAYS].tolist():
            if word >> STAMP_BITS != tag or not word:
                continue
            age = (stamp - word) & STAMPS
            if age == STAMPS:
                age = 0  # another process is a moment ahead
            if age < KEPT_STAMPS:
                return min(now_ns, (stamp - age + 1) * STAMP_NS)
        return None

    def mark(self, subject: bytes, *, now_ns: int) -> None:
        """See `Marks`."""
        number, stamp = int.from_bytes(subject, "little"), now_ns // STAMP_NS & STAMPS
        tag, at = number >> STAMP_BITS, self._place_of(number)
        oldest, age_max = at, -1
        for place, word in enumerate(self._words[at : at + WAYS].tolist(), at):
            if word >> STAMP_BITS == tag or not word:
                oldest = place
                break
            age = (stamp - word) & STAMPS
            if age > age_max:
                oldest, age_max = place, age
        self._words[oldest] = tag << STAMP_BITS | stamp

    def _place_of(self, number: int) -> int:
        return self._first + number % (SHELF_WORDS // WAYS) * WAYS
