"""What is given instead while a lane is full, as collections and presets write it.

when_full:
  facet: {stale: 30 min, canonical: [q, page]}
  search: off
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.licensing.vocabulary import PAGE_CLASSES
from gateway.licensing.when_full import NOTHING, WhenFull
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.reader import Node, Text
from gateway.policy_files.scalars import NAME, SPAN
from gateway.policy_files.shapes import Json, Key, ListOf, MapOf, Notes, Record, Word

OFF = Word("word", ("off",))
PARTS = frozenset(("asset", "tile"))
"""Parts of pages have no lane before them."""


def _when_full(values: dict[str, Any], _node: Keys, _notes: Notes) -> WhenFull:
    kept = values.get("canonical")
    return WhenFull(values.get("stale", 0), None if kept is None else frozenset(kept))


WHEN_FULL = Record(
    "what is given when full",
    {
        "stale": Key(SPAN, "An earlier copy may be as old as this: 30 min."),
        "canonical": Key(
            ListOf(NAME, least=0),
            "Query parameters that the plainer page keeps; others are left out (303).",
        ),
    },
    _when_full,
)


class OffOr:
    """`off`, or a record."""

    def read(self, node: Node, notes: Notes) -> Any:
        if isinstance(node, Text):
            read = OFF.read(node, notes)
            return NOTHING if isinstance(read, str) else read
        return WHEN_FULL.read(node, notes)

    def schema(self) -> Json:
        return {"anyOf": [OFF.schema(), WHEN_FULL.schema()]}


CLASSES = tuple(name for name in PAGE_CLASSES if name not in PARTS)
BY_CLASS = MapOf(Word("class of page", CLASSES), OffOr())


def combined(
    own: Mapping[str, WhenFull], *presets: Mapping[str, WhenFull]
) -> dict[str, WhenFull]:
    """A collection's own words over those of its presets, the first named first."""
    told: dict[str, WhenFull] = {}
    for each in (*reversed(presets), own):
        told |= each
    return told
