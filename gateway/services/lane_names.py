"""Which lane is meant, and whose request it is."""

from __future__ import annotations

from gateway.classification.facts import Facts
from gateway.licensing.collection import Collection
from gateway.metering.relief.turn import LaneName

EXPENSIVE = "expensive"
"""All expensive pages of a collection share a lane: they share the workers that make
them, and lanes that adapt apart drive each other on."""
STATUTORY = "statutory"


def lane_name_of(collection: Collection, lane: str) -> LaneName:
    """The lane before a collection's expensive pages, for a decision's word for it."""
    return LaneName(collection.id, EXPENSIVE, STATUTORY if lane == STATUTORY else "")


def operator_of(facts: Facts) -> str:
    """Who runs a machine that says which one it is; all its addresses share."""
    name = facts.word("client.operator")
    return "" if name == "unknown" else name
