"""What a change of policies changes: by meaning, and never by its letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.policy_files.cases import load_cases
from gateway.policy_files.difference import How, changes, other_answers
from gateway.policy_files.loader import load
from tests.unit.policy_files.files import COLLECTION, PACK, TARIFF, written

RULES = """\
rules:
  - id: no-resale
    when: {use: resale}
    then: deny
    because: The members said so.
  - id: slow-search
    when: {path: "/registers/search**", client.kind: {is: ai-crawler, level: claimed}}
    then: throttle
    budget: anonymous
    because: Searching is dear.
budgets:
  anonymous: {cost: 600, per: 1h}
"""
CASES = """\
- given: a reseller
  when: {use: {is: resale, level: claimed}, path: /registers/1742}
  then: {deny: no-resale}
"""


def told(tmp_path: Path, **after: str) -> list[str]:
    """Each change in one line, from a collection with two rules of its own."""
    before = {"collections__registers": COLLECTION + RULES}
    was, now = (
        load(written(tmp_path / name, **{**before, **change}))
        for name, change in (("a", {}), ("b", after))
    )
    return [
        " ".join(filter(None, (each.what, each.id, each.of, each.how, *each.details)))
        for each in changes(was, now)
    ]


def collection(tmp_path: Path, old: str, new: str) -> list[str]:
    assert old in COLLECTION + RULES
    changed = (COLLECTION + RULES).replace(old, new)
    return told(tmp_path, collections__registers=changed)


def test_a_comment_and_another_spelling_are_no_change(tmp_path: Path) -> None:
    assert told(tmp_path, tariffs__ai=f"# new\n{TARIFF}") == []
    assert collection(tmp_path / "c", "{use: resale}", "{use: [resale]}") == []


SAID = {
    "a field": (
        ("licence: CC-BY-NC-SA-4.0", "licence: CC0-1.0"),
        "collection registers changed licence: CC-BY-NC-SA-4.0 → CC0-1.0",
    ),
    "a budget": (
        ("cost: 600", "cost: 300"),
        (
            "collection registers changed budgets.anonymous.cost: 600 → 300"
            " budgets.anonymous.burst: 600 → 300"
        ),
    ),
    "a condition": (
        ("{use: resale}", "{use: [resale, train]}"),
        (
            "rule no-resale registers changed"
            " when.1: use.class is resale → use.class is resale or train"
        ),
    ),
    "an answer": (
        ("then: throttle", "then: allow"),
        "rule slow-search registers changed then: throttle → allow",
    ),
    "a name": (
        ("id: slow-search", "id: search"),
        (
            "rule search registers added client.kind is ai-crawler (claimed)"
            " and path /registers/search**: throttle"
        ),
    ),
}


@pytest.mark.parametrize("what", SAID)
def test_what_changed_is_said_field_by_field(tmp_path: Path, what: str) -> None:
    (old, new), said = SAID[what]
    assert said in collection(tmp_path, old, new)


def test_a_rule_that_only_stands_elsewhere_has_moved(tmp_path: Path) -> None:
    head, first, second = (
        (COLLECTION + RULES).partition("rules:\n")[0],
        *(
            f"  - id: {each}"
            for each in RULES.partition("budgets")[0].split("  - id: ")[1:]
        ),
    )
    budgets = "budgets:" + RULES.partition("budgets:")[2]
    swapped = f"{head}rules:\n{second}{first}{budgets}"

    assert told(tmp_path, collections__registers=swapped) == [
        "rule slow-search registers moved now first"
    ]


def test_packs_tariffs_and_whole_collections_are_named(tmp_path: Path) -> None:
    pack = PACK.replace("then: allow", "then: offer")
    tariff = TARIFF.replace("1.50", "2.25").replace("version: 1", "version: 2")
    maps = COLLECTION.replace("registers", "maps")
    files = {"packs__pack": pack, "tariffs__ai": tariff}

    assert told(tmp_path, **files, collections__maps=maps) == [
        "collection maps added",
        "rule everybody-reads pack pack changed then: allow → offer",
        "tariff ai changed brackets.2: above at 1.50 → above at 2.25",
    ]


def test_a_case_that_is_decided_otherwise_is_named_once(tmp_path: Path) -> None:
    before = {
        "collections__registers": COLLECTION + RULES,
        "cases__registers": CASES,
    }
    after = {**before, "collections__registers": COLLECTION}
    folders = [written(tmp_path / "a", **before), written(tmp_path / "b", **after)]
    was, now = map(load, folders)
    cases = [case for folder in folders for case in load_cases(folder)]

    (answer,) = other_answers(was, now, cases, at_us=1)

    assert (answer.given, answer.before, answer.after) == (
        "a reseller",
        "deny no-resale",
        "allow everybody-reads",
    )
    assert [*other_answers(was, was, cases, at_us=1)] == []
    assert {each.how for each in changes(was, now)} == {How.REMOVED, How.CHANGED}
