"""What is given instead of an expensive page, while its lane is full.

First an earlier copy, where the archive lets others have it; then the way to a
plainer page. Both are the host's to allow, by class of page. Neither is ever made of
what was answered to somebody who showed a credential, nor given to one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.kernel.request import Request
from gateway.licensing.collection import Collection, Sensitivity
from gateway.licensing.costs import page_kind_of
from gateway.licensing.decision import Allow, Redirect, Ruling
from gateway.licensing.when_full import NOTHING, WhenFull, plainer
from gateway.metering.relief.copies import CopyBook, Given
from gateway.metering.relief.copy_rules import HeaderPairs
from gateway.metering.relief.gestures import wants_a_page
from gateway.metering.relief.lane_counts import Came, LaneCounts
from gateway.metering.relief.turn import Rank, Turn

READS = frozenset(("GET", "HEAD"))
FULL = "full"
WAITS = frozenset((Rank.HISTORY, Rank.TICKET))
"""They wait for the page itself as long as there is hope."""
LED_ON = frozenset((Rank.FRESH, Rank.AUTOMATION))
PLAINER = (
    "Many ask for pages like this one just now. This is the same page without its "
    "filters; they can be set again from there."
)


class Instead:
    """Keeps copies, and says what stands for a page.

    Attributes:
        copies: Earlier copies.
    """

    def __init__(
        self,
        counts: LaneCounts,
        is_expensive: Callable[[Request, Collection, int], str],
    ) -> None:
        """Begin with no copies.

        Args:
            counts: Hears of what was given.
            is_expensive: The class of an expensive page, given its cost, or empty.
        """
        self.copies = CopyBook()
        self._is_expensive = is_expensive
        self._counts = counts

    @property
    def copy_bytes_max(self) -> int:
        """A longer body is not kept."""
        return self.copies.copy_bytes_max

    def copy_for(
        self,
        asked: Request,
        turn: Turn,
        collection: Collection,
        *,
        is_last: bool,
        now_ns: int,
    ) -> Given | None:
        """An earlier copy for somebody without a credential; None where there is none.

        Args:
            asked: The request.
            turn: Its turn, which has not come.
            collection: Where the page belongs.
            is_last: It will not come.
            now_ns: Ticks now.
        """
        claim = turn.claim
        if claim.rank in WAITS and not is_last:
            return None
        said = _said(turn, collection)
        if said.stale_s <= 0 or asked.method not in READS:
            return None
        found = self.copies.find(asked, stale_s=said.stale_s, now_ns=now_ns)
        if found is not None:
            self._counts.add(claim, Came.STALE)
        return found

    def may_keep(
        self,
        asked: Request,
        turn: Turn,
        collection: Collection,
        *,
        status: int,
        headers: HeaderPairs,
    ) -> bool:
        """May this answer, to somebody without a credential, be kept for others?"""
        if _said(turn, collection).stale_s <= 0:
            return False
        return self.copies.may_keep(asked, status, headers)

    def keep(
        self, asked: Request, headers: HeaderPairs, body: bytes, *, now_ns: int
    ) -> None:
        """Keep an answer that `may_keep` has allowed, once all of it is there."""
        self.copies.keep(asked, headers, body, now_ns=now_ns)

    def plainer_page(
        self, asked: Request, turn: Turn, collection: Collection, *, now_ns: int
    ) -> Redirect | None:
        """The way to a plainer page, for whoever opens one and has no history.

        It never leads into another line: the plainer page is cheap, or a copy of it
        is here.
        """
        claim, kept = turn.claim, _said(turn, collection).canonical
        if kept is None or claim.rank not in LED_ON or asked.method not in READS:
            return None
        if not wants_a_page(asked):
            return None
        target = plainer(asked.target.partition("?")[0], asked.query, kept)
        if not target:
            return None
        page = replace(asked, target=target, query=target.partition("?")[2])
        kind = page_kind_of(collection, page.path, page.query)
        if self._is_expensive(page, collection, kind.cost):
            stale_s = collection.when_full.get(kind.page_class, NOTHING).stale_s
            if self.copies.find(page, stale_s=stale_s, now_ns=now_ns) is None:
                return None
        self._counts.add(claim, Came.LED_ON)
        return Redirect(_because(turn.decision.ruling, PLAINER), target)

    def changed(self, asked: Request) -> None:
        """The page was changed through us: its copies are no longer true."""
        self.copies.forget(asked.url)


def _because(ruling: Ruling, reason: str) -> Ruling:
    return replace(ruling, reason=reason)


def _said(turn: Turn, collection: Collection) -> WhenFull:
    """What its collection allows; nothing of what not everybody may see in full."""
    decision = turn.decision
    is_open = collection.sensitivity is Sensitivity.OPEN
    if not (is_open and isinstance(decision, Allow) and decision.rung == FULL):
        return NOTHING
    return collection.when_full.get(turn.claim.page_class, NOTHING)
