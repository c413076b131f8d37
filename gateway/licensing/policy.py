"""The policy set in force: every collection, pack, tariff and agent, as one value.

It is built once, with its look-ups, and never changes: a request sees one version
from its first byte to its last, and the version names exactly the files it came
from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from gateway.classification.known_agents import KnownAgents
from gateway.classification.published_ranges import PublishedRanges
from gateway.licensing.collection import Collection
from gateway.licensing.globs import Glob, glob
from gateway.licensing.offer import OfferTerms, terms_of
from gateway.licensing.path_table import PathTable
from gateway.licensing.rules import Pack, Rule
from gateway.licensing.spellings import folded
from gateway.licensing.tariff import Tariff
from gateway.reciprocity.need import Needs

ANY_HOST = ""
Ranked = tuple[int, Collection]
"""A collection and how specific the pattern is that leads to it; 0 is the most."""
NO_RULES: Mapping[str, tuple[Rule, ...]] = MappingProxyType({})


@dataclass(frozen=True)
class PolicySet:
    """Everything that decides.

    Attributes:
        version: SHA-256 over names and bytes of all files, hex.
        collections: In the order of their files.
        packs: By id.
        tariffs: The newest version of each, by id.
        agents: The catalogue of known clients.
        own_rules: A collection's own rules, by its id.
        needs: What the commons asks for; nothing of it decides about a request, so
            the version does not name it.
    """

    version: str
    collections: tuple[Collection, ...]
    packs: Mapping[str, Pack]
    tariffs: Mapping[str, Tariff]
    agents: KnownAgents = field(default_factory=KnownAgents)
    ranges: PublishedRanges = field(default_factory=PublishedRanges)
    own_rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=lambda: NO_RULES)
    needs: Needs = field(default_factory=Needs)
    _places: Mapping[str, Places] = field(init=False, repr=False, compare=False)
    _rules: Mapping[str, tuple[Rule, ...]] = field(
        init=False, repr=False, compare=False
    )
    _offers: Mapping[str, OfferTerms] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        offers = (
            (collection, terms_of(collection, self.tariffs.get(collection.tariff)))
            for collection in self.collections
        )
        by_name: dict[str, OfferTerms] = {}
        for collection, terms in offers:
            by_name[collection.id] = by_name[terms.id] = terms
        object.__setattr__(self, "_offers", by_name)
        object.__setattr__(self, "_places", places_of(self.collections))
        rules = {each.id: self._chain(each) for each in self.collections}
        object.__setattr__(self, "_rules", rules)

    def collection(self, collection_id: str) -> Collection | None:
        """A collection by its id."""
        terms = self._offers.get(collection_id)
        return terms.collection if terms else None

    def collection_for(self, host: str, path: str) -> Collection | None:
        """Where a page belongs: its own host before any, longest prefix first.

        Args:
            host: The public host, lower-case, without port.
            path: The canonical path.
        """
        places = self._places
        if (named := places.get(host)) is not None:
            found = named.longest(path)
            if found is not None:
                return found
        anywhere = places.get(ANY_HOST)
        return None if anywhere is None else anywhere.longest(path)

    def everywhere(self) -> Collection | None:
        """The collection of every page of every host, where one covers all; or None."""
        places = self._places.get(ANY_HOST)
        if places is None or len(self._places) > 1 or places.folded is not None:
            return None
        found = places.exact.everywhere
        return None if found is None else found[1]

    def rules_for(self, collection: Collection) -> tuple[Rule, ...]:
        """The collection's own rules, then those of its pack."""
        return self._rules.get(collection.id, ())

    def offer_of(self, collection: Collection) -> OfferTerms:
        """What a collection of this set offers.

        Raises:
            KeyError: the collection is not of this set.
        """
        return self._offers[collection.id]

    def offer(self, offer_id: str) -> OfferTerms | None:
        """The offer with that id, if these policies still make it."""
        terms = self._offers.get(offer_id)
        return terms if terms and terms.id == offer_id else None

    def _chain(self, collection: Collection) -> tuple[Rule, ...]:
        pack = self.packs.get(collection.extends)
        own = self.own_rules.get(collection.id, ())
        rules = own + (pack.rules if pack else ())
        if collection.ignores_case:
            return tuple(_folded(rule) for rule in rules)
        return rules


@dataclass(frozen=True, slots=True)
class Places:
    """Where the pages of one host belong.

    Attributes:
        exact: Collections whose patterns mean the letters that they are written with.
        folded: Those that ignore case; None where none does.
    """

    exact: PathTable[Ranked]
    folded: PathTable[Ranked] | None

    def longest(self, path: str) -> Collection | None:
        """Where a page belongs: the most specific pattern of either kind."""
        found = self.exact.longest(path)
        if self.folded is not None:
            other = self.folded.longest(folded(path))
            if other is not None and (found is None or other[0] < found[0]):
                found = other
        return None if found is None else found[1]


def places_of(collections: Iterable[Collection]) -> dict[str, Places]:
    """Patterns by host, the most specific first."""
    by_host: dict[str, list[tuple[Glob, Collection]]] = {}
    for collection in collections:
        for host in collection.hosts or (ANY_HOST,):
            places = by_host.setdefault(host, [])
            places += [(glob(pattern), collection) for pattern in collection.paths]
    return {host: _ranked(places) for host, places in by_host.items()}


def _ranked(places: list[tuple[Glob, Collection]]) -> Places:
    exact: list[tuple[str, Ranked]] = []
    ignoring: list[tuple[str, Ranked]] = []
    for rank, (pattern, where) in enumerate(sorted(places, key=_specific_first)):
        those = ignoring if where.ignores_case else exact
        those.append((where.matched(pattern.pattern), (rank, where)))
    return Places(PathTable(exact), PathTable(ignoring) if ignoring else None)


def _folded(rule: Rule) -> Rule:
    """The same rule, its path patterns without regard to case."""
    when = tuple(
        replace(each, paths=tuple(folded(path) for path in each.paths))
        for each in rule.when
    )
    return replace(rule, when=when)


def _specific_first(place: tuple[Glob, Collection]) -> tuple[int, bool, int, str]:
    pattern = place[0]
    return (
        -len(pattern.prefix),
        not pattern.is_literal,
        -len(pattern.pattern),
        pattern.pattern,
    )
