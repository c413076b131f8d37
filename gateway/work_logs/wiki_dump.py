"""Edits out of a MediaWiki's XML export, with the histories of its pages.

https://www.mediawiki.org/wiki/Help:Export. Names are read without their namespace, for
only it differs between the versions. A revision that is the same as an earlier one
takes back all that came between (an identity revert); that is left out.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from gateway.kernel.errors import InvalidValue, NotFound
from gateway.work_logs.wiki_edits import Edit, instant_us

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Readable = IO[bytes] | bz2.BZ2File | gzip.GzipFile
REVERT_REACH = 15  # revisions back; farther than that nobody calls it a revert
REVISIONS_PER_PAGE_MAX = 200_000
PACKED: Mapping[str, Callable[[IO[bytes]], Readable]] = MappingProxyType(
    {".bz2": bz2.BZ2File, ".gz": lambda file: gzip.GzipFile(fileobj=file)}
)


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision, with what tells whether it is like another."""

    edit: Edit
    sha1: str
    text_bytes: int


@dataclass(frozen=True, slots=True)
class Dumped:
    """What an export tells.

    Attributes:
        edits: Edits that stand.
        reverted: How many were taken back.
    """

    edits: tuple[Edit, ...]
    reverted: int


def read_file(path: Path, *, wiki: str = "") -> Dumped:
    """Read an export, packed (`.bz2`, `.gz`) or not, page by page.

    Args:
        path: The file.
        wiki: The wiki's host; as the export says where it is empty.

    Raises:
        InvalidValue: it is no such export.
        NotFound: there is no such file.
    """
    edits: list[Edit] = []
    reverted = 0
    try:
        with path.open("rb") as file:
            unpacked = PACKED[path.suffix](file) if path.suffix in PACKED else file
            for revisions in _pages(unpacked, wiki):
                standing = _standing(revisions)
                edits += standing
                reverted += len(revisions) - len(standing)
    except FileNotFoundError:
        detail = f"{path} is not there"
        raise NotFound(detail) from None
    except (ElementTree.ParseError, DefusedXmlException, EOFError, OSError) as fault:
        detail = f"{path} is no XML export of a wiki: {fault}"
        raise InvalidValue(detail) from None
    return Dumped(tuple(edits), reverted)


def _pages(file: Readable, wiki: str) -> Iterator[list[Revision]]:
    """The revisions of one page after the other; the tree is emptied behind us."""
    title, revisions = "", list[Revision]()
    is_export = False
    for event, element in ElementTree.iterparse(file, events=("start", "end")):
        name = _name(element)
        if event == "start":
            is_export = is_export or name == "mediawiki"
            if name == "page":
                title, revisions = "", []
            continue
        if name == "base" and not wiki:
            wiki = urlsplit(element.text or "").hostname or ""
        elif name == "title":
            title = element.text or ""
        elif name == "revision":
            revisions.append(_revision(element, wiki, title))
            element.clear()
            if len(revisions) > REVISIONS_PER_PAGE_MAX:
                detail = f"{title[:80]!r} has more revisions than can be read"
                raise InvalidValue(detail)
        elif name == "page":
            yield revisions
            element.clear()
    if not is_export or not wiki:
        raise InvalidValue("no MediaWiki export, or it does not say of which wiki")


def _revision(element: Element, wiki: str, title: str) -> Revision:
    told = {_name(each): each for each in element}
    who = told.get("contributor")
    people = {_name(each): each.text or "" for each in who} if who is not None else {}
    text = told.get("text")
    written = (text.text or "").encode() if text is not None else b""
    counted = text.get("bytes", "") if text is not None else ""
    if "id" not in told or "timestamp" not in told:
        raise InvalidValue("a revision has no number or no time")
    edit = Edit(
        wiki,
        int(told["id"].text or "0"),
        people.get("username", ""),
        page=title,
        comment=(told["comment"].text or "") if "comment" in told else "",
        at_us=instant_us(told["timestamp"].text or ""),
        byte_count=0,
    )
    sha1 = (told["sha1"].text or "") if "sha1" in told else ""
    return Revision(
        edit,
        sha1 or hashlib.sha1(written, usedforsecurity=False).hexdigest(),
        int(counted) if counted.isdecimal() else len(written),
    )


def _standing(revisions: list[Revision]) -> list[Edit]:
    """What was not taken back, with the bytes each edit changed."""
    in_order = sorted(revisions, key=lambda each: (each.edit.at_us, each.edit.revision))
    taken_back: set[int] = set()
    reverting: set[int] = set()
    for place, one in enumerate(in_order):
        nearest = range(place - 1, max(-1, place - 1 - REVERT_REACH), -1)
        alike = (before for before in nearest if in_order[before].sha1 == one.sha1)
        before = next(alike, None)
        if before is not None:
            taken_back.update(range(before + 1, place))
            reverting.add(place)
    edits: list[Edit] = []
    size = 0
    for place, one in enumerate(in_order):
        changed = 0 if place in reverting else one.text_bytes - size
        size = one.text_bytes
        if place not in taken_back and one.edit.user:
            edits.append(replace(one.edit, byte_count=changed))
    return edits


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
