"""Presets on disk: a host's own, and beside them those that come with the gateway."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from gateway.policy_files.folder import PolicyFile, files_in, parsed
from gateway.policy_files.preset_files import PRESET, Preset
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.shapes import Notes

FOLDER = "presets"
PROVING = frozenset({"samples", "cases"})
"""Keys that decide nothing."""


@dataclass(frozen=True, slots=True)
class Presets:
    """The presets of a policies folder.

    Attributes:
        found: Those that are read, by id: every one of the folder's own, and the
            shipped ones that are wanted.
        names: How a preset may be called, the faulty and the unread among them.
        deciding: The files of the wanted ones: they can change an answer.
    """

    found: Mapping[str, Preset]
    names: AbstractSet[str]
    deciding: tuple[PolicyFile, ...]


def presets_of(
    folder: Path,
    notes: Notes,
    *,
    shipped: Path | None,
    wanted: Collection[str],
    has_cases: bool = True,
) -> Presets:
    """Read the presets that a folder has and its collections want.

    Args:
        folder: The policies folder; its own stand before shipped ones of a name.
        notes: Where faults go.
        shipped: Where the shipped ones lie, or None.
        wanted: The ids that collections name.
        has_cases: Whether samples and cases are read; they decide nothing.
    """
    own = {_stem(file): file for file in files_in(folder, FOLDER, notes)}
    there = {}
    if shipped is not None and shipped != folder:
        there = {_stem(file): file for file in files_in(shipped, FOLDER, notes)}
    read = {**{name: there[name] for name in wanted if name in there}, **own}
    found = {
        name: preset
        for name, file in sorted(read.items())
        if (preset := _preset(file, notes, has_cases=has_cases)) is not None
    }
    deciding = tuple(file for name, file in read.items() if name in wanted)
    return Presets(MappingProxyType(found), {*own, *there}, deciding)


def read_presets(folder: Path) -> tuple[Preset, ...]:
    """Every preset of a folder that is faultless, by name; faults are passed over."""
    notes = Notes()
    found = presets_of(folder, notes, shipped=None, wanted=())
    return tuple(found.found.values())


def preset_names(folder: Path) -> tuple[str, ...]:
    """What the presets of a folder are called."""
    return tuple(sorted(path.stem for path in (folder / FOLDER).glob("*.yaml")))


def known_presets(folder: Path, *, shipped: Path) -> tuple[Preset, ...]:
    """What collections of a folder can include: its own, and the shipped; by name."""
    known = {one.id: one for place in (shipped, folder) for one in read_presets(place)}
    return tuple(known[name] for name in sorted(known))


def _preset(file: PolicyFile, notes: Notes, *, has_cases: bool) -> Preset | None:
    node = parsed(file, notes)
    if node is None:
        return None
    if isinstance(node, Keys) and not has_cases:
        deciding = Keys(node.mark)
        deciding.update((key, each) for key, each in node.items() if key not in PROVING)
        node = deciding
    read = PRESET.read(node, notes)
    return read if isinstance(read, Preset) else None


def _stem(file: PolicyFile) -> str:
    return PurePosixPath(file.name).stem
