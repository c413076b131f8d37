"""The words a policy may use: every fact, what type it has, and the short forms.

Classification says who and what for; licensing adds what is asked for, and what
only the collection or the agreement can know. Rooms and lanes share their names
here, so that a misspelt lane is a fault and never a lane of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.classification.facts import FACTS, FactType

_OWN: Mapping[str, FactType] = {
    "party.grant": bool,  # the collection grants this party access; from the files
    "party.mandate": frozenset(
        {"legal-deposit", "web-archive", "research", "none", "unknown"}
    ),  # a task given by law
    "party.notice_days": int,  # since it was told that it counts as very large
    "party.offset": bool,  # an accepted contribution stands against its obligations
    "resource.released": bool,  # older than the collection's release age
}

VOCABULARY: Mapping[str, FactType] = MappingProxyType({**FACTS, **_OWN})
"""Fact name to its words, or `str`, `int`, `bool`."""

LEADING: Mapping[str, str] = MappingProxyType(
    {
        "client": "client.kind",
        "party": "party.entity",
        "use": "use.class",
        "agreement": "agreement.in_force",
    }
)
"""What a section means when it holds a plain word: `use: resale`."""

DERIVED = frozenset(
    {"agreement.in_force", "agreement.tariff_version", "party.grant"}
    | {name for name in VOCABULARY if name.startswith("resource.")}
)
"""Facts that licensing works out by itself; a case cannot set them as such."""

CLASSES = (
    "person",
    "commoner",
    "commercial",
    "statutory",
    "search",
    "automation",
    "unknown",
)
RUNGS = ("full", "sample", "metadata", "delayed")

LANES: Mapping[str, int] = MappingProxyType(
    {
        "readers": 0,
        "statutory": 0,
        "commoners": 0,
        "search": 1,
        "licensed": 1,
        "automation": 2,
    }
)
"""Lane to priority, 0 served first: nobody who pays goes before somebody who reads,
and nobody who proves what they are goes behind somebody who does not."""

PAGE_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "page": "an ordinary page",
        "asset": "a part of a page: style, script, font, image",
        "tile": "a part of a large image or map, fetched by the hundred",
        "feed": "news: RSS, Atom, an inbox, a change list",
        "api": "an answer for programs",
        "listing": "a list to page through",
        "search": "a search, by words",
        "facet": "a list narrowed by filters, of which there are endlessly many",
        "calendar": "a day, month or year, of which there are endlessly many",
        "history": "how something came to be",
        "diff": "two versions side by side",
        "blame": "who wrote which line",
        "version": "an old version",
        "download": "a file as it lies there",
        "export": "a file made for whoever asks: archives, dumps, prints",
        "form": "a page for writing or signing in",
        "dear": "anything else that costs more than a page",
    }
)
"""Kinds of pages that lanes, maps and reports tell apart, and what each one is."""

DUTIES = ("attribution", "share-alike", "link-back", "notice", "open-result")
