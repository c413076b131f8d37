"""History: what an address has done here in the last half hour, and nothing else.

Whoever was given a page and then fetched a part of a page (a style, a script, an
image), as every browser does, or asked whether a page had changed and it had not,
has a history. So has who reads as text, where there are no parts, and followed a link
from one page to another no faster than a person does. It says nothing about who they
are. Addresses are digests.

Who has a history and who is on the way to one are kept apart: a flood of addresses
that come once drives out nobody who reads. Of several processes that serve, what one
learns holds for all.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.gatherings import Gatherings
from gateway.kernel.marks import Marks
from gateway.metering.relief.marked import MarkBook

PART_WITHIN_NS = 120 * NS_PER_S
READ_FOR_NS, READ_WITHIN_NS = 2 * NS_PER_S, 600 * NS_PER_S
"""From one page to the next that a link on it led to: so long at least, and at most."""
READERS_MAX = 200_000
VISITORS_MAX = 100_000
RUDE_MAX = 2_048
TOLD_EACH_S = 60
"""Who reads on is told to other processes once in so many seconds."""


class Elsewhere(NamedTuple):
    """What all processes that serve know together.

    Attributes:
        readers: Who has a history.
        visitors: Who is on the way to one.
        mannered: Who read robots.txt.
        rude: Who broke it.
        crowds: Who comes in crowds.
    """

    readers: Marks | None = None
    visitors: Marks | None = None
    mannered: Marks | None = None
    rude: Marks | None = None
    crowds: Gatherings | None = None


NOWHERE = Elsewhere()


class HistoryBook:
    """Who reads here, as digests, for half an hour at most."""

    __slots__ = ("_mannered", "_readers", "_rude", "_visitors")

    def __init__(
        self,
        *,
        readers_max: int = READERS_MAX,
        visitors_max: int = VISITORS_MAX,
        elsewhere: Elsewhere = NOWHERE,
    ) -> None:
        """Nobody came yet, here.

        Args:
            readers_max: So many histories are remembered in this process.
            visitors_max: And so many who are on the way to one.
            elsewhere: What other processes learn too.
        """
        readers, visitors, mannered, rude, _ = elsewhere
        self._readers = MarkBook(readers_max, readers, told_each_s=TOLD_EACH_S)
        self._visitors = MarkBook(visitors_max, visitors)
        self._mannered = MarkBook(visitors_max, mannered, told_each_s=TOLD_EACH_S)
        self._rude = MarkBook(RUDE_MAX, rude, told_each_s=TOLD_EACH_S)

    def has(self, address: bytes, *, now_ns: int) -> bool:
        """Has this address a history?"""
        return self._readers.is_marked(address, now_ns=now_ns)

    def page(self, address: bytes, *, now_ns: int, is_followed: bool = False) -> None:
        """A page was given to it.

        Args:
            address: To whom.
            now_ns: Ticks now.
            is_followed: A browser that shows no parts followed a link to it.
        """
        if self._readers.again(address, now_ns=now_ns):
            return
        if is_followed:
            before_ns = self._visitors.newest(address, now_ns=now_ns)
            if (
                before_ns is not None
                and READ_FOR_NS <= now_ns - before_ns < READ_WITHIN_NS
            ):
                self._readers.mark(address, now_ns=now_ns)
                return
        self._visitors.mark(address, now_ns=now_ns)

    def part(self, address: bytes, *, now_ns: int) -> None:
        """A part of a page was given to it; it counts where a page came before."""
        if self._readers.knows(address, now_ns=now_ns):
            return
        before_ns = self._visitors.last(address, now_ns=now_ns)
        if before_ns is not None and now_ns - before_ns < PART_WITHIN_NS:
            self._readers.mark(address, now_ns=now_ns)

    def revalidated(self, address: bytes, *, now_ns: int) -> None:
        """It asked whether a page had changed, naming the one it has; it had not."""
        self._readers.mark(address, now_ns=now_ns)

    def read_robots(self, address: bytes, *, now_ns: int) -> None:
        """It was given robots.txt: it asks before it crawls."""
        self._mannered.mark(address, now_ns=now_ns)

    def knows_robots(self, address: bytes, *, now_ns: int) -> bool:
        """Was it given robots.txt lately?"""
        return self._mannered.is_marked(address, now_ns=now_ns)

    def is_mannered(self, address: bytes, *, now_ns: int) -> bool:
        """Did it read robots.txt lately, or does it revalidate?"""
        return self.knows_robots(address, now_ns=now_ns) or self.has(
            address, now_ns=now_ns
        )

    def broke_robots(self, party: bytes, *, now_ns: int) -> None:
        """It asked under its own name for what robots.txt asks it to leave."""
        self._rude.mark(party, now_ns=now_ns)

    def breaks_robots(self, party: bytes, *, now_ns: int) -> bool:
        """Did it do so lately, from whatever address?"""
        return self._rude.is_marked(party, now_ns=now_ns)
