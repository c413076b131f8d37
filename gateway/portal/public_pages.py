"""Answers for the public books and the index of the portal.

Figures come from a port that keeps them; what was made of them is kept as long as they
are, so a page that is asked for a thousand times is made once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from gateway.kernel.errors import Unavailable
from gateway.kernel.request import Request
from gateway.portal.addresses import (
    BOOKS,
    PORTAL,
    Place,
    Topic,
    has_one_page,
    place_of,
    table_named,
    topics_of,
)
from gateway.portal.downloads import csv_file, json_file
from gateway.portal.index import TERMS, index_document, index_page
from gateway.portal.pages import Asked, books_page, drawing_of
from gateway.portal.say import Say, Titles
from gateway.portal.sections import NARROW, WIDE
from gateway.services.public_books.figures import PublicFigures
from gateway.web import replies
from gateway.web.answer import Answer, HeaderPairs
from gateway.web.books_style import BOOKS_SAFE, CHART_SAFE, CHART_STYLE
from gateway.web.charts import standalone
from gateway.web.negotiation import language_of, tongue_of, wants_page
from gateway.web.security_headers import SAFE

READS = ("GET", "HEAD")
FRESH: HeaderPairs = (("Cache-Control", "public, max-age=60"),)
VARY: HeaderPairs = (("Vary", "Accept, Accept-Language"),)
ANYWHERE: HeaderPairs = (("Access-Control-Allow-Origin", "*"),)
HTML, SVG = "text/html; charset=utf-8", "image/svg+xml; charset=utf-8"
CSV, JSON = "text/csv; charset=utf-8", "application/json"
EVERYTHING = "figures"

Figures = Callable[[], Awaitable[PublicFigures]]
"""The figures as they stand, not older than they may be; raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages know of the archive.

    Attributes:
        name: What it is called.
        titles: What its collections are called, as the policies stand now.
        has_terms: Are there terms for machines on a host now?
    """

    name: str
    titles: Callable[[], Titles]
    has_terms: Callable[[str], bool]


@dataclass(slots=True)
class PublicPages:
    """The public books, and the way to them.

    Attributes:
        figures: What is told.
        site: Of whom.
    """

    figures: Figures
    site: Site
    _of: PublicFigures | None = field(default=None, init=False)
    _made: dict[tuple[object, ...], Answer] = field(default_factory=dict, init=False)

    async def books(self, asked: Request, path: str) -> Answer | None:
        """A page or file of the books; None where there is none.

        Args:
            asked: The request.
            path: Below the books' address.
        """
        place = place_of(path)
        if place is None:
            return None
        try:
            seen = await self.figures()
        except Unavailable as fault:
            return replies.retry_later(
                asked, "unavailable", fault.detail, retry_after_s=fault.retry_after_s
            )
        if self._of is not seen:
            self._of, self._made = seen, {}
        if asked.path == BOOKS.rstrip("/"):
            return _moved(BOOKS) if topics_of(seen) else None
        key = self._key(asked, place)
        answer = self._made.get(key) or self._answer(seen, asked, place)
        if answer is None:
            return self._gone(asked, seen)
        if asked.method not in READS:
            return replies.not_allowed(asked, ", ".join(READS))
        self._made[key] = answer
        return _unless_known(asked, answer)

    async def index(self, asked: Request, body: bytes) -> Answer | None:
        """What there is for whoever comes: `/_copyfair/portal/`."""
        if asked.path not in {PORTAL, PORTAL.rstrip("/")}:
            return None
        if asked.method not in READS:
            return replies.not_allowed(asked, ", ".join(READS))
        if asked.path != PORTAL:
            return _moved(PORTAL)
        absent = set() if self.site.has_terms(asked.host) else {TERMS}
        if not await self._has_books():
            absent.add(BOOKS)
        language, is_chosen = _language(asked)
        if not wants_page(asked.headers):
            document = index_document(absent=absent)
            return replies.json_answer(200, document, headers=(*VARY, *FRESH))
        wanted = Asked(None, Say(language), is_chosen, self.site.name)
        content = index_page(wanted, absent=absent)
        fields = (("Content-Language", language), *VARY)
        return _file(HTML, content, safe=BOOKS_SAFE, more=fields)

    async def _has_books(self) -> bool:
        try:
            return bool(topics_of(await self.figures()))
        except Unavailable:
            return False

    def _key(self, asked: Request, place: Place) -> tuple[object, ...]:
        if place.kind != "page":
            return (place,)
        return (place, *_language(asked), wants_page(asked.headers))

    def _answer(
        self, seen: PublicFigures, asked: Request, place: Place
    ) -> Answer | None:
        topics = topics_of(seen)
        match place.kind:
            case "csv":
                return _csv(seen, topics, place)
            case "json":
                return _json(seen, topics, place)
            case "svg":
                return self._drawing(seen, topics, place)
        topic = Topic(place.name) if place.name in set(topics) else None
        is_there = bool(topics) and bool(topic) == bool(place.name)
        return self._page(seen, asked, topic) if is_there else None

    def _page(self, seen: PublicFigures, asked: Request, topic: Topic | None) -> Answer:
        if topic and has_one_page(seen) and wants_page(asked.headers):
            language, is_chosen = _language(asked)
            way = Asked(None, Say(language), is_chosen, "")
            return _moved(way.href(BOOKS, topic), status=303)
        if not wants_page(asked.headers):
            told = topics_of(seen) if topic is None else (topic,)
            return _file(JSON, json_file(seen, told), more=(*VARY, *ANYWHERE))
        language, is_chosen = _language(asked)
        say = Say(language, self.site.titles())
        content = books_page(seen, Asked(topic, say, is_chosen, self.site.name))
        fields = (("Content-Language", language), *VARY)
        return _file(HTML, content, safe=BOOKS_SAFE, more=fields)

    def _drawing(
        self, seen: PublicFigures, topics: tuple[Topic, ...], place: Place
    ) -> Answer | None:
        if place.name not in set(topics):
            return None
        say = Say(place.language, self.site.titles())
        drawn = drawing_of(seen, Topic(place.name), say)
        if drawn is None:
            return None
        frame = NARROW if place.is_narrow else WIDE
        content = standalone(drawn.draw(frame), CHART_STYLE)
        return _file(SVG, content, safe=CHART_SAFE)

    def _gone(self, asked: Request, seen: PublicFigures) -> Answer | None:
        """Where there are books, what is missing of them is said; else nothing is."""
        if not topics_of(seen):
            return None
        # Its frame is in the language of the headers, whatever the address says.
        is_page = wants_page(asked.headers)
        language = language_of(asked.headers).value if is_page else "en"
        said = Say(language)("fault_gone")
        return replies.problem(asked, "not-found", said)


def _csv(seen: PublicFigures, topics: tuple[Topic, ...], place: Place) -> Answer | None:
    rows = table_named(seen, topics, place.name)
    if not rows:
        return None
    named = f'attachment; filename="{place.name}.csv"'
    more = (("Content-Disposition", named), *ANYWHERE)
    return _file(CSV, csv_file(seen, rows), more=more)


def _json(
    seen: PublicFigures, topics: tuple[Topic, ...], place: Place
) -> Answer | None:
    if topics and place.name == EVERYTHING:
        return _file(JSON, json_file(seen, topics), more=ANYWHERE)
    if not table_named(seen, topics, place.name):
        return None
    content = json_file(seen, topics, table=place.name)
    return _file(JSON, content, more=ANYWHERE)


def _file(
    media: str, content: bytes, *, safe: HeaderPairs = SAFE, more: HeaderPairs = ()
) -> Answer:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    fields = (("Content-Type", media), *safe, *more, *FRESH, ("ETag", tag))
    return Answer(200, fields, content)


def _moved(location: str, *, status: int = 308) -> Answer:
    return Answer(status, (("Location", location), *SAFE, *VARY, *FRESH))


def _unless_known(asked: Request, answer: Answer) -> Answer:
    """Nothing where the client has it already (RFC 9110 §13.1.2)."""
    fields: Mapping[str, str] = dict(answer.headers)
    said = ",".join(asked.headers.all("if-none-match"))
    known = {each.strip().removeprefix("W/") for each in said.split(",")}
    if "ETag" not in fields or fields["ETag"] not in known:
        return answer
    kept = tuple(each for each in answer.headers if each[0] != "Content-Type")
    return Answer(304, kept)


def _language(asked: Request) -> tuple[str, bool]:
    """The language, and whether it was chosen by hand."""
    tongue = tongue_of(asked)
    return tongue.language.value, tongue.is_chosen
