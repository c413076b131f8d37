"""Fact names as policies write them: dotted, nested, or a section's plain word.

`client.kind: git`, `client: {kind: git}` and `client: git` say the same. Rules and
policy cases share this reading, so a case can state whatever a rule can ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.classification.facts import FactValue
from gateway.kernel.evidence import Level
from gateway.licensing.vocabulary import LEADING, VOCABULARY
from gateway.policy_files.faults import Mark, did_you_mean
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.reader import Node, Text
from gateway.policy_files.scalars import FLAG, NAME, WHOLE
from gateway.policy_files.shapes import BAD, Bad, Json, Notes, Shape, Word, shown

LEVELS = tuple(level.word for level in Level)
OPERATORS = ("is", "in", "not", "above", "below", "at_least", "at_most")
QUALIFIERS = ("level", "contradicted")
TEST_KEYS = (*OPERATORS, *QUALIFIERS)
SECTIONS = frozenset(
    name[:dot] for name in VOCABULARY for dot in range(len(name)) if name[dot] == "."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact that a document names.

    Attributes:
        fact: Its full name.
        mark: Where it is named.
        node: What is said of it.
        level: The level its section asks for, or None.
    """

    fact: str
    mark: Mark
    node: Node
    level: Level | None


def entries(
    node: Keys, notes: Notes, *, section: str = "", level: Level | None = None
) -> Iterator[Entry]:
    """Every fact that a mapping names, sections resolved, unknown names noted."""
    for key, value in node.items():
        name = f"{section}.{key}" if section else str(key)
        if name in VOCABULARY:
            yield Entry(name, key.mark, value, level)
        elif name in SECTIONS:
            yield from _of_section(name, key, value, notes, level)
        elif not (section and key == "level"):
            known = [fact.removeprefix(f"{section}.") for fact in known_in(section)]
            hint = did_you_mean(key, known)
            notes.fault(
                key.mark, f"unknown fact {shown(Text.at(key.mark, name))}", hint
            )


def known_in(section: str) -> list[str]:
    """Full names of the facts in a section, and every name at the top."""
    names = [*VOCABULARY, *SECTIONS]
    if not section:
        return [*names, "path", "query", "method"]
    return [name for name in names if name.startswith(f"{section}.")]


def _of_section(  # noqa: PLR0917 private, and called once
    name: str, key: Text, value: Node, notes: Notes, level: Level | None
) -> Iterator[Entry]:
    is_test = isinstance(value, Keys) and value and set(value) <= set(TEST_KEYS)
    if isinstance(value, Keys) and not (is_test and name in LEADING):
        stated = value.get(Text("level"))
        own = level if stated is None else read_level(stated, notes)
        yield from entries(
            value, notes, section=name, level=None if isinstance(own, Bad) else own
        )
    elif name in LEADING:
        yield Entry(LEADING[name], key.mark, value, level)
    else:
        detail = f'"{name}" holds several facts; write a mapping'
        notes.fault(key.mark, detail, did_you_mean("", known_in(name)))


def read_level(node: Node, notes: Notes) -> Level | Bad:
    """An evidence level by its word."""
    word = Word("evidence level", LEVELS).read(node, notes)
    return BAD if isinstance(word, Bad) else Level.named(word)


def shape_of(fact: str) -> Shape:
    """The shape of a fact's value."""
    kind = VOCABULARY[fact]
    if isinstance(kind, frozenset):
        return Word(f"value of {fact}", tuple(sorted(kind)))
    if kind is bool:
        return FLAG
    return WHOLE if kind is int else NAME


def read_value(fact: str, node: Node, notes: Notes) -> FactValue | Bad:
    """The typed value of a fact; `unknown` is always one."""
    if isinstance(node, Text) and node == "unknown":
        return "unknown"
    value: FactValue | Bad = shape_of(fact).read(node, notes)
    return value


def nested_schema(of_fact: dict[str, Json], also: Json) -> Json:
    """A JSON Schema for dotted and nested names alike.

    Args:
        of_fact: The schema of what may be said of each fact.
        also: Further properties of the top.
    """
    properties: Json = {**of_fact, **also}
    for section in sorted(SECTIONS):
        inner = {
            fact.removeprefix(f"{section}."): told
            for fact, told in of_fact.items()
            if fact.startswith(f"{section}.")
        }
        nested: Json = {
            "type": "object",
            "properties": {**inner, "level": {"enum": list(LEVELS)}},
        }
        plain = of_fact.get(LEADING.get(section, ""))
        properties[section] = {"anyOf": [plain, nested]} if plain else nested
    return {"type": "object", "properties": properties, "additionalProperties": False}
