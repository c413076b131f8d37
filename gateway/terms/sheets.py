"""A readable page of this entrance: headings, sentences, tables and links.

`sheet.html` shows it, without style or script, so it works in every browser and
every reader.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.web.answer import Answer, HeaderPairs
from gateway.web.security_headers import NO_STORE, SAFE
from gateway.web.templates.rendering import render
from gateway.web.texts import Language

LINKED = ("https://", "http://", "mailto:", "/")


@dataclass(frozen=True, slots=True)
class Row:
    """A name with its value."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link; plain text where *href* is empty."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Figures under named columns."""

    caption: str
    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page; what is empty is not shown."""

    heading: str = ""
    sentences: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    table: Table | None = None
    example: str = ""
    links: tuple[Anchor, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """What `sheet.html` sees."""

    title: str
    sections: tuple[Section, ...]
    language: str = Language.EN.value


def anchor(href: str, text: str) -> Anchor:
    """A link to the web, to a mailbox or within the site; anything else is text."""
    return Anchor(href if href.startswith(LINKED) else "", text)


def sheet_answer(sheet: Sheet, *, headers: HeaderPairs = NO_STORE) -> Answer:
    """The page as an answer."""
    fields = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Vary", "Accept, Accept-Language"),
    )
    return Answer(200, (*fields, *SAFE, *headers), render("sheet.html", sheet))
