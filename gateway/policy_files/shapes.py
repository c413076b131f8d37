"""Shapes: what a document may hold, said once, read with faults, told as a schema.

A shape types a node and notes every fault it meets, going on wherever it can; the
same shape writes the JSON Schema that editors complete from, so that neither can
know a key that the other does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from gateway.policy_files.faults import Fault, Mark, did_you_mean
from gateway.policy_files.reader import Listing, Node, Text
from gateway.policy_files.reader import Mapping as Keys

Json = dict[str, Any]


class Notes:
    """The faults and warnings of one loading."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []

    def fault(self, mark: Mark, message: str, suggestion: str = "") -> Bad:
        """Note a fault; the answer stands for the value that is not there."""
        self.faults.append(Fault(mark, message, suggestion))
        return BAD

    def warning(self, mark: Mark, message: str, suggestion: str = "") -> None:
        """Note something that loads, but is hardly meant."""
        self.warnings.append(Fault(mark, message, suggestion))


class Bad:
    """What a shape gives back for a node that does not fit it."""


BAD: Final = Bad()


class Shape(Protocol):
    """Something that can type a node."""

    def read(self, node: Node, notes: Notes) -> Any:
        """The typed value, or `BAD` after noting why."""

    def schema(self) -> Json:
        """The same as JSON Schema (2020-12)."""


def shown(node: Node) -> str:
    """A node as a fault quotes it."""
    if isinstance(node, Text):
        return f'"{node}"' if len(node) <= 60 else f'"{node[:57]}…"'
    return "a list" if isinstance(node, Listing) else "a mapping"


@dataclass(frozen=True, slots=True)
class Word:
    """One of a few words.

    Attributes:
        what: What the word names, for faults: `licence mode`.
        words: The known ones.
        schema_also: Further typed values an editor may see instead of a word.
    """

    what: str
    words: tuple[str, ...]
    schema_also: tuple[Any, ...] = ()

    def read(self, node: Node, notes: Notes) -> Any:
        if not isinstance(node, Text):
            return notes.fault(node.mark, f"{self.what} is one word, not {shown(node)}")
        if node not in self.words:
            hint = did_you_mean(node, self.words)
            return notes.fault(node.mark, f"unknown {self.what} {shown(node)}", hint)
        return str(node)

    def schema(self) -> Json:
        # YAML 1.1 takes these words for flags, and an editor may show them so.
        flags = [
            flag
            for flag, words in ((True, {"yes", "on"}), (False, {"no", "off"}))
            if words & set(self.words)
        ]
        return {"enum": [*self.words, *dict.fromkeys((*flags, *self.schema_also))]}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text.

    Attributes:
        what: What it is, for faults.
        pattern: What the whole text must fit; a plain, linear expression of ours.
        hint: What to write instead.
        chars_max: How long it may be.
    """

    what: str
    pattern: re.Pattern[str] | None = None
    hint: str = ""
    chars_max: int = 2_000

    def read(self, node: Node, notes: Notes) -> Any:
        if not isinstance(node, Text) or not node:
            return notes.fault(node.mark, f"{self.what} is missing here", self.hint)
        if len(node) > self.chars_max:
            detail = f"{self.what} is longer than {self.chars_max} characters"
            return notes.fault(node.mark, detail)
        if self.pattern is not None and not self.pattern.fullmatch(node):
            detail = f"{shown(node)} is no {self.what}"
            return notes.fault(node.mark, detail, self.hint)
        return str(node)

    def schema(self) -> Json:
        told: Json = {"type": "string", "minLength": 1, "maxLength": self.chars_max}
        if self.pattern is not None:
            told["pattern"] = f"^(?:{self.pattern.pattern})$"
        return told


@dataclass(frozen=True, slots=True)
class Parsed:
    """A scalar with a small grammar of its own.

    Attributes:
        what: What it is, for faults.
        parse: From text to value; a ValueError says what to write.
        told: The JSON Schema.
    """

    what: str
    parse: Callable[[str], Any]
    told: Mapping[str, Any]

    def read(self, node: Node, notes: Notes) -> Any:
        if not isinstance(node, Text):
            detail = f"{self.what} is one value, not {shown(node)}"
            return notes.fault(node.mark, detail)
        try:
            return self.parse(node)
        except ValueError as error:
            detail = f"{shown(node)} is no {self.what}"
            return notes.fault(node.mark, detail, str(error))

    def schema(self) -> Json:
        return dict(self.told)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; where it is allowed, a single item stands for a list of one.

    Attributes:
        item: What it holds.
        or_single: May the brackets be left out?
        least: How many items it needs.
    """

    item: Shape
    or_single: bool = False
    least: int = 1

    def read(self, node: Node, notes: Notes) -> Any:
        if not isinstance(node, Listing):
            if self.or_single:
                value = self.item.read(node, notes)
                return BAD if value is BAD else (value,)
            return notes.fault(node.mark, f"a list is needed, not {shown(node)}")
        if len(node) < self.least:
            return notes.fault(node.mark, "the list is empty", "leave the key out")
        values = tuple(self.item.read(each, notes) for each in node)
        return BAD if BAD in values else values

    def schema(self) -> Json:
        many: Json = {"type": "array", "items": self.item.schema()}
        if self.least:
            many["minItems"] = self.least
        return {"anyOf": [self.item.schema(), many]} if self.or_single else many


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping whose keys the author chooses.

    Attributes:
        key: What a key may be.
        value: What each holds.
    """

    key: Shape
    value: Shape

    def read(self, node: Node, notes: Notes) -> Any:
        if not isinstance(node, Keys):
            return notes.fault(node.mark, f"a mapping is needed, not {shown(node)}")
        read = {
            self.key.read(key, notes): self.value.read(value, notes)
            for key, value in node.items()
        }
        return BAD if BAD in read or BAD in read.values() else read

    def schema(self) -> Json:
        return {
            "type": "object",
            "propertyNames": self.key.schema(),
            "additionalProperties": self.value.schema(),
        }


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record.

    Attributes:
        shape: What it holds.
        doc: What it means, one sentence; shown by editors.
        required: Must it be there?
    """

    shape: Shape
    doc: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys; every other key is a fault.

    Attributes:
        what: What it is, for faults and as the schema's title.
        keys: Its keys.
        build: From the typed keys and the node to a value; runs only where no
            key is faulty.
        judge: Where a key is faulty, notes what is wrong with the others.
    """

    what: str
    keys: Mapping[str, Key]
    build: Callable[[dict[str, Any], Keys, Notes], Any] = field(
        default=lambda values, _node, _notes: values
    )
    judge: Callable[[dict[str, Any], Keys, Notes], None] | None = None

    def read(self, node: Node, notes: Notes) -> Any:
        if not isinstance(node, Keys):
            detail = f"{self.what} is a mapping, not {shown(node)}"
            return notes.fault(node.mark, detail)
        before = len(notes.faults)
        values: dict[str, Any] = {}
        for key, value in node.items():
            known = self.keys.get(key)
            if known is None:
                hint = did_you_mean(key, self.keys)
                notes.fault(key.mark, f"unknown key {shown(key)}", hint)
            else:
                values[str(key)] = known.shape.read(value, notes)
        self._ask_for(missing_from(node, self.keys), node, notes)
        if len(notes.faults) > before:
            if self.judge is not None:
                sound = {key: told for key, told in values.items() if told is not BAD}
                self.judge(sound, node, notes)
            return BAD
        return self.build(values, node, notes)

    def _ask_for(self, missing: Iterable[str], node: Keys, notes: Notes) -> None:
        for name in missing:
            detail = f'{self.what} lacks the key "{name}"'
            notes.fault(node.mark, detail, self.keys[name].doc)

    def schema(self) -> Json:
        properties: Json = {}
        for name, key in self.keys.items():
            told = key.shape.schema()
            properties[name] = {**told, "description": key.doc} if key.doc else told
        required = [name for name, key in self.keys.items() if key.required]
        told = {
            "title": self.what,
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        return {**told, "required": required} if required else told


def missing_from(node: Keys, keys: Mapping[str, Key]) -> list[str]:
    """The required keys that a mapping does not have."""
    return [name for name, key in keys.items() if key.required and name not in node]
