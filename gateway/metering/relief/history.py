"""History: what an address has done here in the last half hour, and nothing else.

Whoever was given a page and then fetched a part of a page (a style, a script, an
image), as every browser does, or asked whether a page had changed and it had not,
has a history. So has who reads as text, where there are no parts, and followed a link
from one page to another no faster than a person does. It says nothing about who they
are. Addresses are digests.

Who has a history and who is on the way to one are kept apart: a flood of addresses
that come once drives out nobody who reads.
"""

from __future__ import annotations

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.lately import Lately

KEPT_NS = 1_800 * NS_PER_S
PART_WITHIN_NS = 120 * NS_PER_S
READ_FOR_NS, READ_WITHIN_NS = 2 * NS_PER_S, 600 * NS_PER_S
"""From one page to the next that a link on it led to: so long at least, and at most."""
READERS_MAX = 200_000
VISITORS_MAX = 100_000


class HistoryBook:
    """Who reads here, as digests, for half an hour at most."""

    __slots__ = ("_mannered", "_readers", "_visitors")

    def __init__(
        self, *, readers_max: int = READERS_MAX, visitors_max: int = VISITORS_MAX
    ) -> None:
        self._readers: Lately[bytes, int] = Lately(readers_max)
        self._visitors: Lately[bytes, int] = Lately(visitors_max)
        self._mannered: Lately[bytes, int] = Lately(visitors_max)

    def has(self, address: bytes, *, now_ns: int) -> bool:
        """Has this address a history?"""
        until = self._readers.get(address)
        return until is not None and now_ns < until

    def page(self, address: bytes, *, now_ns: int, is_followed: bool = False) -> None:
        """A page was given to it.

        Args:
            address: To whom.
            now_ns: Ticks now.
            is_followed: A browser that shows no parts followed a link to it.
        """
        until = self._readers.get(address)
        if until is not None and now_ns < until:
            self._readers.keep(address, now_ns + KEPT_NS)
            return
        before_ns = self._visitors.get(address)
        if is_followed and before_ns is not None:
            since_ns = now_ns - before_ns
            if READ_FOR_NS <= since_ns < READ_WITHIN_NS:
                self._readers.keep(address, now_ns + KEPT_NS)
                return
        self._visitors.keep(address, now_ns)

    def part(self, address: bytes, *, now_ns: int) -> None:
        """A part of a page was given to it; it counts where a page came before."""
        before_ns = self._visitors.get(address)
        if before_ns is not None and now_ns - before_ns < PART_WITHIN_NS:
            self._readers.keep(address, now_ns + KEPT_NS)

    def revalidated(self, address: bytes, *, now_ns: int) -> None:
        """It asked whether a page had changed, naming the one it has; it had not."""
        self._readers.keep(address, now_ns + KEPT_NS)

    def read_robots(self, address: bytes, *, now_ns: int) -> None:
        """It was given robots.txt: it asks before it crawls."""
        self._mannered.keep(address, now_ns + KEPT_NS)

    def knows_robots(self, address: bytes, *, now_ns: int) -> bool:
        """Was it given robots.txt lately?"""
        until = self._mannered.get(address)
        return until is not None and now_ns < until

    def is_mannered(self, address: bytes, *, now_ns: int) -> bool:
        """Did it read robots.txt lately, or does it revalidate?"""
        return self.knows_robots(address, now_ns=now_ns) or self.has(
            address, now_ns=now_ns
        )
