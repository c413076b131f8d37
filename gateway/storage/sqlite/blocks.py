"""Many rows in few statements: one step for a block of rows, not one for each.

Python's driver lets go of the interpreter for every step and has to wait for it
again. Beside a busy event loop that costs more than the rows do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

from gateway.storage.database import Insert, Values

# Blocks are powers of two, so that few statements are ever compiled.
BLOCK_ROWS_MAX = 64
# Not more parameters than any SQLite since 3.32 takes.
PARAMETERS_MAX = 32_766


def in_blocks(
    into: Insert, rows: Sequence[Values]
) -> Iterator[tuple[str, list[str | int]]]:
    """Statements and their parameters that insert *rows* in order."""
    block_max = BLOCK_ROWS_MAX
    while block_max * len(into.columns) > PARAMETERS_MAX:
        block_max //= 2
    start = 0
    while left := len(rows) - start:
        block = min(block_max, 1 << left.bit_length() - 1)
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
