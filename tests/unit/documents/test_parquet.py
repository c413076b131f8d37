"""Usage as Parquet: everything an event says, in columns, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from io import BytesIO

import pyarrow.parquet as pq
import pytest

from gateway.documents.parquet import GROUP_ROWS, write_parquet
from gateway.kernel.clock import from_us
from gateway.metering.usage_event import UsageEvent
from tests.fakes.usage import a_usage_event


class Pipe(BytesIO):
    """Takes bytes and can neither say where it is nor go back."""

    def tell(self) -> int:
        raise OSError("a pipe has no place")

    def seek(self, *where: int) -> int:
        raise OSError("a pipe does not go back")


@pytest.mark.parametrize("events", [0, 1, 3])
def test_what_is_written_is_what_was_metered(events: int) -> None:
    metered = [a_usage_event(n, body_bytes=2**40 + n) for n in range(events)]
    out = Pipe()

    assert write_parquet(metered, out) == events

    rows = pq.read_table(BytesIO(out.getvalue())).to_pylist()
    told = [{**asdict(one), "occurred_at": from_us(one.occurred_us)} for one in metered]
    assert rows == told


def test_no_more_than_one_group_of_rows_is_held() -> None:
    held = 0
    waiting: list[int] = []

    def metered() -> Iterator[UsageEvent]:
        nonlocal held
        for number in range(GROUP_ROWS + 5):
            held += 1
            yield a_usage_event(number)

    class Counted(BytesIO):
        def write(self, content: object) -> int:
            waiting.append(held)
            return super().write(content)  # type: ignore[arg-type]  # bytes

    write_parquet(metered(), out := Counted())

    file = pq.ParquetFile(BytesIO(out.getvalue()))
    assert file.metadata.num_row_groups == 2
    assert GROUP_ROWS in waiting


def test_the_file_says_what_it_holds() -> None:
    write_parquet([a_usage_event()], out := BytesIO())

    shape = pq.read_schema(BytesIO(out.getvalue()))
    assert shape.metadata[b"schema"] == b"copyfair/usage-event/1"
    assert str(shape.field("occurred_at").type) == "timestamp[us, tz=UTC]"
