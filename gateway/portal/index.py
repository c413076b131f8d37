"""The index of the portal: what this gateway has for whoever comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.portal.addresses import BOOKS
from gateway.portal.pages import Anchor, Asked, languages
from gateway.web.templates.rendering import render

SCHEMA = "copyfair-portal/1"
DOORS: Mapping[str, str] = {
    "books": BOOKS,
    "usage": "/_copyfair/usage",
    "agreements": "/_copyfair/agreements",
    "appeals": "/_copyfair/appeals",
    "terms": "/license.xml",
    "problems": "/_copyfair/problems/",
}


@dataclass(frozen=True, slots=True)
class Door:
    """One thing that is here."""

    href: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class IndexPage:
    """What `portal.html` sees."""

    language: str
    title: str
    lead: str
    site: str
    languages: tuple[Anchor, ...]
    doors: tuple[Door, ...]
    words: Mapping[str, str]


def index_page(asked: Asked, *, has_books: bool) -> bytes:
    """The page."""
    say = asked.say
    view = IndexPage(
        language=say.language,
        title=say("portal_title"),
        lead=say("portal_lead", site=asked.site),
        site=asked.site,
        languages=languages(asked),
        doors=tuple(
            Door(
                asked.href(href) if href == BOOKS else href,
                say(f"portal_{name}"),
                say(f"portal_{name}_text"),
            )
            for name, href in _doors(has_books=has_books)
        ),
        words={"languages": say("languages")},
    )
    return render("portal.html", view)


def index_document(*, has_books: bool) -> dict[str, Any]:
    """The same for programs."""
    return {"schema": SCHEMA, "doors": dict(_doors(has_books=has_books))}


def _doors(*, has_books: bool) -> Iterator[tuple[str, str]]:
    for name, href in DOORS.items():
        if has_books or href != BOOKS:
            yield name, href
