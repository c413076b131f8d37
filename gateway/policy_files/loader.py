"""The loader: a folder becomes one policy set, whole or not at all.

Every file is read and every fault noted before anything is given back, so one
`copyfair policy check` shows all there is to mend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, TypeVar

from gateway.classification.known_agents import KnownAgents
from gateway.licensing.policy import PolicySet
from gateway.licensing.rules import Pack, Rule
from gateway.licensing.tariff import Tariff
from gateway.policy_files import chain_checks, references
from gateway.policy_files.agents import agents_of
from gateway.policy_files.case_files import read_cases
from gateway.policy_files.documents import COLLECTION, PACK, Written, mark_at
from gateway.policy_files.faults import Fault, Faults, Mark
from gateway.policy_files.folder import (
    DECIDING,
    PolicyFile,
    files_in,
    missing_folder,
    parsed,
    version_of,
)
from gateway.policy_files.need_files import needs_of
from gateway.policy_files.preset_files import with_presets
from gateway.policy_files.preset_folder import presets_of
from gateway.policy_files.ranges import ranges_of
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.shapes import Notes, Shape
from gateway.policy_files.tariff_files import TARIFF

Value = TypeVar("Value")

SHAPES: Mapping[str, Shape] = MappingProxyType(
    {"packs": PACK, "tariffs": TARIFF, "collections": COLLECTION}
)


@dataclass(frozen=True, slots=True)
class Loading:
    """What came of loading a folder.

    Attributes:
        policies: The set; None where there are faults.
        faults: Everything that forbids using the folder.
        warnings: What loads, but is hardly meant.
    """

    policies: PolicySet | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def load(
    folder: Path,
    *,
    shipped: Path | None = None,
    snapshot: Path | None = None,
    upstreams: Iterable[str] | None = None,
) -> PolicySet:
    """Load a policies folder.

    Args:
        folder: The folder.
        upstreams: The names gateway.yaml knows; a collection with another one is a
            fault. None where no gateway is meant.
        shipped: Where the shipped catalogue of agents lies; the folder's own files
            stand before those of the same name. None for the folder's own alone.
        snapshot: A newer catalogue; its files stand before those that are shipped,
            and behind the folder's own. None for none.

    Raises:
        Faults: anything at all is wrong in it; carries every fault.
    """
    loading = check(
        folder,
        shipped=shipped,
        snapshot=snapshot,
        upstreams=upstreams,
        has_cases=False,
    )
    if loading.policies is None:
        raise Faults(loading.faults)
    return loading.policies


def check(
    folder: Path,
    *,
    shipped: Path | None = None,
    snapshot: Path | None = None,
    upstreams: Iterable[str] | None = None,
    has_cases: bool = True,
) -> Loading:
    """Load a policies folder and say everything about it; never raises `Faults`.

    See `load`, which leaves the cases out: they decide nothing, so a faulty one
    never stops a gateway.

    Args:
        folder: As in `load`.
        shipped: As in `load`.
        snapshot: As in `load`.
        upstreams: As in `load`.
        has_cases: Whether faults of the cases count.
    """
    if not folder.is_dir():
        return Loading(None, missing_folder(folder).faults, ())
    notes = Notes()
    files = {kind: files_in(folder, kind, notes) for kind in DECIDING}
    for below in (snapshot, shipped):
        if below is not None:
            _laid_over(below, files, notes)
    read = {kind: _read(files[kind], shape, notes) for kind, shape in SHAPES.items()}
    nodes = read["collections"].nodes
    presets = presets_of(
        folder,
        notes,
        shipped=shipped,
        wanted={str(name) for each in nodes for name in references.preset_names(each)},
        has_cases=has_cases,
    )
    packs = _by_id(read["packs"].typed, _pack_key, notes)
    tariffs = newest(read["tariffs"].typed, notes)
    agents = agents_of(files["agents"], notes)
    ranges = ranges_of(files["ranges"], notes)
    if not files["collections"]:
        notes.fault(Mark("collections"), "there is no collection", "write one file")
    collections = [
        with_presets(each, presets.found) for each, _ in read["collections"].typed
    ]
    there = references.Known(
        packs={*packs, *read["packs"].names},
        tariffs={*tariffs, *read["tariffs"].names},
        presets=presets.names,
        upstreams=None if upstreams is None else frozenset(upstreams),
    )
    references.check(nodes, there, notes)
    references.shares(read["tariffs"].nodes, references.named_by(nodes), notes)
    references.rule_ids(read["collections"].faulty, notes)
    needs = needs_of(folder, notes)
    _seen_together(collections, packs, notes)
    if has_cases:
        read_cases(folder, notes)
    faults, warnings = (
        tuple(sorted(set(notes.faults))),
        tuple(sorted(set(notes.warnings))),
    )
    if faults:
        return Loading(None, faults, warnings)
    everything = [file for kind in DECIDING for file in files[kind]]
    everything += presets.deciding
    policies = assembled(collections, packs, tariffs, agents)
    version = version_of(everything)
    versioned = replace(policies, version=version, ranges=ranges, needs=needs)
    return Loading(versioned, (), warnings)


def _seen_together(
    collections: list[Written], packs: Mapping[str, Pack], notes: Notes
) -> None:
    chain_checks.places(collections, notes)
    chain_checks.cases(collections, notes)
    for each in collections:
        chain_checks.chain(each, packs.get(each.collection.extends), notes)
        chain_checks.terms(each, notes)
    chain_checks.packs(packs.values(), notes)


def _laid_over(below: Path, files: dict[str, list[PolicyFile]], notes: Notes) -> None:
    """Add the agents and ranges of a folder below, but those that stand there."""
    for kind in ("agents", "ranges"):
        own = {file.name: file for file in files[kind]}
        known = {file.name: file for file in files_in(below, kind, notes)}
        files[kind] = [file for _, file in sorted({**known, **own}.items())]


def assembled(  # noqa: PLR0917 the four kinds of file
    written: Iterable[Written],
    packs: Mapping[str, Pack],
    tariffs: Mapping[str, Tariff],
    agents: KnownAgents,
) -> PolicySet:
    """A policy set of faultless parts, each collection with its pack's budgets."""
    own_rules: dict[str, tuple[Rule, ...]] = {}
    collections = []
    for each in written:
        collection = each.collection
        pack = packs.get(collection.extends)
        budgets = {**(pack.budgets if pack else {}), **collection.budgets}
        rate = collection.standing or (pack.standing if pack else None)
        merged = MappingProxyType(budgets)
        collections.append(replace(collection, budgets=merged, standing=rate))
        own_rules[collection.id] = each.rules
    return PolicySet(
        "",
        tuple(collections),
        MappingProxyType(dict(packs)),
        MappingProxyType(dict(tariffs)),
        agents=agents,
        own_rules=MappingProxyType(own_rules),
    )


def newest(read: list[tuple[Any, PolicyFile]], notes: Notes) -> dict[str, Tariff]:
    """The newest version of each tariff; the same version twice is a fault."""
    found: dict[str, tuple[Tariff, Keys]] = {}
    seen: dict[tuple[str, int], str] = {}
    for (tariff, node), file in read:
        key = (tariff.id, tariff.version)
        if key in seen:
            detail = f"tariff {tariff.id} version {tariff.version} exists already"
            notes.fault(mark_at(node, ("version",)), detail, f"it is in {seen[key]}")
        seen.setdefault(key, file.name)
        known = found.get(tariff.id)
        if known is None or tariff.version > known[0].version:
            found[tariff.id] = (tariff, node)
    return {name: tariff for name, (tariff, _) in found.items()}


@dataclass(slots=True)
class _Reading:
    """What came of reading the files of one kind.

    Attributes:
        typed: The typed documents of files that have no fault of their own.
        nodes: Every document that can be read, faulty or not.
        faulty: Those of them that are faulty.
        names: How a faulty file may be meant; who refers to it is not at fault.
    """

    typed: list[tuple[Any, PolicyFile]] = field(default_factory=list)
    nodes: list[Keys] = field(default_factory=list)
    faulty: list[Keys] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def _read(files: list[PolicyFile], shape: Shape, notes: Notes) -> _Reading:
    reading = _Reading()
    for file in files:
        before = len(notes.faults)
        node = parsed(file, notes)
        value = None if node is None else shape.read(node, notes)
        document = [node] if isinstance(node, Keys) else []
        reading.nodes += document
        if len(notes.faults) == before:
            reading.typed.append((value, file))
            continue
        reading.faulty += document
        reading.names.add(PurePosixPath(file.name).stem)
        reading.names |= {
            str(value)
            for key, value in (document[0] if document else {}).items()
            if key in {"pack", "tariff"}
        }
    return reading


def _pack_key(pack: Pack) -> str:
    return pack.id


def _by_id(
    read: list[tuple[Value, PolicyFile]], key: Callable[[Value], str], notes: Notes
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for value, file in read:
        if key(value) in found:
            notes.fault(Mark(file.name), f'"{key(value)}" exists already')
        found.setdefault(key(value), value)
    return found
