"""Lanes of several processes as one: each worker has a part of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.services.relief import Relief

ADDED = ("places", "inside", "waiting")


def lanes_of(relief: Relief) -> list[dict[str, Any]]:
    """The lanes of this process, as a worker's figures carry them."""
    return [
        {
            "collection": name.collection,
            "room": name.room,
            "places": lane.pace.slots,
            "inside": lane.inside,
            "waiting": lane.waiting,
        }
        for name, lane in relief.lanes()
    ]


def of_all(
    document: Mapping[str, Any], told: Iterable[Iterable[Mapping[str, Any]]]
) -> Mapping[str, Any]:
    """An explanation, whose lane is that of all workers together.

    Args:
        document: As the process that explains says it, which serves nobody inline.
        told: The lanes of each worker. One that nobody came to has its places as at
            first, by what the explaining process would begin with.
    """
    lane = document["lane"]
    if lane is None:
        return document
    parts = [
        next((one for one in lanes if _is_that(one, lane)), None) for lanes in told
    ]
    if not any(parts):
        return document
    begun = {"places": lane["places"], "inside": 0, "waiting": 0}
    sums = {name: sum((part or begun)[name] for part in parts) for name in ADDED}
    return {**document, "lane": {**lane, **sums}}


def _is_that(one: Mapping[str, Any], lane: Mapping[str, Any]) -> bool:
    return bool(one["collection"] == lane["collection"] and one["room"] == lane["room"])
