"""Snapshots of agents and ranges: what others publish, kept beside our own files.

A snapshot is one JSON document of whole YAML files. It is laid in a folder of its own,
beside earlier ones, and `current` points to the one in force: one step, whole or not
at all. Dated ranges of earlier snapshots come along, since past requests are held
against the lists of their time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from gateway.kernel.errors import Conflict, InvalidValue
from gateway.policy_files.agents import agents_of
from gateway.policy_files.faults import Faults
from gateway.policy_files.folder import FILES_MAX, PolicyFile
from gateway.policy_files.ranges import ranges_of
from gateway.policy_files.shapes import Notes

SCHEMA = "copyfair/data/1"
BYTES_MAX = 8 * 1024 * 1024
CURRENT = "current"
A_DAY = timedelta(days=1)  # somewhere on earth it is tomorrow
KINDS = ("agents", "ranges")
NAME = re.compile(r"(?:agents|ranges)/[a-z0-9][a-z0-9.-]{0,120}\.yaml")
FOLDER = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What somebody published on one day.

    Attributes:
        taken_on: That day.
        files: Name (`agents/x.yaml`, `ranges/y.2026-11-27.yaml`) to content.
    """

    taken_on: date
    files: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its folder: the day, and a digest of all that is in it."""
        told = json.dumps(sorted(self.files.items())).encode()
        digest = hashlib.sha256(told).hexdigest()[:12]
        return f"{self.taken_on.isoformat()}-{digest}"


def written_snapshot(snapshot: Snapshot) -> str:
    """The document, ending in a line break."""
    document = {
        "schema": SCHEMA,
        "taken_on": snapshot.taken_on.isoformat(),
        "files": dict(sorted(snapshot.files.items())),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def snapshot_in(text: str) -> Snapshot:
    """Read a document, and every file in it.

    Raises:
        InvalidValue: it is none.
        Faults: a file in it is faulty: an agent, or a range that goes too far.
    """
    detail = f"this is no snapshot ({SCHEMA} with taken_on and files)"
    try:
        document = json.loads(text)
        taken_on = date.fromisoformat(document["taken_on"])
        schema, files = document["schema"], document["files"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InvalidValue(detail) from None
    is_one = schema == SCHEMA and isinstance(files, dict)
    if not is_one or not files or len(files) > FILES_MAX:
        raise InvalidValue(detail)
    for name, content in files.items():
        if not NAME.fullmatch(name) or not isinstance(content, str):
            raise InvalidValue("a snapshot holds agents/….yaml and ranges/….yaml")
    notes = Notes()
    for kind, read in (("agents", agents_of), ("ranges", ranges_of)):
        read(_of_kind(files, kind), notes)
    if notes.faults:
        raise Faults(notes.faults)
    return Snapshot(taken_on, files)


def snapshot_of(folder: Path, taken_on: date) -> Snapshot:
    """The agents and ranges of a policies folder, as a snapshot."""
    files = {
        f"{kind}/{path.name}": path.read_text(encoding="utf-8")
        for kind in KINDS
        for path in sorted((folder / kind).glob("*.yaml"))
    }
    return snapshot_in(written_snapshot(Snapshot(taken_on, files)))


def laid_in(place: Path, snapshot: Snapshot, *, today: date) -> Path:
    """Lay a snapshot beside the others; nothing is in force by that.

    Raises:
        Conflict: it is older than the one in force, or of a day to come.
    """
    if snapshot.taken_on > today + A_DAY:
        detail = (
            f"that snapshot is of {snapshot.taken_on}, which is still to come; in "
            "force it would keep every other out until then"
        )
        raise Conflict(detail)
    now = current(place)
    if now is not None and snapshot.name[:10] < now.name[:10]:
        detail = (
            f"that snapshot is of {snapshot.taken_on}, the one in force of "
            f"{now.name[:10]}; an older one is refused"
        )
        raise Conflict(detail)
    draft = place / f".draft-{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    for kind in KINDS:
        (draft / kind).mkdir(parents=True)
    if now is not None:
        for path in (now / "ranges").glob("*.yaml"):
            shutil.copyfile(path, draft / "ranges" / path.name)
    for name, content in snapshot.files.items():
        (draft / name).write_text(content, encoding="utf-8")
    target = place / snapshot.name
    if target.exists():
        shutil.rmtree(draft)
    else:
        draft.rename(target)
    return target


def put_in_force(place: Path, folder: Path) -> None:
    """Let `current` point to a snapshot that is laid there, in one step."""
    draft = place / f".{CURRENT}-{os.getpid()}"
    draft.unlink(missing_ok=True)
    draft.symlink_to(folder.name, target_is_directory=True)
    draft.replace(place / CURRENT)


def current(place: Path) -> Path | None:
    """The snapshot in force; None where there is none."""
    link = place / CURRENT
    return link.resolve() if link.is_dir() else None


def listed(place: Path) -> list[Path]:
    """Every snapshot that is laid there, oldest first."""
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if FOLDER.fullmatch(path.name))


def _of_kind(files: Mapping[str, str], kind: str) -> list[PolicyFile]:
    return [
        PolicyFile(name, content.encode())
        for name, content in sorted(files.items())
        if name.startswith(f"{kind}/")
    ]
