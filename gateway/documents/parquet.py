"""Usage events as Parquet, for other tools; the one module that knows pyarrow.

Written row group by row group, so memory does not grow with the number of events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import islice
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from gateway.metering.usage_event import UsageEvent

GROUP_ROWS = 20_000
COLUMNS = tuple(each.name for each in fields(UsageEvent))
FLAGS = frozenset(("is_repeat", "priced_at_zero", "is_test", "is_statement"))
NUMBERS = frozenset(
    (
        *("tariff_version", "status", "body_bytes", "billable_bytes"),
        *("billable_requests", "floor_bracket", "occurred_us"),
    )
)
SCHEMA_NAME = b"copyfair/usage-event/1"


def _kind(name: str) -> Any:
    if name in FLAGS:
        return pa.bool_()
    return pa.int64() if name in NUMBERS else pa.string()


def schema() -> Any:
    """The columns of an export; `occurred_at` says `occurred_us` as a time."""
    columns = [pa.field(name, _kind(name), nullable=False) for name in COLUMNS]
    when = pa.field("occurred_at", pa.timestamp("us", tz="UTC"), nullable=False)
    return pa.schema([*columns, when], metadata={b"schema": SCHEMA_NAME})


def write_parquet(events: Iterable[UsageEvent], out: BinaryIO) -> int:
    """Write usage events as one Parquet file.

    Args:
        events: In any number.
        out: Written to from its beginning to its end; a pipe will do.

    Returns:
        How many they were.
    """
    shape, written = schema(), 0
    with pq.ParquetWriter(_Forward(out), shape, compression="zstd") as writer:
        for group in _groups(events):
            columns = {
                name: [getattr(event, name) for event in group] for name in COLUMNS
            }
            columns["occurred_at"] = columns["occurred_us"]
            writer.write_table(pa.table(columns, schema=shape))
            written += len(group)
    return written


def _groups(events: Iterable[UsageEvent]) -> Iterator[list[UsageEvent]]:
    remaining = iter(events)
    while group := list(islice(remaining, GROUP_ROWS)):
        yield group


class _Forward:
    """A stream that is only ever written on to, and knows how far it is."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._at = 0
        self.closed = False

    def write(self, content: bytes) -> int:
        """Write on."""
        self._out.write(content)
        self._at += len(content)
        return len(content)

    def tell(self) -> int:
        """How far it is, bytes."""
        return self._at

    def flush(self) -> None:
        """Pass on what is held back."""
        self._out.flush()

    def close(self) -> None:
        """The stream belongs to whoever opened it."""
        self.closed = True
