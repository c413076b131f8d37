"""The long proof: a hundred thousand postings among a million rows."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.fund.bookings import arrived, sent_back
from gateway.storage.published_folder import PublishedFolder
from gateway.transparency.booked import entry_row, usage_row
from gateway.transparency.checkpoint import Checkpoint
from gateway.transparency.ports import UsageBatch
from gateway.transparency.published import recompute, rows_path
from gateway.transparency.publishing import Publishing
from gateway.transparency.recompute import BadRow
from tests.unit.transparency.books import ORIGIN, an_entry, called, story

ROWS, ENTRIES = 1_000_000, 50_000
BAD = 765_432


def lines() -> Iterator[str]:
    """A story, 100,000 postings, and usage day by day for the rest."""
    told = story()
    for row in told:
        yield row.line
    for number in range(10, 10 + ENTRIES):
        postings = arrived(number) if number % 2 else sent_back(number)
        yield entry_row(an_entry(number, "bank", "mov", postings), called).line
    for number in range(ROWS - ENTRIES - len(told)):
        batch = UsageBatch(f"agr_{number}", 20_000, 2, 10, 9, 2, "a" * 64)
        yield usage_row(batch, after=number, up_to=number + 1, at_us=1).line


@pytest.mark.soak
def test_a_million_rows_are_recomputed_and_a_bad_one_is_named(tmp_path: Path) -> None:
    folder, publishing = PublishedFolder(tmp_path), Publishing()
    began = time.monotonic()
    for path, content in publishing.files(lines()):
        folder.write(path, content)
    published = time.monotonic()
    head = Checkpoint(ORIGIN, publishing.size, publishing.root())
    made = recompute(folder, head)
    done = time.monotonic()
    assert (head.size, made.rows["entry"]) == (ROWS, ENTRIES + 5)

    path = rows_path(BAD // 1_000)
    rows = (folder.read(path) or b"").split(b"\n")
    rows[BAD % 1_000] = rows[BAD % 1_000].replace(b"agr_", b"arg_")
    folder.write(path, b"\n".join(rows))
    with pytest.raises(BadRow) as fault:
        recompute(folder, head)
    assert fault.value.number == BAD
    figures = {
        "published_s": round(published - began, 1),
        "recomputed_s": round(done - published, 1),
        "named_s": round(time.monotonic() - done, 1),
    }
    print(json.dumps(figures))  # noqa: T201 - the figures of a long proof
