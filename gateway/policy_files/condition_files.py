"""`when:` as files write it: facts that must hold, and the address asked for.

Several facts must all hold; several values in a list mean any of them; a list of
mappings means any of those. There is nothing else to learn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from gateway.classification.facts import FactValue
from gateway.kernel.evidence import Level
from gateway.licensing.conditions import Condition, FactTest
from gateway.licensing.vocabulary import VOCABULARY
from gateway.policy_files import fact_names
from gateway.policy_files.fact_names import LEVELS, TEST_KEYS, Entry
from gateway.policy_files.faults import did_you_mean
from gateway.policy_files.reader import Listing, Node, Text
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.scalars import FLAG, NUMERIC, PATH, QUERY, WHOLE
from gateway.policy_files.shapes import BAD, Bad, Json, Line, ListOf, Notes, shown

METHOD = Line("HTTP method", re.compile(r"[A-Z]{1,20}"), "write it in capitals: GET")
ADDRESS = {
    "path": ListOf(PATH, or_single=True),
    "query": ListOf(QUERY, or_single=True),
    "method": ListOf(METHOD, or_single=True),
}
ADDITIONS = {"above": 1, "at_least": 0, "below": -1, "at_most": 0}


class When:
    """The shape of `when:`; reads to a tuple of conditions, any of which holds."""

    def read(self, node: Node, notes: Notes) -> Any:
        if isinstance(node, Listing):
            if not node:
                return notes.fault(node.mark, "the list is empty", "leave `when` out")
            many = [self._condition(each, notes) for each in node]
        else:
            many = [self._condition(node, notes)]
        conditions = tuple(each for each in many if isinstance(each, Condition))
        return conditions if len(conditions) == len(many) else BAD

    def schema(self) -> Json:
        return {"$ref": "#/$defs/when"}

    def _condition(self, node: Node, notes: Notes) -> Condition | Bad:
        if not isinstance(node, Keys):
            detail = f"a condition is a mapping of facts, not {shown(node)}"
            return notes.fault(node.mark, detail)
        before = len(notes.faults)
        address = {
            str(name): ADDRESS[name].read(value, notes)
            for name, value in node.items()
            if name in ADDRESS
        }
        facts = Keys(node.mark)
        facts.update((key, each) for key, each in node.items() if key not in ADDRESS)
        tests = [read_test(entry, notes) for entry in fact_names.entries(facts, notes)]
        if len(notes.faults) > before:
            return BAD
        return Condition(
            tuple(test for test in tests if isinstance(test, FactTest)),
            address.get("path", ()),
            address.get("query", ()),
            frozenset(address.get("method", ())),
        )


def read_test(entry: Entry, notes: Notes) -> FactTest | Bad:
    """What is asked of one fact."""
    node = entry.node
    level = entry.level or Level.UNKNOWN
    if not isinstance(node, Keys):
        values = _values(entry.fact, node, notes)
        return (
            BAD
            if isinstance(values, Bad)
            else FactTest(entry.fact, values, level=level)
        )
    before = len(notes.faults)
    asked: dict[str, Any] = {"level": level}
    for key, value in node.items():
        _operator(entry.fact, key, value, notes, asked)
    if not node:
        notes.fault(node.mark, f"nothing is asked of {entry.fact}")
    return BAD if len(notes.faults) > before else FactTest(entry.fact, **asked)


def _operator(  # noqa: PLR0917 private, and called once
    fact: str, key: Text, value: Node, notes: Notes, asked: dict[str, Any]
) -> None:
    if key in {"is", "in"}:
        asked["values"] = _values(fact, value, notes)
    elif key == "not":
        asked["excluded"] = _values(fact, value, notes)
    elif key in ADDITIONS:
        bound = _bound(fact, value, notes)
        if not isinstance(bound, Bad):
            side = "at_least" if key in {"above", "at_least"} else "at_most"
            asked[side] = bound + ADDITIONS[key]
    elif key == "level":
        asked["level"] = fact_names.read_level(value, notes)
    elif key == "contradicted":
        asked["contradicted"] = FLAG.read(value, notes)
    else:
        hint = did_you_mean(key, TEST_KEYS)
        notes.fault(key.mark, f"unknown test {shown(key)}", hint)


def _bound(fact: str, node: Node, notes: Notes) -> int | Bad:
    if VOCABULARY[fact] is not int:
        detail = f"{fact} is no number; above and below need one"
        return notes.fault(node.mark, detail, "list its values instead")
    bound: int | Bad = WHOLE.read(node, notes)
    return bound


def _values(fact: str, node: Node, notes: Notes) -> frozenset[FactValue] | Bad:
    nodes = node if isinstance(node, Listing) else [node]
    if not nodes:
        return notes.fault(node.mark, f"no value of {fact} is listed")
    values = [fact_names.read_value(fact, each, notes) for each in nodes]
    good = frozenset(value for value in values if not isinstance(value, Bad))
    return BAD if any(isinstance(value, Bad) for value in values) else good


def test_schema(fact: str) -> Json:
    """What may be asked of one fact, as JSON Schema."""
    one: Json = {"$ref": f"#/$defs/{fact}.value"}
    many = {"type": "array", "items": one, "minItems": 1}
    operators: Json = {
        "is": {"anyOf": [one, many]},
        "in": many,
        "not": {"anyOf": [one, many]},
        "level": {"enum": list(LEVELS)},
        "contradicted": FLAG.schema(),
    }
    if VOCABULARY[fact] is int:
        operators |= dict.fromkeys(ADDITIONS, NUMERIC)
    mapping = {
        "type": "object",
        "properties": operators,
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"anyOf": [one, many, mapping]}


def value_schema(fact: str) -> Json:
    """The values of one fact, as JSON Schema; `unknown` is always one."""
    value = fact_names.shape_of(fact).schema()
    return value if "enum" in value else {"anyOf": [value, {"const": "unknown"}]}


def definitions() -> Json:
    """What the schemas of rules and cases refer to, each thing once."""
    address = {name: shape.schema() for name, shape in ADDRESS.items()}
    one = fact_names.nested_schema(referred(VOCABULARY), address)
    many = {"type": "array", "items": {"$ref": "#/$defs/condition"}, "minItems": 1}
    return {
        "when": {"anyOf": [{"$ref": "#/$defs/condition"}, many]},
        "condition": one,
        **{fact: test_schema(fact) for fact in sorted(VOCABULARY)},
        **{f"{fact}.value": value_schema(fact) for fact in sorted(VOCABULARY)},
    }


def referred(facts: Iterable[str]) -> dict[str, Json]:
    """References to the definitions of facts."""
    return {fact: {"$ref": f"#/$defs/{fact}"} for fact in sorted(facts)}
