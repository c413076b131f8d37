"""Who was marked lately, and when; as digests, for half an hour at most.

In this process it is a bounded memory. Where several processes serve, it is beside what
they know together: what is not known here is asked there, and what is marked here is
told there at most once in a while, so that a reader who reads on costs nothing more.
"""

from __future__ import annotations

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.lately import Lately
from gateway.kernel.marks import Marks

KEPT_NS = 1_800 * NS_PER_S


class MarkBook:
    """When each subject was marked last."""

    __slots__ = ("_elsewhere", "_here", "_told_each_ns")

    def __init__(
        self, entries_max: int, elsewhere: Marks | None = None, *, told_each_s: int = 0
    ) -> None:
        """Nobody was marked.

        Args:
            entries_max: So many are remembered in this process.
            elsewhere: What all processes know together; None for one alone.
            told_each_s: A subject that is marked again is told there once in so many
                seconds; 0 for each time.
        """
        self._here: Lately[bytes, int] = Lately(entries_max)
        self._elsewhere = elsewhere
        self._told_each_ns = told_each_s * NS_PER_S

    def last(self, subject: bytes, *, now_ns: int) -> int | None:
        """Ticks when it was marked, as far as this process has to know; None for never.

        Where others marked it again since, that may be known here only later.
        """
        at_ns = self._here.get(subject)
        if at_ns is not None and now_ns - at_ns < KEPT_NS:
            return at_ns
        return None if self._elsewhere is None else self._asked(subject, now_ns)

    def newest(self, subject: bytes, *, now_ns: int) -> int | None:
        """As `last`, whichever process marked it."""
        if self._elsewhere is None:
            return self.last(subject, now_ns=now_ns)
        here, there = self._here.get(subject), self._asked(subject, now_ns)
        return here if there is None or (here is not None and here > there) else there

    def knows(self, subject: bytes, *, now_ns: int) -> bool:
        """Does this process know that it was marked in the last half hour?"""
        at_ns = self._here.get(subject)
        return at_ns is not None and now_ns - at_ns < KEPT_NS

    def is_marked(self, subject: bytes, *, now_ns: int) -> bool:
        """Was it marked in the last half hour?"""
        return self.last(subject, now_ns=now_ns) is not None

    def again(self, subject: bytes, *, now_ns: int) -> bool:
        """Mark it again where it was marked in the last half hour; False elsewhere."""
        before_ns = self._here.get(subject)
        if before_ns is None or now_ns - before_ns >= KEPT_NS:
            before_ns = self._asked(subject, now_ns)
            if before_ns is None:
                return False
        self._keep(subject, before_ns, now_ns)
        return True

    def mark(self, subject: bytes, *, now_ns: int) -> None:
        """It happened now."""
        before_ns = None if self._elsewhere is None else self._here.get(subject)
        self._keep(subject, before_ns, now_ns)

    def _keep(self, subject: bytes, before_ns: int | None, now_ns: int) -> None:
        self._here.keep(subject, now_ns)
        others, each_ns = self._elsewhere, self._told_each_ns
        if others is None:
            return
        if (
            before_ns is None
            or not each_ns
            or before_ns // each_ns != now_ns // each_ns
        ):
            others.mark(subject, now_ns=now_ns)

    def _asked(self, subject: bytes, now_ns: int) -> int | None:
        if self._elsewhere is None:
            return None
        at_ns = self._elsewhere.last(subject, now_ns=now_ns)
        if at_ns is None or now_ns - at_ns >= KEPT_NS:
            return None
        self._here.keep(subject, at_ns)
        return at_ns
