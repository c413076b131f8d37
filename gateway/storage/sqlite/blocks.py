"""Many rows in few statements: one step for a block of rows, not one for each.

Python's driver lets go of the interpreter for every step and has to wait for it
again. Beside a busy event loop that costs more than the rows do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

from gateway.storage.database import Insert, Values

# Few lengths, so that few statements are ever compiled; a batch of a busy moment, up
# to 32 rows, goes in by one.
BLOCKS = (*range(1, 33), 48, 64)
# Not more parameters than any SQLite since 3.32 takes.
PARAMETERS_MAX = 32_766


def in_blocks(
    into: Insert, rows: Sequence[Values]
) -> Iterator[tuple[str, list[str | int]]]:
    """Statements and their parameters that insert *rows* in order."""
    rows_max = PARAMETERS_MAX // len(into.columns)
    start = 0
    while left := min(rows_max, len(rows) - start):
        block = BLOCKS[bisect_right(BLOCKS, left) - 1]
        values = chain.from_iterable(rows[start : start + block])
        yield _statement(into, block), list(values)
        start += block


@lru_cache(maxsize=256)
def _statement(into: Insert, rows: int) -> str:
    row = f"({', '.join('?' * len(into.columns))})"
    return (
        f"INSERT INTO {into.table} ({', '.join(into.columns)})"  # noqa: S608 - names of ours
        f" VALUES {', '.join([row] * rows)} {into.otherwise}"
    )
