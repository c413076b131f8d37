"""What one request costs, in cost units: an ordinary page is 1.

The collection says what is expensive; what it does not name is a page, or a part
of one (style, script, font, image), which costs nothing because the page that
needs it has been counted already.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway.licensing.collection import Collection
from gateway.licensing.prices import PathCost

PAGE_COST = 1
PAGE, ASSET, DEAR = "page", "asset", "dear"
STYLE_AND_SCRIPT = frozenset({"css", "js", "mjs", "map"})
FONTS = frozenset({"woff", "woff2", "ttf", "otf", "eot"})
IMAGES = frozenset({"ico", "svg", "png", "jpg", "jpeg", "gif", "webp", "avif"})
ASSET_SUFFIXES = STYLE_AND_SCRIPT | FONTS | IMAGES


class PageKind(NamedTuple):
    """What kind of page a request is for.

    Attributes:
        cost: Cost units, as `cost_of` gives them.
        page_class: A word of `vocabulary.PAGE_CLASSES`.
    """

    cost: int
    page_class: str


def cost_of(collection: Collection, path: str, query: str = "") -> int:
    """Cost units of a request; the collection's first matching pattern counts.

    Args:
        collection: Where the path was found.
        path: The canonical path.
        query: The raw query, without `?`.
    """
    if collection.costs:
        named = collection.prices.cost(collection.matched(path), query)
        if named is not None:
            return named
    return _unnamed(path, query)


def _unnamed(path: str, query: str) -> int:
    if "." not in path:
        return PAGE_COST
    name, _, suffix = path.rpartition(".")
    if not name or "/" in suffix:
        return PAGE_COST
    # `?v=3` names a version of an asset; more than that asks for a page.
    is_asset = suffix.lower() in ASSET_SUFFIXES and "&" not in query
    return 0 if is_asset else PAGE_COST


def page_kind_of(collection: Collection, path: str, query: str = "") -> PageKind:
    """Cost and class of a request in one look-up; see `cost_of`."""
    if collection.costs:
        named = collection.prices.entry(collection.matched(path), query)
        if named is not None:
            return PageKind(named.cost, page_class_of(named))
    cost = _unnamed(path, query)
    return PageKind(cost, PAGE if cost else ASSET)


def page_class_of(named: PathCost) -> str:
    """The class that an entry names; without one its cost says as much."""
    if named.page_class:
        return named.page_class
    if named.cost > PAGE_COST:
        return DEAR
    return PAGE if named.cost else ASSET
