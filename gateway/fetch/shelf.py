"""A shelf of fetched documents: asked at once, filled behind the asker's back.

Nobody waits. What is not here is fetched, and the asker told so; what is old is handed
out while a newer one is fetched; what failed is not tried again for a while, and a
failure never takes away what is here. Strangers can name any number of addresses:
their fetches are counted per minute, altogether and for each neighbourhood, and those
of operators we know are not among them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.fetch.document import Fetched
from gateway.fetch.pinned import Refused
from gateway.kernel.clock import NS_PER_S, Clock
from gateway.kernel.errors import InvalidValue
from gateway.kernel.lately import Lately

T = TypeVar("T")

PLACES_MAX = 512
FRESH_S = 3_600
FRESH_S_RANGE = (60, 86_400)
STALE_S = 86_400
FAILED_S = 300
AGAIN_S = 60
UNDER_WAY_MAX = 8
PER_MINUTE_MAX = 30
PER_MINUTE_EACH_MAX = 6


@dataclass(slots=True)
class _Kept(Generic[T]):
    """What is known of one address; instants in seconds of the monotonic clock."""

    value: T | None = None
    reason: str = ""
    fetched_s: int = 0
    fresh_until_s: int = 0
    ends_s: int = 0
    retry_s: int = 0


class Shelf(Generic[T]):
    """Documents by address, each read once."""

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[Fetched]],
        read: Callable[[bytes, str], T],
        clock: Clock,
    ) -> None:
        """Keep what *fetch* brings and *read* understands.

        Args:
            fetch: Raises Refused where it cannot bring it.
            read: From bytes and their address to a value; raises InvalidValue.
            clock: For how long things are kept.
        """
        self._fetch = fetch
        self._read = read
        self._clock = clock
        self._known: Lately[str, _Kept[T]] = Lately(PLACES_MAX)
        self._strange: Lately[str, _Kept[T]] = Lately(PLACES_MAX)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._minute = 0
        self._begun: dict[str, int] = {}

    def at_hand(
        self, url: str, *, whose: str = "", is_known: bool = False, older_s: int = 0
    ) -> T | str:
        """What lies at *url*, or why we do not know: a reason in kebab-case.

        Args:
            url: The address.
            whose: The neighbourhood that made us ask, for counting.
            is_known: The address is one of an operator we know.
            older_s: Fetch it anew where it is older than this; 0 for never.
        """
        shelf = self._known if is_known else self._strange
        now_s = self._clock.ticks_ns() // NS_PER_S
        kept = shelf.get(url)
        if kept is None:
            kept = _Kept()
            reason = self._begin(url, kept, whose=whose, is_known=is_known)
            if not reason:
                shelf.keep(url, kept)
            return reason or "directory-pending"
        is_old = now_s >= kept.fresh_until_s
        is_wanted = older_s and now_s - kept.fetched_s >= max(older_s, AGAIN_S)
        if (is_old or is_wanted) and now_s >= kept.retry_s:
            self._begin(url, kept, whose=whose, is_known=is_known)
        if kept.value is not None and now_s < kept.ends_s:
            return kept.value
        return kept.reason or "directory-pending"

    async def settled(self, url: str) -> None:
        """Wait until nothing is under way for *url*."""
        task = self._under_way.get(url)
        if task is not None:
            await asyncio.wait([task])

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, url: str, kept: _Kept[T], *, whose: str, is_known: bool) -> str:
        """Begin to fetch; a reason where that is not possible now."""
        if url in self._under_way:
            return ""
        if not is_known and not self._may_begin(whose):
            return "fetches-exhausted"
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return "directory-pending"
        task = loop.create_task(self._fill(url, kept))
        self._under_way[url] = task
        task.add_done_callback(lambda _: self._under_way.pop(url, None))
        return ""

    def _may_begin(self, whose: str) -> bool:
        minute = self._clock.ticks_ns() // (60 * NS_PER_S)
        if minute != self._minute:
            self._minute, self._begun = minute, {}
        theirs = self._begun.get(whose, 0)
        total = sum(self._begun.values())
        if len(self._under_way) >= UNDER_WAY_MAX or total >= PER_MINUTE_MAX:
            return False
        if theirs >= PER_MINUTE_EACH_MAX:
            return False
        self._begun[whose] = theirs + 1
        return True

    async def _fill(self, url: str, kept: _Kept[T]) -> None:
        try:
            fetched = await self._fetch(url)
            value = self._read(fetched.body, url)
        except Refused as refused:
            self._failed(kept, refused.reason)
            return
        except InvalidValue:
            self._failed(kept, "directory-unreadable")
            return
        except Exception as fault:  # noqa: BLE001 a mistake of ours: told, not repeated
            self._failed(kept, "directory-unreadable")
            told = {"message": "a document could not be kept", "exception": fault}
            asyncio.get_running_loop().call_exception_handler(told)
            return
        now_s = self._clock.ticks_ns() // NS_PER_S
        least, most = FRESH_S_RANGE
        fresh_s = FRESH_S if fetched.fresh_s is None else fetched.fresh_s
        kept.value, kept.reason, kept.fetched_s = value, "", now_s
        kept.fresh_until_s = now_s + min(max(fresh_s, least), most)
        kept.ends_s = kept.fresh_until_s + STALE_S
        kept.retry_s = now_s + AGAIN_S

    def _failed(self, kept: _Kept[T], reason: str) -> None:
        """What is here stays; it is tried again in five minutes."""
        now_s = self._clock.ticks_ns() // NS_PER_S
        kept.retry_s = now_s + FAILED_S
        kept.reason = reason
