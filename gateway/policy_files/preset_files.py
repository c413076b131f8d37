"""Presets: what is known about one piece of software, included by name.

A preset says which of its pages are dear and which cost nothing, and where it is meant
to, who is let in beside the usual. Its cases and samples stand in the same file, so
that a host can read what is meant by it, and `copyfair policy test` runs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from gateway.licensing.collection import BudgetTerms
from gateway.licensing.prices import PathCost
from gateway.licensing.rules import Rule
from gateway.licensing.vocabulary import PAGE_CLASSES
from gateway.licensing.when_full import BY_CLASS as NOT_SAID
from gateway.licensing.when_full import WhenFull
from gateway.policy_files.case_files import CASES, Case
from gateway.policy_files.documents import Written
from gateway.policy_files.faults import Mark
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.rule_files import BUDGETS, COSTS, RULES, named, path_costs
from gateway.policy_files.scalars import ID, SENTENCE, URL, WHOLE
from gateway.policy_files.shapes import Key, ListOf, Notes, Record, Word
from gateway.policy_files.when_full_files import BY_CLASS, combined


@dataclass(frozen=True, slots=True)
class Sample:
    """Addresses of the software, and what the preset makes of them.

    Attributes:
        page_class: A word of `licensing.vocabulary.PAGE_CLASSES`.
        cost: Cost units.
        urls: Paths with queries, as they are met in the wild.
        mark: Where they stand.
    """

    page_class: str
    cost: int
    urls: tuple[str, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Preset:
    """What collections include by name.

    Attributes:
        id: Kebab-case, as the file is called.
        title: What it is for, in one line.
        costs: First match counts.
        when_full: What is given instead while a lane is full, by class of page.
        budgets: Over those of the pack, by name.
        rules: Before those of the pack.
        samples: Tried by `copyfair policy test`.
        cases: Likewise.
        file: Where it stands, relative to the policies folder.
    """

    id: str
    title: str
    costs: tuple[PathCost, ...] = ()
    when_full: Mapping[str, WhenFull] = field(default_factory=lambda: NOT_SAID)
    budgets: Mapping[str, BudgetTerms] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    samples: tuple[Sample, ...] = ()
    cases: tuple[Case, ...] = ()
    file: str = ""


def _sample(values: dict[str, Any], node: Keys, _notes: Notes) -> Sample:
    return Sample(values["class"], values["cost"], values["urls"], node.mark)


SAMPLE = Record(
    "sample",
    {
        "class": Key(
            Word("class of page", tuple(PAGE_CLASSES)), "Its kind.", required=True
        ),
        "cost": Key(WHOLE, "What each of them costs.", required=True),
        "urls": Key(ListOf(URL), "Paths with their queries.", required=True),
    },
    _sample,
)


def _preset(values: dict[str, Any], node: Keys, notes: Notes) -> Preset:
    preset = Preset(
        id=values["preset"],
        title=values["title"],
        costs=path_costs(values.get("costs", {})),
        when_full=MappingProxyType(values.get("when_full", {})),
        budgets=MappingProxyType(named(values.get("budgets", {}))),
        rules=values.get("rules", ()),
        samples=values.get("samples", ()),
        cases=values.get("cases", ()),
        file=node.mark.file,
    )
    stem = PurePosixPath(node.mark.file).stem
    if stem != preset.id:
        detail = f'the preset "{preset.id}" stands in a file of another name'
        notes.fault(node.mark, detail, f"call the file {preset.id}.yaml")
    return preset


PRESET = Record(
    "preset",
    {
        "preset": Key(ID, "As the file is called.", required=True),
        "title": Key(SENTENCE, "What it is for, in one line.", required=True),
        "costs": Key(COSTS, "Pattern to cost units; first match."),
        "when_full": Key(
            BY_CLASS, "Class of page to what is given instead while its lane is full."
        ),
        "budgets": Key(BUDGETS, "Over those of the pack, by name."),
        "rules": Key(RULES, "After a collection's own, before those of the pack."),
        "samples": Key(ListOf(SAMPLE), "Addresses, and what they must come to."),
        "cases": Key(CASES, "As in cases; about a collection of this preset alone."),
    },
    _preset,
)
"""The shape of `policies/presets/<id>.yaml`."""


def with_presets(written: Written, known: Mapping[str, Preset]) -> Written:
    """A collection with what its presets add; one that is not there adds nothing.

    Its own lines stand first, then those of its presets in the order named: of costs
    and rules the first match counts, of budgets the first of a name.
    """
    chosen = [known[name] for name in written.collection.presets if name in known]
    if not chosen:
        return written
    collection = written.collection
    costs = [cost for preset in chosen for cost in preset.costs]
    budgets: dict[str, BudgetTerms] = {}
    for preset in reversed(chosen):
        budgets |= preset.budgets
    merged = replace(
        collection,
        costs=(*collection.costs, *costs),
        when_full=MappingProxyType(
            combined(collection.when_full, *(preset.when_full for preset in chosen))
        ),
        budgets=MappingProxyType({**budgets, **collection.budgets}),
    )
    rules = [rule for preset in chosen for rule in preset.rules]
    return replace(written, collection=merged, rules=(*written.rules, *rules))
