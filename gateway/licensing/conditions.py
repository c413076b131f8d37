"""Conditions: what a rule asks of the facts, compiled to one closure per rule.

The language has no expressions, on purpose (ADR 0003). A condition is a list of
tests that must all hold; a test looks at one fact, or at the address that was
asked for. "Or" is a list: of values in a test, of conditions in a rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.classification.facts import Fact, FactValue
from gateway.kernel.evidence import Level
from gateway.licensing.globs import glob, query_matches
from gateway.licensing.scene import Scene
from gateway.licensing.vocabulary import DERIVED

Holds = Callable[[Scene], bool]
Fits = Callable[[str, str, str], bool]
"""From path, query and method to whether a condition about them holds."""


@dataclass(frozen=True, slots=True)
class FactTest:
    """What one fact must be.

    Attributes:
        fact: Its name in the vocabulary.
        values: One of these; None where the value does not matter.
        excluded: None of these.
        at_least: A whole number not below this, or None.
        at_most: A whole number not above this, or None.
        level: Known at least this well. Evidence that other evidence contradicts
            proves nothing: from `verified` on, such a fact does not count.
        contradicted: Whether other evidence says otherwise; None: whatever.
    """

    fact: str
    values: frozenset[FactValue] | None = None
    excluded: frozenset[FactValue] = frozenset()
    at_least: int | None = None
    at_most: int | None = None
    level: Level = Level.UNKNOWN
    contradicted: bool | None = None

    @property
    def is_proof(self) -> bool:
        """Is it only about the value and how well it is known?"""
        return (
            self.values is not None
            and not self.excluded
            and self.at_least is None
            and self.at_most is None
            and self.contradicted is None
        )

    @property
    def is_plain(self) -> bool:
        """Is it only about the value?"""
        return self.is_proof and self.level is Level.UNKNOWN

    def accepts(self, fact: Fact) -> bool:
        """Does a fact pass?"""
        if fact.level < self.level:
            return False
        if fact.contradicted and self.level >= Level.VERIFIED:
            return False
        if self.contradicted is not None and fact.contradicted is not self.contradicted:
            return False
        if self.values is not None and fact.value not in self.values:
            return False
        return fact.value not in self.excluded and self._is_in_range(fact.value)

    def _is_in_range(self, value: FactValue) -> bool:
        if self.at_least is None and self.at_most is None:
            return True
        if isinstance(value, str | bool):  # `unknown` is no number
            return False
        not_below = self.at_least is None or value >= self.at_least
        return not_below and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, slots=True)
class Condition:
    """Tests that must all hold; an empty condition always holds.

    Attributes:
        facts: Tests of facts.
        paths: Path patterns, one of which must fit; empty: whatever.
        queries: Query patterns, likewise.
        methods: HTTP methods, likewise.
    """

    facts: tuple[FactTest, ...] = ()
    paths: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    methods: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Does it hold whatever is asked?"""
        return not (self.facts or self.paths or self.queries or self.methods)


def compiled(conditions: tuple[Condition, ...]) -> Holds:
    """One closure that says whether any of *conditions* holds; none: always."""
    if not conditions or any(condition.is_empty for condition in conditions):
        return _always
    alternatives = tuple(_all_of(condition) for condition in conditions)
    if len(alternatives) == 1:
        return alternatives[0]

    def any_holds(scene: Scene) -> bool:
        return any(holds(scene) for holds in alternatives)

    return any_holds


def fact_names(conditions: tuple[Condition, ...]) -> tuple[str, ...]:
    """The facts that conditions look at, in order, each once."""
    tests = (test for condition in conditions for test in condition.facts)
    return tuple(dict.fromkeys(test.fact for test in tests))


def _always(_scene: Scene) -> bool:
    return True


def _all_of(condition: Condition) -> Holds:
    parts = tuple(_fact_holds(test) for test in condition.facts)
    parts += tuple(_address_tests(condition))
    if len(parts) == 1:
        return parts[0]

    def all_hold(scene: Scene) -> bool:
        for holds in parts:  # noqa: SIM110 a loop is half the price of all()
            if not holds(scene):
                return False
        return True

    return all_hold


def _fact_holds(test: FactTest) -> Holds:
    name, values, accepts = test.fact, test.values, test.accepts

    # Four closures instead of one: this is what every request spends its time in.
    if name in DERIVED:

        def own_passes(scene: Scene) -> bool:
            return accepts(scene.fact(name))

        return own_passes

    if test.is_plain and values is not None:

        def has_value(scene: Scene) -> bool:
            return scene.facts[name].value in values

        return has_value

    if test.is_proof and values is not None:
        level = test.level

        def is_proven(scene: Scene) -> bool:
            fact = scene.facts[name]
            return (
                fact.level >= level
                and fact.value in values
                and not (fact.contradicted and level >= Level.VERIFIED)
            )

        return is_proven

    def passes(scene: Scene) -> bool:
        return accepts(scene.facts[name])

    return passes


def _address_tests(condition: Condition) -> list[Holds]:
    fits = address_test(condition)
    if fits is None:
        return []

    def holds(scene: Scene) -> bool:
        resource = scene.resource
        return fits(resource.matched_path, resource.query, resource.method)

    return [holds]


def address_test(condition: Condition) -> Fits | None:
    """What a condition asks of path, query and method; None where it asks nothing."""
    paths = tuple(glob(pattern) for pattern in condition.paths)
    queries, methods = condition.queries, condition.methods
    if not (paths or queries or methods):
        return None

    def fits(path: str, query: str, method: str) -> bool:
        if methods and method not in methods:
            return False
        if paths and not any(pattern.matches(path) for pattern in paths):
            return False
        return not queries or any(query_matches(each, query) for each in queries)

    return fits


def facts_test(condition: Condition) -> Holds:
    """What a condition asks of the facts alone."""
    return _all_of(replace(condition, paths=(), queries=(), methods=frozenset()))
