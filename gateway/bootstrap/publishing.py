"""Publishing the books: the log grows, is signed, and lies in files.

Nothing that was published is ever published otherwise: neither the store's log nor
the folder may have lost or changed a row that an earlier checkpoint signed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.bootstrap.house import House
from gateway.bootstrap.keys import books_key_of
from gateway.credentials.signed_note import NoteKey, opened, signed
from gateway.kernel.errors import Conflict
from gateway.settings import Settings
from gateway.storage.published_folder import PublishedFolder
from gateway.transparency.checkpoint import Checkpoint, checkpoint_in
from gateway.transparency.published import (
    ABOUT,
    CHECKPOINT,
    ROWS_PER_FILE,
)
from gateway.transparency.publishing import Publishing

ROWS = "rows/"
SCHEMA = "copyfair/books/1"
CHANGED = "rows that were signed before are no longer in the log as they were"


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication came to.

    Attributes:
        head: The checkpoint.
        added: How many rows are new in the log.
        key: What checks its signature.
    """

    head: Checkpoint
    added: int
    key: NoteKey


def origin_of(settings: Settings) -> str:
    """The log's name: where its books are served, without the scheme."""
    return f"{settings.public_url.partition('://')[2]}/_copyfair/books"


def publish(house: House, folder: PublishedFolder) -> Published:
    """Let the log grow by what the books gained, and write its files.

    Raises:
        Conflict: the books, the log or the folder say something else than was signed.
        Unavailable: the store or the folder cannot be written.
    """
    private = books_key_of(house.settings).private
    origin = origin_of(house.settings)
    key = NoteKey(origin, private.public_key())
    _assert_own(folder, origin)
    grown = house.open_books.grow()
    last = house.log.last_head()
    publishing = Publishing()
    lines = house.log.lines()
    if last is not None:
        before = checkpoint_in(opened(last[1], key))
        lines = _as_signed(lines, publishing, before)
    for path, content in publishing.files(lines):
        if path.startswith(ROWS):
            _assert_grown(path, folder.read(path), content)
        folder.write(path, content)
    head = Checkpoint(origin, publishing.size, publishing.root())
    if last is None or last[0] != head.size:
        note = signed(head.text, origin, private)
        house.log.add_head(head.size, note)
    else:
        note = last[1]
    about = {
        "schema": SCHEMA,
        "origin": origin,
        "key": str(key),
        "rows_per_file": ROWS_PER_FILE,
    }
    folder.write(ABOUT, f"{json.dumps(about, indent=2)}\n".encode())
    folder.write(CHECKPOINT, note.encode())
    return Published(head, grown.added, key)


def _as_signed(
    lines: Iterable[str], publishing: Publishing, before: Checkpoint
) -> Iterator[str]:
    """The same lines; refused where they do not give the root of an earlier time."""
    if before.size == 0:
        yield from lines
        return
    is_same = False
    for line in lines:
        if publishing.size == before.size:
            is_same = _assert_root(publishing, before)
        yield line
    if not is_same:
        _assert_root(publishing, before)


def _assert_root(publishing: Publishing, before: Checkpoint) -> bool:
    if (publishing.size, publishing.root()) != (before.size, before.root):
        raise Conflict(CHANGED)
    return True


def _assert_own(folder: PublishedFolder, origin: str) -> None:
    """Refuse a folder that holds another log."""
    known = folder.read(ABOUT)
    if known is None:
        return
    try:
        held = json.loads(known)["origin"]
    except (ValueError, KeyError, TypeError):
        held = "something else"
    if held != origin:
        detail = f"{folder.folder} holds the books of {held}; name another folder"
        raise Conflict(detail)


def _assert_grown(path: str, before: bytes | None, now: bytes) -> None:
    """Refuse to write over rows that are not those of the log."""
    if before is None or now.startswith(before):
        return
    pairs = zip(before.split(b"\n"), now.split(b"\n"), strict=False)
    same = 0
    for was, is_ in pairs:
        if was != is_:
            break
        same += 1
    detail = (
        f"{path}, line {same + 1} is not what was logged; put the folder back as it "
        "was published, or publish into an empty one"
    )
    raise Conflict(detail)
