"""The public books of a set-up: what they read, when, and where it is shown.

Adding the books up may take a while, so it is done on a thread of its own, at most
once a minute and never for more than a twentieth of the time; meanwhile everybody is
shown what was added up before. The store's threads, which requests wait for, have
nothing to do with it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from gateway.bootstrap.house import House
from gateway.kernel.clock import US_PER_S, Clock
from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.portal.public_pages import PublicPages, Site
from gateway.portal.say import Titles
from gateway.services.public_books.figures import LogState, PublicFigures
from gateway.services.public_books.reading import Neighbours, PublicBooks
from gateway.storage.published_folder import PublishedFolder
from gateway.storage.stores.effort_store import StoredEffort
from gateway.terms.books import Shelf
from gateway.terms.site import Site as TermsSite
from gateway.transparency.checkpoint import checkpoint_in
from gateway.transparency.published import ABOUT, CHECKPOINT

AGAIN_US = 60 * US_PER_S
STALE_US = 3_600 * US_PER_S
SHARE = 20
WITHIN_S = 20
RETRY_AFTER_S = 30
BOOKS_PATH = "/_copyfair/books"

NOTHING = PublicFigures(stamp=(), at_us=0, sells=False)

Read = Callable[[PublicFigures | None], PublicFigures]


class KeptFigures:
    """The figures as they stand, or stood a moment ago."""

    def __init__(self, read: Read, clock: Clock, *, within_s: float = WITHIN_S) -> None:
        self._read = read
        self._clock = clock
        self._within_s = within_s
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="public-books")
        self._known: PublicFigures | None = None
        self._read_us = 0
        self._again_us = 0
        self._reading: asyncio.Future[None] | None = None

    async def __call__(self) -> PublicFigures:
        """See `gateway.portal.public_pages.Figures`."""
        now_us = self._clock.now_us()
        if self._reading is None and now_us >= self._again_us:
            self._reading = asyncio.ensure_future(self._anew())
            self._reading.add_done_callback(self._done)
        is_fresh = self._known is not None and now_us - self._read_us < STALE_US
        if not is_fresh and self._reading is not None:
            await asyncio.wait({self._reading}, timeout=self._within_s)
        if self._known is None:
            detail = "the books are being added up; try again in a moment"
            raise Unavailable(detail, retry_after_s=RETRY_AFTER_S)
        return self._known

    async def _anew(self) -> None:
        loop, began = asyncio.get_running_loop(), time.monotonic()
        try:
            self._known = await loop.run_in_executor(
                self._threads, self._read, self._known
            )
            self._read_us = self._clock.now_us()
        finally:
            took_us = int((time.monotonic() - began) * US_PER_S)
            self._again_us = self._clock.now_us() + max(AGAIN_US, SHARE * took_us)

    def _done(self, reading: asyncio.Future[None]) -> None:
        self._reading = None
        if not reading.cancelled():
            reading.exception()  # who waits is told that there is nothing yet


def public_books_of(house: House) -> PublicBooks:
    """What everybody may see of a set-up's books."""
    settings = house.settings
    folder = PublishedFolder(settings.books_folder)
    url = f"{settings.public_url}{BOOKS_PATH}"
    beside = Neighbours(
        house.identities,
        StoredEffort(house.store),
        settings.footprint,
        lambda: log_state(folder, url),
    )
    sells = settings.invoicing.seller != "none"
    return PublicBooks(house.books, beside, sells=sells, clock=house.clock)


def public_pages_of(house: House, terms: TermsSite) -> PublicPages:
    """The pages of a set-up; where its host wants none, they have nothing to tell."""
    settings = house.settings
    name = settings.invoicing.name if settings.invoicing.seller != "none" else ""
    host = urlsplit(settings.public_url).hostname or settings.public_url

    def titles() -> Titles:
        return {each.id: dict(each.title) for each in terms.policies().collections}

    site = Site(name or host, titles, lambda named: bool(terms.labelled(named)))
    if not settings.fund.has_public_pages:
        return PublicPages(_nothing_told, site)
    books = public_books_of(house)
    return PublicPages(KeptFigures(books.figures, house.clock), site)


async def _nothing_told() -> PublicFigures:
    return NOTHING


def log_state(folder: Shelf, url: str) -> LogState | None:
    """What lies in the folder of published books; None where nothing can be read."""
    try:
        about, note = folder.read(ABOUT), folder.read(CHECKPOINT)
    except Unavailable:
        return None
    if about is None or note is None:
        return None
    try:
        told = json.loads(about)
        head = checkpoint_in(note.decode())
        key = str(told["key"])
    except (ValueError, KeyError, TypeError, InvalidValue):
        return None
    root = note.decode().split("\n")[2]
    return LogState(head.origin, url, head.size, root, key)
