"""The index of the portal: what this gateway has for whoever comes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.portal.addresses import BOOKS
from gateway.portal.pages import Anchor, Asked, languages
from gateway.web.templates.rendering import render

SCHEMA = "copyfair-portal/1"
TERMS = "/license.xml"
DOORS: Mapping[str, str] = {
    "books": BOOKS,
    "usage": "/_copyfair/usage",
    "agreements": "/_copyfair/agreements",
    "appeals": "/_copyfair/appeals",
    "corrections": "/_copyfair/corrections",
    "terms": TERMS,
    "problems": "/_copyfair/problems/",
}
SPOKEN = frozenset(DOORS[name] for name in ("books", "usage", "appeals", "corrections"))
"""Pages that read which language was chosen."""


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


def index_page(asked: Asked, *, absent: Collection[str]) -> bytes:
    """The page.

    Args:
        asked: In which language.
        absent: Addresses at which there is nothing here.
    """
    say = asked.say
    view = IndexPage(
        language=say.language,
        title=say("portal_title"),
        lead=say("portal_lead", site=asked.site),
        site=asked.site,
        languages=languages(asked),
        doors=tuple(
            Door(
                asked.href(href) if href in SPOKEN else href,
                say(f"portal_{name}"),
                say(f"portal_{name}_text"),
            )
            for name, href in _doors(absent)
        ),
        words={"languages": say("languages")},
    )
    return render("portal.html", view)


def index_document(*, absent: Collection[str]) -> dict[str, Any]:
    """The same for programs."""
    return {"schema": SCHEMA, "doors": dict(_doors(absent))}


def _doors(absent: Collection[str]) -> Iterator[tuple[str, str]]:
    return ((name, href) for name, href in DOORS.items() if href not in absent)
