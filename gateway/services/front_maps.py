"""What a front server must ask about, read off the policies.

Whoever only reads costs a front server nothing but the page. Asked are: credentials
of ours, signatures, automation that gives its name, dear pages, and collections in
which something else than the reference policy decides. What cannot be told apart is
asked about: a map errs on the side of asking, never of letting through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.licensing.collection import Collection, Sensitivity
from gateway.licensing.costs import PAGE_COST
from gateway.licensing.globs import glob
from gateway.licensing.policy import PolicySet

READING_KINDS = frozenset(
    (
        "person",
        "browser",
        "feed-reader",
        "git",
        "http-library",
        "monitor",
        "link-preview",
        "fediverse",
        "unknown",
    )
)
"""Whom rule 2 of the reference policy lets read like anybody."""

REFERENCE_PACKS = frozenset(("copyfair", "watch"))


@dataclass(frozen=True, slots=True)
class AskedPlace:
    """A part of the archive that is asked about for everybody.

    Attributes:
        hosts: Which hosts; empty for every one.
        path: A path glob.
        query: A query glob, or empty for any query.
        because: Why, in one clause.
        ignores_case: Upper and lower case are the same there.
    """

    hosts: tuple[str, ...]
    path: str
    query: str
    because: str
    ignores_case: bool = False


@dataclass(frozen=True, slots=True)
class PlaceClass:
    """Where a page belongs, so that a decision may be used for another one.

    Attributes:
        hosts: Which hosts; empty for every one.
        path: A path glob; the most specific one comes first.
        name: The collection.
        is_one_page: A decision counts for its page alone.
        ignores_case: Upper and lower case are the same there.
    """

    hosts: tuple[str, ...]
    path: str
    name: str
    is_one_page: bool
    ignores_case: bool = False


@dataclass(frozen=True, slots=True)
class FrontMaps:
    """Everything that a native configuration needs.

    Attributes:
        tokens: What user agents of automation contain, lower-case, sorted.
        places: Parts that are asked about for everybody.
        classes: Where pages belong.
        not_expressed: What the native configuration does not do, one sentence each.
    """

    tokens: tuple[str, ...]
    places: tuple[AskedPlace, ...]
    classes: tuple[PlaceClass, ...]
    not_expressed: tuple[str, ...]


def front_maps(policies: PolicySet) -> FrontMaps:
    """Read the maps off a set of policies."""
    tokens = {
        token.lower()
        for agent in policies.agents.agents
        if agent.kind not in READING_KINDS
        for token in agent.tokens
    }
    places = tuple(
        place
        for collection in policies.collections
        for place in _places(collection, policies)
    )
    return FrontMaps(
        tuple(sorted(tokens)),
        places,
        tuple(_classes(policies)),
        tuple(_not_expressed(policies)),
    )


def _places(collection: Collection, policies: PolicySet) -> Iterator[AskedPlace]:
    why = _asked_as_a_whole(collection, policies)
    if why:
        for path in collection.paths:
            yield AskedPlace(
                collection.hosts,
                path,
                "",
                f"{collection.id}: {why}",
                collection.ignores_case,
            )
        return
    for cost in collection.costs:
        if cost.cost > PAGE_COST:
            path, _, query = cost.pattern.partition("?")
            because = f"{collection.id}: costs {cost.cost}"
            yield AskedPlace(
                collection.hosts, path, query, because, collection.ignores_case
            )


def _asked_as_a_whole(collection: Collection, policies: PolicySet) -> str:
    if collection.sensitivity is not Sensitivity.OPEN:
        return f"is {collection.sensitivity.value}"
    if policies.own_rules.get(collection.id):
        return "has rules of its own"
    if collection.extends not in REFERENCE_PACKS:
        return f"extends {collection.extends}"
    return ""


def _classes(policies: PolicySet) -> Iterator[PlaceClass]:
    found = [
        PlaceClass(
            collection.hosts,
            path,
            collection.id,
            is_one_page=_is_one_page(collection, policies),
            ignores_case=collection.ignores_case,
        )
        for collection in policies.collections
        for path in collection.paths
    ]
    yield from sorted(
        found,
        key=lambda one: (not one.hosts, -len(glob(one.path).prefix), -len(one.path)),
    )


def _is_one_page(collection: Collection, policies: PolicySet) -> bool:
    """May another page of it be answered otherwise, or be taken for one of it?"""
    has_own_rules = bool(policies.own_rules.get(collection.id))
    return bool(collection.dated) or has_own_rules or collection.ignores_case


def _not_expressed(policies: PolicySet) -> Iterator[str]:
    yield "Budgets of readers who are not asked about are not drawn on."
    yield "Licence labels (Link, Content-Usage) are added by the inline gateway only."
    yield "Client addresses are not checked against published ranges before asking."
    if any(one.spellings for one in policies.collections):
        yield "Spellings (paths) are treated only in requests that are asked about."
    if any(one.rungs for one in policies.collections):
        yield "Graduated access (rungs) is refused: only the inline gateway gives it."
