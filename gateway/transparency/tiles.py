"""The hashes of a log in files that never change (C2SP tlog-tiles).

A tile holds up to 256 hashes of one level; a full tile of one level becomes one hash
of the next. Whoever has the tiles can prove any row without asking anybody.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.transparency.merkle import HASH_BYTES
from gateway.transparency.proofs import root_of

WIDTH = 256
THOUSAND = 1_000

Tile = tuple[str, bytes]
"""Where it lies, and its hashes one after the other."""


def tile_path(level: int, number: int, *, width: int = WIDTH) -> str:
    """Where a tile lies: `tile/0/x001/067`, `tile/0/x001/068.p/17`."""
    parts = [f"{number % THOUSAND:03d}"]
    while number := number // THOUSAND:
        parts.append(f"x{number % THOUSAND:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(parts))}{partial}"


def paths_of(size: int, *, level: int = 0) -> Iterator[tuple[str, int]]:
    """Every tile of a level in a log of *size* rows, and how many hashes it has."""
    hashes = size // WIDTH**level
    for number in range(hashes // WIDTH):
        yield tile_path(level, number), WIDTH
    if width := hashes % WIDTH:
        yield tile_path(level, hashes // WIDTH, width=width), width


class Tiling:
    """Turns hashes of leaves into tiles, keeping less than one tile of each level."""

    __slots__ = ("_levels", "_numbers")

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = []
        self._numbers: list[int] = []

    def append(self, leaf: bytes) -> Iterator[Tile]:
        """Add a leaf's hash; the tiles that are full now."""
        level, carried = 0, leaf
        while True:
            if level == len(self._levels):
                self._levels.append([])
                self._numbers.append(0)
            row = self._levels[level]
            row.append(carried)
            if len(row) < WIDTH:
                return
            yield tile_path(level, self._numbers[level]), b"".join(row)
            carried = root_of(row)
            self._numbers[level] += 1
            row.clear()
            level += 1

    def rest(self) -> Iterator[Tile]:
        """The tiles at the right that are not full."""
        for level, row in enumerate(self._levels):
            if row:
                path = tile_path(level, self._numbers[level], width=len(row))
                yield path, b"".join(row)


def hashes_in(tile: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]
