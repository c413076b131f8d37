"""Where a request goes: which upstream, and under which address there."""

from __future__ import annotations

from typing import NamedTuple

from gateway.kernel.request import Request
from gateway.licensing.collection import Collection

FULL = "full"


class Route(NamedTuple):
    """A way to an upstream.

    Attributes:
        upstream: Its name in gateway.yaml.
        target: What to ask for, in origin-form.
    """

    upstream: str
    target: str


def route_of(
    asked: Request, collection: Collection | None, rung: str, *, default: str
) -> Route | None:
    """The way for one request.

    A rung below the full one is a path prefix at the upstream, under which the same
    address stands in its reduced form.

    Args:
        asked: The request.
        collection: Where the page belongs, or None.
        rung: Which rung is granted.
        default: The upstream of pages that belong to no collection.

    Returns:
        The way; None where the collection does not have that rung. The full page is
        never a substitute.
    """
    if collection is None:
        return Route(default, asked.target)
    upstream = collection.upstream or default
    if rung == FULL:
        return Route(upstream, asked.target)
    prefix = collection.rungs.get(rung)
    if prefix is None:
        return None
    return Route(upstream, prefix.rstrip("/") + asked.target)
