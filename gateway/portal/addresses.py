"""Addresses of the public books: which pages and files there are.

    /_copyfair/books/                  everything, or the way to it
    /_copyfair/books/income            one topic
    /_copyfair/books/income.csv        one table, as CSV or JSON
    /_copyfair/books/income.fr.svg     the drawing of a topic, wide or narrow

A small commons has one page: its topics are places on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from gateway.services.public_books.figures import PublicFigures

BOOKS = "/_copyfair/books/"
PORTAL = "/_copyfair/portal/"
SMALL_BELOW_THOUSANDTHS = 1_000_000
"""Below 1,000 of any currency in 12 months a commons has one page …"""
SMALL_ROWS_MAX = 24
"""… as long as no table on it is longer than this."""


class Topic(StrEnum):
    """The topics, in the order in which they are told. Public: add, never rename."""

    TAKERS = "takers"
    INCOME = "income"
    WATERFALL = "waterfall"
    ROUNDS = "rounds"
    CONCENTRATION = "concentration"
    DECISIONS = "decisions"
    FOOTPRINT = "footprint"
    PROOF = "proof"


TABLES: Mapping[Topic, Mapping[str, str]] = MappingProxyType(
    {
        Topic.TAKERS: {"give-take": "give_take"},
        Topic.INCOME: {"income": "income"},
        Topic.WATERFALL: {"waterfall": "pots"},
        Topic.ROUNDS: {"rounds": "rounds", "recipients": "shares"},
        Topic.CONCENTRATION: {"concentration": "concentration"},
        Topic.DECISIONS: {"decisions": "decisions", "tallies": "tallies"},
        Topic.FOOTPRINT: {
            "footprint": "footprint",
            "footprint-classes": "footprint_classes",
            "footprint-takers": "footprint_takers",
        },
        Topic.PROOF: {},
    }
)
"""A topic's tables by the name of their file, each with its field of the figures."""
OF_THE_BOOKS = frozenset(Topic) - {Topic.FOOTPRINT}
"""What serving took is told beside something; alone it wakes nobody."""


@dataclass(frozen=True, slots=True)
class Place:
    """What an address below the books means.

    Attributes:
        name: Of a topic or a table; empty for the first page.
        kind: `page`, `csv`, `json` or `svg`.
        language: Of a drawing.
        is_narrow: Whether the drawing is for phones.
    """

    name: str
    kind: str = "page"
    language: str = ""
    is_narrow: bool = False


ADDRESS = re.compile(
    r"(?P<name>[a-z]+(?:-[a-z]+)*)?"
    r"(?:(?P<drawn>\.(?P<language>en|fr)(?P<narrow>\.narrow)?\.svg)"
    r"|\.(?P<kind>csv|json))?",
    re.ASCII,
)


def place_of(path: str) -> Place | None:
    """What a path below the books' address means; None for nothing of ours."""
    found = ADDRESS.fullmatch(path)
    if found is None or (not found["name"] and path):
        return None
    if found["drawn"]:
        is_narrow = bool(found["narrow"])
        return Place(found["name"], "svg", found["language"], is_narrow)
    return Place(found["name"] or "", found["kind"] or "page")


def rows_of(seen: PublicFigures, topic: Topic) -> dict[str, Sequence[Any]]:
    """A topic's tables by name."""
    return {name: getattr(seen, field) for name, field in TABLES[topic].items()}


def is_told(seen: PublicFigures, topic: Topic) -> bool:
    """Is there anything to say of a topic?"""
    if topic is Topic.PROOF:
        return seen.log is not None
    return any(rows_of(seen, topic).values())


def topics_of(seen: PublicFigures) -> tuple[Topic, ...]:
    """What there is to tell, in order; nothing while the commons is asleep."""
    told = tuple(each for each in Topic if is_told(seen, each))
    return told if OF_THE_BOOKS.intersection(told) else ()


def has_one_page(seen: PublicFigures) -> bool:
    """Is the commons small enough for one page?"""
    tables = (rows_of(seen, topic).values() for topic in Topic)
    longest = max((len(rows) for each in tables for rows in each), default=0)
    is_small = seen.lately_thousandths < SMALL_BELOW_THOUSANDTHS
    return is_small and longest <= SMALL_ROWS_MAX


def table_named(
    seen: PublicFigures, topics: Iterable[Topic], name: str
) -> Sequence[Any]:
    """The rows of a table by the name of its file; none where it is not told."""
    for topic in topics:
        rows = rows_of(seen, topic).get(name)
        if rows:
            return rows
    return ()
