"""The policies folder on disk: which files there are, and what they amount to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway.policy_files.faults import Fault, Faults, Mark
from gateway.policy_files.reader import FILE_BYTES_MAX, Node, read_noting
from gateway.policy_files.shapes import Notes

DECIDING = ("packs", "collections", "tariffs", "agents", "ranges")
"""The folders whose files decide; a version names exactly these."""

FILES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One file.

    Attributes:
        name: Relative to the policies folder, with forward slashes.
        content: Its bytes; one more than the limit where it is too big.
    """

    name: str
    content: bytes


def files_in(folder: Path, kind: str, notes: Notes) -> list[PolicyFile]:
    """The YAML files of one kind, sorted by name; what cannot be read is noted."""
    place = folder / kind
    if not place.is_dir():
        return []
    found: list[PolicyFile] = []
    for path in sorted(place.iterdir())[:FILES_MAX]:
        name = f"{kind}/{path.name}"
        if path.suffix == ".yml":
            notes.fault(Mark(name), "files end in .yaml", f"call it {path.stem}.yaml")
        elif path.suffix == ".yaml":
            content = _content(path, name, notes)
            found += [] if content is None else [PolicyFile(name, content)]
    return found


def _content(path: Path, name: str, notes: Notes) -> bytes | None:
    try:
        if not path.is_file():  # opening a pipe would wait for whoever writes to it
            detail = "this is no regular file"
            notes.fault(Mark(name), detail, "put a file in its place")
            return None
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        notes.fault(Mark(name), f"cannot be read: {error.strerror or error}")
        return None


def parsed(file: PolicyFile, notes: Notes) -> Node | None:
    """The file's document, None where none can be read; its faults are noted."""
    node, faults = read_noting(file.name, file.content)
    notes.faults += faults
    return node


def version_of(files: Iterable[PolicyFile]) -> str:
    """SHA-256 over names and bytes of files, hex; their order does not matter."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.name):
        for part in (file.name.encode(), file.content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def missing_folder(folder: Path) -> Faults:
    """What to raise where there is no such folder."""
    fault = Fault(Mark(str(folder)), "there is no such folder", "run copyfair init")
    return Faults([fault])
