"""Values for tests of licensing; a builder names only what the test is about."""

from typing import Any

from gateway.classification.facts import Fact, Facts, FactValue
from gateway.kernel.evidence import Level
from gateway.licensing.agreement import Agreement
from gateway.licensing.collection import Collection
from gateway.licensing.conditions import Condition, FactTest
from gateway.licensing.policy import PolicySet
from gateway.licensing.rules import Outcome, Pack, Rule, Then
from gateway.licensing.scene import Resource
from gateway.licensing.tariff import Bracket, Metered, Tariff

GIB = 2**30


def a_collection(collection_id: str = "registers", **changes: Any) -> Collection:
    stated: dict[str, Any] = {
        "id": collection_id,
        "title": {"en": "Registers"},
        "steward": "Archive Commons",
        "contact": "licences@archive.example",
        "upstream": "archive",
        "licence": "CC-BY-NC-SA-4.0",
        "extends": "pack",
        **changes,
    }
    return Collection(**stated)


def a_tariff(*prices: tuple[int | None, int], **changes: Any) -> Tariff:
    """A tariff of `(up_to in GiB, price in micros)` brackets."""
    brackets = tuple(
        Bracket(None if up_to is None else up_to * GIB, price)
        for up_to, price in prices or ((1, 0), (100, 1_500_000), (None, 3_000_000))
    )
    stated: dict[str, Any] = {
        "id": "ai-2026",
        "version": 1,
        "currency": "EUR",
        "metered": Metered.BYTES,
        "per_units": GIB,
        "per_label": "1 GiB",
        "brackets": brackets,
        **changes,
    }
    return Tariff(**stated)


def a_rule(
    rule_id: str, then: Then = Then.ALLOW, *when: Condition, **outcome: Any
) -> Rule:
    made = Outcome(then, **outcome)
    return Rule(rule_id, made, "So it was decided.", when, "packs/pack.yaml", 7)


def when(fact: str, *values: FactValue, **asked: Any) -> Condition:
    return Condition((FactTest(fact, frozenset(values) or None, **asked),))


def policies(*rules: Rule, collection: Collection | None = None) -> PolicySet:
    tariff = a_tariff()
    return PolicySet(
        "v1",
        (collection or a_collection(tariff=tariff.id),),
        {"pack": Pack("pack", "A pack", rules)},
        {tariff.id: tariff},
    )


def facts(level: Level = Level.CLAIMED, **values: FactValue) -> Facts:
    """Facts at one level; `__` in a name stands for the dot."""
    return Facts(
        {
            name.replace("__", "."): Fact(value, level, "test")
            for name, value in values.items()
        }
    )


def a_page(collection: Collection | None, **changes: Any) -> Resource:
    stated: dict[str, Any] = {"path": "/registers/1742", **changes}
    return Resource(collection, **stated)


def an_agreement(**changes: Any) -> Agreement:
    stated: dict[str, Any] = {
        "id": "agr_1",
        "party_id": "pty_1",
        "tariff": "ai-2026",
        "tariff_version": 1,
        "currency": "EUR",
        **changes,
    }
    return Agreement(**stated)
