"""The pages of the public books: figures and a language become one whole page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.identity.public_name import Who
from gateway.kernel.clock import iso
from gateway.portal.addresses import BOOKS, PORTAL, Topic, has_one_page, topics_of
from gateway.portal.say import Say
from gateway.portal.sections import Drawing, Fact, Grid, Key, Section
from gateway.portal.topics.money import income, main_currency, rounds, waterfall
from gateway.portal.topics.others import (
    concentration,
    decisions,
    footprint,
    proof,
)
from gateway.portal.topics.takers import takers
from gateway.services.public_books.figures import PublicFigures
from gateway.web.templates.rendering import render
from gateway.web.texts import Language

TELLS: Mapping[Topic, Callable[[PublicFigures, Say], Section]] = MappingProxyType(
    {
        Topic.TAKERS: takers,
        Topic.INCOME: income,
        Topic.WATERFALL: waterfall,
        Topic.ROUNDS: rounds,
        Topic.CONCENTRATION: concentration,
        Topic.DECISIONS: decisions,
        Topic.FOOTPRINT: footprint,
        Topic.PROOF: proof,
    }
)
"""What tells each topic."""
NAMES = {Language.EN: "English", Language.FR: "Français"}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link; `is_here` where it leads to the page itself."""

    href: str
    text: str
    is_here: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the headline."""

    figure: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as the page shows it."""

    wide: str
    narrow: str
    text: str
    key: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class TableView:
    """A table, its downloads, and whether it stands open."""

    summary: str
    grid: Grid
    files: tuple[Anchor, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A topic on a page."""

    id: str
    heading: str
    sentences: tuple[str, ...]
    picture: Picture | None
    tables: tuple[TableView, ...]
    notes: tuple[str, ...]
    command: str
    facts: tuple[Fact, ...]
    ways: tuple[Anchor, ...]


@dataclass(frozen=True, slots=True)
class BooksPage:
    """What `books.html` sees."""

    language: str
    title: str
    lead: str
    site: str
    tiles: tuple[Tile, ...]
    nav: tuple[Anchor, ...]
    languages: tuple[Anchor, ...]
    parts: tuple[Part, ...]
    as_of: str
    how: str
    links: tuple[Anchor, ...]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page is wanted, and how.

    Attributes:
        topic: None for the first page.
        say: The language.
        is_chosen: Whether the language was chosen by hand, so that links keep it.
        site: The archive's name.
    """

    topic: Topic | None
    say: Say
    is_chosen: bool
    site: str

    def href(self, path: str, place: str = "") -> str:
        """A link within the books that keeps the language."""
        chosen = f"?lang={self.say.language}" if self.is_chosen else ""
        return f"{path}{chosen}{f'#{place}' if place else ''}"


def books_page(seen: PublicFigures, asked: Asked) -> bytes:
    """One page of the books."""
    say, is_one = asked.say, has_one_page(seen)
    topics = topics_of(seen)
    shown = topics if asked.topic is None else (asked.topic,)
    sections = [TELLS[topic](seen, say) for topic in shown]
    heading = say("title_sells" if seen.sells else "title")
    here = asked.topic
    instant = iso(seen.at_us)
    view = BooksPage(
        language=say.language,
        title=heading if here is None else sections[0].heading,
        lead=_lead(seen, asked) if here is None else "",
        site=asked.site,
        tiles=_tiles(seen, say) if here is None else (),
        nav=_nav(topics, asked, is_one=is_one),
        languages=languages(asked),
        parts=tuple(_part(each, asked, is_one=is_one) for each in sections),
        as_of=say("as_of", day=say.number.day(instant[:10]), time=instant[11:16]),
        how=say("how"),
        links=(
            Anchor(f"{BOOKS}figures.json", say("all_json")),
            Anchor(asked.href(PORTAL), say("portal")),
        ),
        words={name: say(name) for name in ("skip", "topics", "languages")},
    )
    return render("books.html", view)


def drawing_of(seen: PublicFigures, topic: Topic, say: Say) -> Drawing | None:
    """The drawing of a topic; None where it has none."""
    return TELLS[topic](seen, say).drawing


def _lead(seen: PublicFigures, asked: Asked) -> str:
    word = "lead_sells" if seen.sells else "lead"
    return asked.say(word, site=asked.site)


def _nav(
    topics: tuple[Topic, ...], asked: Asked, *, is_one: bool
) -> tuple[Anchor, ...]:
    say, first = asked.say, Anchor(asked.href(BOOKS), asked.say("overview"))
    if is_one:
        return tuple(Anchor(f"#{each}", say(f"{each}_nav")) for each in topics)
    here = Anchor(first.href, first.text, asked.topic is None)
    return (
        here,
        *(
            Anchor(
                asked.href(f"{BOOKS}{each}"), say(f"{each}_nav"), each is asked.topic
            )
            for each in topics
        ),
    )


def languages(asked: Asked) -> tuple[Anchor, ...]:
    """The same page in each language."""
    return tuple(
        Anchor(f"?lang={each}", NAMES[each], each == asked.say.language, each.value)
        for each in Language
    )


def _part(section: Section, asked: Asked, *, is_one: bool) -> Part:
    is_whole = is_one or asked.topic is not None
    say, topic = asked.say, section.topic
    ways = [Anchor(asked.href(href), text) for href, text in section.ways]
    if not is_whole and section.grids:
        text = say("all_figures", topic=say(f"{topic}_nav"))
        ways = [Anchor(asked.href(f"{BOOKS}{topic}"), text)]
    return Part(
        id=topic.value,
        heading="" if asked.topic else section.heading,
        sentences=section.sentences,
        picture=_picture(section, say),
        tables=tuple(
            _table(grid, say, is_open=asked.topic is not None or not section.drawing)
            for grid in (section.grids if is_whole else ())
        ),
        notes=section.notes if is_whole else (),
        command=section.command,
        facts=section.facts if is_whole else (),
        ways=tuple(ways),
    )


def _table(grid: Grid, say: Say, *, is_open: bool) -> TableView:
    files = tuple(
        Anchor(f"{BOOKS}{grid.name}.{kind}", say(f"as_{kind}", table=grid.caption))
        for kind in ("csv", "json")
    )
    summary = grid.caption if is_open else say("as_table", table=grid.caption)
    return TableView(summary, grid, files, is_open)


def _picture(section: Section, say: Say) -> Picture | None:
    drawn = section.drawing
    if drawn is None:
        return None
    base = f"{BOOKS}{section.topic}.{say.language}"
    return Picture(f"{base}.svg", f"{base}.narrow.svg", drawn.text, drawn.key)


def _tiles(seen: PublicFigures, say: Say) -> tuple[Tile, ...]:
    number, tiles = say.number, []
    taken = sum(each.body_bytes for each in seen.give_take)
    work = sum(each.work_hundredths for each in seen.give_take)
    currency = main_currency(seen)
    came = sum(each.received_minor for each in seen.income if each.currency == currency)
    given = sum(
        each.allocated_minor for each in seen.shares if each.currency == currency
    )
    if taken:
        parties = sum(
            each.parties
            for each in seen.give_take
            if each.body_bytes and each.who is not Who.PEOPLE
        )
        tiles.append(Tile(number.size(taken), say("tile_taken")))
        if parties and not seen.income:
            tiles.append(Tile(number.whole(parties), say("tile_takers")))
    if seen.income:
        tiles.append(Tile(number.money(came, currency), say("tile_income")))
    if given:
        tiles.append(Tile(number.money(given, currency), say("tile_contributors")))
    if work:
        tiles.append(Tile(number.hours(work), say("tile_work")))
    if seen.decisions and len(tiles) < 4:
        count = len(seen.decisions)
        word = "tile_decisions" if count > 1 else "tile_decision"
        tiles.append(Tile(number.whole(count), say(word)))
    return tuple(tiles)
