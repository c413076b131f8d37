"""Tiles lie where C2SP tlog-tiles says, and hold the whole log."""

from __future__ import annotations

import pytest

from gateway.transparency.merkle import leaf_hash
from gateway.transparency.proofs import root_of
from gateway.transparency.tiles import (
    WIDTH,
    Tiling,
    hashes_in,
    paths_of,
    tile_path,
)


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 273, 112, "tile/0/273.p/112"),
        (1, 1234067, 256, "tile/1/x001/x234/067"),
    ],
)
def test_a_tile_lies_where_the_standard_says(
    level: int, number: int, width: int, path: str
) -> None:
    assert tile_path(level, number, width=width) == path


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 70_000])
def test_tiles_hold_every_hash_and_each_level_the_one_below(size: int) -> None:
    tiling, tiles = Tiling(), dict[str, bytes]()
    leaves = [leaf_hash(b"%d" % number) for number in range(size)]
    for leaf in leaves:
        tiles |= dict(tiling.append(leaf))
    tiles |= dict(tiling.rest())
    found, level = leaves, 0
    while found:
        paths = dict(paths_of(size, level=level))
        held = [each for path in paths for each in hashes_in(tiles.pop(path))]
        assert held == found
        whole = len(found) // WIDTH * WIDTH
        found = [
            root_of(found[start : start + WIDTH]) for start in range(0, whole, WIDTH)
        ]
        level += 1
    assert not tiles
