"""Policy cases as files write them: given, when, then.

`when` states facts in the same words in which rules ask for them. What a case says
of a client or a party is claimed unless it says better (`level: verified`); a case
that speaks of a party or an agreement means somebody who has shown a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.classification.facts import Fact
from gateway.kernel.evidence import Level
from gateway.kernel.use import Commercial, Use
from gateway.licensing.collection import NOTHING
from gateway.licensing.conditions import FactTest
from gateway.licensing.decision import WORDS
from gateway.licensing.vocabulary import CLASSES, DERIVED, LANES, RUNGS, VOCABULARY
from gateway.policy_files import fact_names
from gateway.policy_files.condition_files import METHOD, read_test, referred
from gateway.policy_files.fact_names import Entry
from gateway.policy_files.faults import Mark
from gateway.policy_files.folder import files_in, parsed
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.reader import Node, Text
from gateway.policy_files.scalars import HOST, ID, NAME, SENTENCE, URL
from gateway.policy_files.shapes import (
    BAD,
    Bad,
    Json,
    Key,
    ListOf,
    Notes,
    Record,
    Shape,
    Word,
)

DECISIONS = tuple(WORDS.values())
SUPPOSABLE = frozenset(
    {
        "party.grant",
        "resource.age_days",
        "resource.released",
        "resource.sensitivity",
    }
)
"""Facts of the collection that a case may suppose to be otherwise."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """The agreement a case supposes.

    Attributes:
        uses: What it is for; empty leaves the use open.
        commercial: Whether the use seeks economic advantage.
        tariff: The tariff's id; empty for the collection's.
        collections: Ids; empty for all.
    """

    uses: frozenset[Use] = frozenset()
    commercial: Commercial = Commercial.DIRECT
    tariff: str = ""
    collections: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Expected:
    """What a case expects.

    Attributes:
        decision: A decision's word.
        rule: The rule that answers.
        details: Further attributes of the decision, as words.
    """

    decision: str
    rule: str
    details: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        given: What it is about, in words.
        facts: What is supposed of requester and use.
        address: `collection`, `host`, `path`, `query`, `method`, as far as stated.
        agreed: The agreement in force, or None.
        expected: What is expected.
        mark: Where it stands.
    """

    given: str
    facts: Mapping[str, Fact]
    address: Mapping[str, str]
    agreed: Agreed | None
    expected: Expected
    mark: Mark


ADDRESS: Mapping[str, Shape] = {
    "collection": ID,
    "host": HOST,
    "path": URL,
    "query": NAME,
    "method": METHOD,
}
AGREEMENT = Record(
    "agreement",
    {
        "uses": Key(ListOf(Word("use", tuple(Use)), or_single=True), "What it is for."),
        "commercial": Key(Word("commercial use", tuple(Commercial)), "Is it for gain?"),
        "tariff": Key(ID, "Instead of the collection's."),
        "collections": Key(ListOf(ID), "Which it covers; without them all."),
    },
)


class Supposed:
    """The shape of a case's `when:`."""

    def read(self, node: Node, notes: Notes) -> Any:
        if not isinstance(node, Keys):
            return notes.fault(node.mark, "a case supposes facts in a mapping")
        before = len(notes.faults)
        address = {
            str(name): ADDRESS[name].read(value, notes)
            for name, value in node.items()
            if name in ADDRESS
        }
        agreed = _agreed(node.get(Text("agreement")), notes)
        left = Keys(node.mark)
        known = {*ADDRESS, "agreement"}
        left.update((key, each) for key, each in node.items() if key not in known)
        stated = dict(_stated(left, notes))
        if len(notes.faults) > before:
            return BAD
        return address, agreed, stated

    def schema(self) -> Json:
        of_fact = referred(
            name for name in VOCABULARY if name not in DERIVED - SUPPOSABLE
        )
        also: Json = {name: shape.schema() for name, shape in ADDRESS.items()}
        flag = {"enum": ["yes", "no", True, False]}
        told = fact_names.nested_schema(of_fact, also)
        told["properties"]["agreement"] = {"anyOf": [flag, AGREEMENT.schema()]}
        return told


def _agreed(node: Node | None, notes: Notes) -> Agreed | Bad | None:
    if node is None or (isinstance(node, Text) and node == "no"):
        return None
    if isinstance(node, Text):
        if node == "yes":
            return Agreed()
        return notes.fault(node.mark, "write agreement: yes, no, or a mapping")
    read = AGREEMENT.read(node, notes)
    if isinstance(read, Bad):
        return read
    return Agreed(
        frozenset(Use(use) for use in read.get("uses", ())),
        Commercial(read.get("commercial", Commercial.DIRECT)),
        read.get("tariff", ""),
        frozenset(read.get("collections", ())),
    )


def _stated(node: Keys, notes: Notes) -> Iterator[tuple[str, Fact]]:
    for entry in fact_names.entries(node, notes):
        if entry.fact in DERIVED - SUPPOSABLE:
            detail = f"{entry.fact} follows from the collection and the agreement"
            notes.fault(entry.mark, detail, "name those instead")
            continue
        fact = _fact(entry, notes)
        if isinstance(fact, Fact):
            yield entry.fact, fact


def _fact(entry: Entry, notes: Notes) -> Fact | Bad:
    test = read_test(entry, notes)
    if isinstance(test, Bad):
        return test
    if test == FactTest(entry.fact, level=test.level) or len(test.values or ()) != 1:
        return notes.fault(entry.mark, f"state one value of {entry.fact}")
    (value,) = test.values or ("unknown",)
    level = test.level or Level.CLAIMED
    return Fact(value, level, "case", contradicted=bool(test.contradicted))


def _expected(values: dict[str, Any], node: Keys, notes: Notes) -> Any:
    named = [word for word in DECISIONS if word in values]
    if len(named) != 1:
        detail = f"a case expects one decision, not {len(named)}"
        return notes.fault(node.mark, detail, f"known: {', '.join(DECISIONS)}")
    details = {name: told for name, told in values.items() if name not in named}
    words = {
        name: told if isinstance(told, str) else " ".join(told)
        for name, told in details.items()
    }
    return Expected(named[0], values[named[0]], words)


EXPECTED = Record(
    "expectation",
    {
        **{word: Key(ID, "The rule that answers so.") for word in DECISIONS},
        "tariff": Key(ID, "The tariff of an offer or a metered answer."),
        "class": Key(Word("class", CLASSES), "What the requester is called."),
        "budget": Key(ID, "Which budget is drawn on."),
        "lane": Key(Word("lane", tuple(LANES)), "Which lane."),
        "rung": Key(Word("rung", RUNGS), "Graduated access."),
        "duties": Key(ListOf(NAME, or_single=True), "What is owed besides money."),
        "rebate": Key(Word("rebate", ("openness", "in-kind")), "How it is settled."),
        "price": Key(Word("price", ("zero",)), "Metered at no charge."),
        "floor": Key(Word("floor", ("top",)), "The last bracket prices everything."),
        "spends": Key(Word("currency", ("standing",)), "Each unit spends standing."),
        "contact": Key(NAME, "Whom a refusal names."),
        "location": Key(URL, "Where a redirect leads."),
    },
    _expected,
)


def _case(values: dict[str, Any], node: Keys, _notes: Notes) -> Case:
    address, agreed, stated = values["when"]
    facts = dict(stated)
    speaks_of_party = any(name.startswith("party.") for name in facts)
    shows_key = agreed is not None or speaks_of_party
    ours = facts.setdefault("credential.ours", Fact(shows_key, Level.VERIFIED, "case"))
    if ours.value is True:
        facts.setdefault("party.id", Fact("pty_case", Level.VERIFIED, "case"))
    if agreed is not None and len(agreed.uses) == 1:
        (use,) = agreed.uses
        facts.setdefault("use.class", Fact(use.value, Level.VERIFIED, "agreement"))
    return Case(
        values["given"],
        facts,
        address,
        agreed,
        values["then"],
        node.mark,
    )


CASE = Record(
    "case",
    {
        "given": Key(SENTENCE, "What it is about, in words.", required=True),
        "when": Key(Supposed(), "What is supposed.", required=True),
        "then": Key(EXPECTED, "What is expected.", required=True),
    },
    _case,
)
CASES = ListOf(CASE)


def read_cases(folder: Path, notes: Notes) -> tuple[Case, ...]:
    """Every case of a policies folder, in the order of files and lines."""
    cases: list[Case] = []
    for file in files_in(folder, "cases", notes):
        node = parsed(file, notes)
        read = CASES.read(node, notes) if node is not None else ()
        cases += read if isinstance(read, tuple) else ()
    return tuple(cases)
