"""Many path patterns, asked at once: which of them fits?

Going through a thousand patterns for each request would cost more than serving it.
The table files each pattern under the folder that its literal beginning ends in
(`/registers/17*/**` under `/registers/`), and there under the rest of it (`17`). A
path is then looked up once for each folder it lies in, and only patterns whose
literal beginning is the path's own are tried. What a pattern means does not change:
`gateway.licensing.globs` has the last word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gateway.licensing.globs import Glob, glob

T = TypeVar("T")


@dataclass(slots=True)
class _Folder(Generic[T]):
    """The patterns of one folder, by what follows it up to the first star."""

    by_rest: dict[str, list[tuple[int, Glob, T]]] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()

    def first(self, path: str, rest: str) -> T | None:
        """The value of the first pattern that fits *path*."""
        by_rest = self.by_rest
        for length in self.lengths:
            for _number, compiled, value in by_rest.get(rest[:length], ()):
                # Its literal beginning is the path's own, or it means the folder.
                if compiled.takes_all or compiled.matches(path):
                    return value
        return None

    def beginning(self, rest: str) -> Iterator[tuple[int, Glob, T]]:
        """Those whose literal part *rest* begins with, the longest first."""
        for length in self.lengths:
            if length <= len(rest) and (found := self.by_rest.get(rest[:length])):
                yield from found


class PathTable(Generic[T]):
    """Path patterns, each with a value; built once, never changed."""

    __slots__ = ("_deepest", "_everywhere", "_folders", "_size")

    def __init__(self, patterns: Iterable[tuple[str, T]]) -> None:
        """File *patterns*; where two could answer, the earlier one stands first.

        Raises:
            InvalidValue: a pattern is empty or too long.
        """
        self._folders: dict[str, _Folder[T]] = {}
        number = -1
        for number, (pattern, value) in enumerate(patterns):
            compiled = glob(pattern)
            cut = compiled.prefix.rfind("/") + 1
            folder = self._folders.setdefault(compiled.prefix[:cut], _Folder())
            rest = folder.by_rest.setdefault(compiled.prefix[cut:], [])
            rest.append((number, compiled, value))
        self._size = number + 1
        # Most archives are one collection: then there is nothing to look up.
        self._everywhere: T | None = None
        if self._size == 1 and (whole := self._folders.get("/")) is not None:
            for _number, compiled, value in whole.by_rest.get("", ()):
                self._everywhere = value if compiled.takes_all else None
        self._deepest = max(map(len, self._folders), default=0)
        for folder in self._folders.values():
            lengths = {len(rest) for rest in folder.by_rest}
            folder.lengths = tuple(sorted(lengths, reverse=True))

    def __len__(self) -> int:
        return self._size

    @property
    def everywhere(self) -> T | None:
        """The one value, where every path that begins with a slash leads to it."""
        return self._everywhere

    def longest(self, path: str) -> T | None:
        """The value of the fitting pattern with the longest literal beginning.

        Of several that begin alike, the one that was handed in first.
        """
        if self._everywhere is not None and path.startswith("/"):
            return self._everywhere
        # As `_candidates` goes, without the price of a generator.
        folders, deepest = self._folders, self._deepest
        found: T | None = None
        if len(path) < deepest and (folder := folders.get(f"{path}/")) is not None:
            found = folder.first(path, "")
        cut = path.rfind("/", 0, deepest) + 1
        while cut and found is None:
            if (folder := folders.get(path[:cut])) is not None:
                found = folder.first(path, path[cut:])
            cut = path.rfind("/", 0, cut - 1) + 1
        if found is None and (folder := folders.get("")) is not None:
            found = folder.first(path, path)
        return found

    def fitting(self, path: str) -> list[tuple[int, T]]:
        """Every fitting pattern: its place in the order handed in, and its value."""
        found = [
            (number, value)
            for number, compiled, value in self._candidates(path)
            if compiled.matches(path)
        ]
        found.sort(key=_place)
        return found

    def _candidates(self, path: str) -> Iterator[tuple[int, Glob, T]]:
        """Patterns that may fit, from the deepest folder to none at all."""
        folders = self._folders
        # `/registers/**` means `/registers` too.
        if (itself := folders.get(f"{path}/")) is not None:
            yield from itself.beginning("")
        cut = path.rfind("/", 0, self._deepest) + 1
        while cut:
            if (folder := folders.get(path[:cut])) is not None:
                yield from folder.beginning(path[cut:])
            cut = path.rfind("/", 0, cut - 1) + 1
        if (nowhere := folders.get("")) is not None:
            yield from nowhere.beginning(path)


def _place(found: tuple[int, T]) -> int:
    return found[0]
