"""References: what a collection names, and whether it is there.

Asked of the document itself, so that one fault of a file never hides another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gateway.policy_files.documents import mark_at
from gateway.policy_files.faults import did_you_mean
from gateway.policy_files.reader import Listing, Mapping, Text
from gateway.policy_files.scalars import ID
from gateway.policy_files.shapes import Notes

DEFAULTS = {"extends": "copyfair"}
PRESET_KEYS = ("preset", "presets")


@dataclass(frozen=True, slots=True)
class Known:
    """What a collection may name.

    Attributes:
        packs: Packs; a faulty one too, for it has faults of its own.
        tariffs: Tariffs, likewise.
        presets: Presets, those that come with the gateway among them.
        upstreams: As gateway.yaml names them; None where no gateway is meant.
    """

    packs: AbstractSet[str]
    tariffs: AbstractSet[str]
    presets: AbstractSet[str]
    upstreams: AbstractSet[str] | None


def check(nodes: Iterable[Mapping], known: Known, notes: Notes) -> None:
    """No collection stands in two files, or names what is not there."""
    seen: dict[str, str] = {}
    for node in nodes:
        name = _told(node, "collection")
        first = seen.setdefault(name, node.mark.file)
        if name and first != node.mark.file:
            detail = f'the collection "{name}" exists already'
            notes.fault(mark_at(node, ("collection",)), detail, f"it is in {first}")
        for key, there, absent in (
            ("extends", known.packs, 'the pack "{}" does not exist'),
            ("tariff", known.tariffs, 'the tariff "{}" does not exist'),
            ("upstream", known.upstreams, 'gateway.yaml names no upstream "{}"'),
        ):
            meant = _told(node, key) or DEFAULTS.get(key, "")
            if meant and there is not None and meant not in there:
                hint = did_you_mean(meant, there)
                notes.fault(mark_at(node, (key,)), absent.format(meant), hint)
        for meant in preset_names(node):
            if meant not in known.presets:
                hint = did_you_mean(meant, known.presets)
                notes.fault(meant.mark, f'the preset "{meant}" does not exist', hint)


def named_by(nodes: Iterable[Mapping]) -> frozenset[str]:
    """The ids of collections, faulty ones too."""
    return frozenset(_told(node, "collection") for node in nodes) - {""}


def shares(
    nodes: Iterable[Mapping], collections: AbstractSet[str], notes: Notes
) -> None:
    """No tariff gives income to a collection that is not there."""
    for node in nodes:
        told = node.get(Text("shares"))
        for name in told if isinstance(told, Mapping) else ():
            if name not in collections:
                hint = did_you_mean(name, collections)
                detail = f'the collection "{name}" does not exist'
                notes.fault(name.mark, detail, hint)


def preset_names(node: Mapping) -> Iterator[Text]:
    """The presets that a document includes, as far as they are ids."""
    for key in PRESET_KEYS:
        told = node.get(Text(key))
        listed = told if isinstance(told, Listing) else [told]
        for each in listed:
            if isinstance(each, Text) and isinstance(ID.read(each, Notes()), str):
                yield each


def rule_ids(nodes: Iterable[Mapping], notes: Notes) -> None:
    """No two rules of a faulty collection are called the same."""
    for node in nodes:
        rules = node.get(Text("rules"))
        seen: dict[str, Text] = {}
        for rule in rules if isinstance(rules, Listing) else ():
            name = rule.get(Text("id")) if isinstance(rule, Mapping) else None
            if not isinstance(name, Text):
                continue
            first = seen.setdefault(name, name)
            if first is not name:
                where = f"the first is in line {first.mark.line}"
                notes.fault(name.mark, f'the rule "{name}" exists already', where)


def _told(node: Mapping, key: str) -> str:
    """The id at a key; empty where none stands, or something that is no id."""
    value = node.get(Text(key))
    told = ID.read(value, Notes()) if isinstance(value, Text) else None
    return told if isinstance(told, str) else ""
