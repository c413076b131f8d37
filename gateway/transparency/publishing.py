"""Turning the log's lines into the files that anybody may mirror.

A full file never changes again; the last one of its sort grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.transparency.merkle import Peaks
from gateway.transparency.published import ROWS_PER_FILE, rows_path
from gateway.transparency.rows import leaf_of
from gateway.transparency.tiles import Tiling

File = tuple[str, bytes]
"""A relative path and what lies there."""


class Publishing:
    """Files of a log, one after the other; keeps one file's rows, and log n hashes."""

    def __init__(self) -> None:
        self._peaks = Peaks()
        self._tiling = Tiling()
        self._lines: list[str] = []

    @property
    def size(self) -> int:
        """How many rows were taken."""
        return self._peaks.size

    def root(self) -> bytes:
        """The root over them."""
        return self._peaks.root()

    def files(self, lines: Iterable[str]) -> Iterator[File]:
        """The files of a whole log; size and root are its own once all are taken.

        Args:
            lines: Every row's line, in order.
        """
        for line in lines:
            leaf = leaf_of(line)
            self._peaks.append(leaf)
            yield from self._tiling.append(leaf)
            self._lines.append(line)
            if len(self._lines) == ROWS_PER_FILE:
                yield self._rows()
        if self._lines:
            yield self._rows()
        yield from self._tiling.rest()

    def _rows(self) -> File:
        path = rows_path((self.size - 1) // ROWS_PER_FILE)
        content = "".join(f"{line}\n" for line in self._lines).encode()
        self._lines.clear()
        return path, content
