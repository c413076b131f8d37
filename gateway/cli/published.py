"""Published books as commands read them: a folder or an address, and who signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.credentials.signed_note import NoteKey, note_key, opened
from gateway.fetch.published_site import PublishedSite
from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.storage.published_folder import PublishedFolder
from gateway.transparency.checkpoint import Checkpoint, checkpoint_in
from gateway.transparency.ports import PublishedFiles
from gateway.transparency.published import ABOUT, CHECKPOINT

F = TypeVar("F", bound=Callable[..., Any])

NOWHERE = PublishedFolder(Path())


@dataclass(frozen=True, slots=True)
class Source:
    """Published books whose checkpoint is signed as it should be.

    Attributes:
        files: Where they lie.
        note: The checkpoint as it was signed.
        head: What it says.
        key: What checked it.
    """

    files: PublishedFiles
    note: str
    head: Checkpoint
    key: NoteKey

    @classmethod
    def of(cls, note: str, key: str, files: PublishedFiles = NOWHERE) -> Source:
        """Read a signed checkpoint.

        Raises:
            InvalidValue: that key did not sign it, or it is none.
        """
        pinned = note_key(key)
        head = checkpoint_in(opened(note, pinned))
        if head.origin != pinned.name:
            detail = f"the checkpoint is of {head.origin}, its key of {pinned.name}"
            raise InvalidValue(detail)
        return cls(files, note, head, pinned)


def key_option(command: F) -> F:
    """Add `--key`."""
    return click.option(
        "--key",
        default="",
        help="The key you had from somewhere else; that beside the books if not said.",
    )(command)


def from_option(command: F) -> F:
    """Add `--from`; the command gets `source`."""
    return click.option(
        "--from",
        "source",
        required=True,
        metavar="DIR|URL",
        help="Where published books lie.",
    )(command)


@contextmanager
def read_source(place: str, key: str) -> Iterator[Source]:
    """Open published books.

    Args:
        place: A folder, or an address (https, or this machine).
        key: The verifier key; that of the books themselves if empty.

    Raises:
        InvalidValue: they are not signed with that key.
        Unavailable: nothing lies there.
    """
    if "://" in place:
        with PublishedSite(place, allows_loopback=True) as site:
            yield _source(site, place, key)
        return
    yield _source(PublishedFolder(Path(place)), place, key)


def _source(files: PublishedFiles, place: str, key: str) -> Source:
    note, about = files.read(CHECKPOINT), files.read(ABOUT)
    if note is None or (about is None and not key):
        detail = f"{place} holds no published books"
        raise Unavailable(detail)
    try:
        pinned = key or str(json.loads(about or b"")["key"])
        return Source.of(note.decode(), pinned, files)
    except (ValueError, KeyError, TypeError):
        detail = f"{ABOUT} or {CHECKPOINT} in {place} cannot be read"
        raise InvalidValue(detail) from None
