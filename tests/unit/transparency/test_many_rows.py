"""The long proof: a hundred thousand postings among a million rows.

Whatever is done to one row, it is named: a figure turned, the row taken out, one put
in, or two that changed places. Published files give it away by their hashes; a forger
who signs everything anew is found by doing the sums again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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
from tests.figures import publish
from tests.unit.transparency.books import ORIGIN, an_entry, called, story, work
from tests.unit.transparency.test_reround import ROWS as ROUNDS

ROWS, ENTRIES = 1_000_000, 50_000
FEW_ROWS, FEW_ENTRIES = 6_000, 300
SECONDS_MAX = 60
Lines = list[bytes]


def lines(rows: int, entries: int) -> Iterator[str]:
    """A story, two rounds, two postings for each entry, and usage for the rest."""
    told = [*story(), *work(), *ROUNDS]
    for row in told:
        yield row.line
    for number in range(10, 10 + entries):
        postings = arrived(number) if number % 2 else sent_back(number)
        happening = "bank-arrived" if number % 2 else "bank-returned"
        yield entry_row(an_entry(number, happening, "mov", postings), called).line
    for number in range(rows - entries - len(told)):
        batch = UsageBatch(f"agr_{number}", 20_000, 2, 10, 9, 2, "a" * 64)
        yield usage_row(batch, after=number, up_to=number + 1, at_us=1).line


def published(folder: PublishedFolder, rows: int, entries: int) -> Checkpoint:
    publishing = Publishing()
    for path, content in publishing.files(lines(rows, entries)):
        folder.write(path, content)
    return Checkpoint(ORIGIN, publishing.size, publishing.root())


def flipped(rows: Lines, place: int) -> None:
    """One figure is another."""
    rows[place] = rows[place].replace(b'"at_us":', b'"at_us":1', 1)


def taken_out(rows: Lines, place: int) -> None:
    """The row is not there."""
    del rows[place]


def put_in(rows: Lines, place: int) -> None:
    """Another row stands before it."""
    rows.insert(place, rows[place].replace(b'"at_us":', b'"at_us":1', 1))


def reordered(rows: Lines, place: int) -> None:
    """It changed places with the next one."""
    rows[place : place + 2] = rows[place + 1], rows[place]


DONE: dict[str, Callable[[Lines, int], None]] = {
    "flip": flipped,
    "delete": taken_out,
    "insert": put_in,
    "reorder": reordered,
}


def named(
    folder: PublishedFolder, head: Checkpoint, place: int, how: str
) -> dict[str, float]:
    """Do something to a row; CPU and other seconds until it is named. Put it back.

    A row that is gone or new moves all that follow it to the next files, as it would
    for whoever writes them anew.
    """
    number, files = place // 1_000, -(-head.size // 1_000)
    paths = [rows_path(each) for each in range(number, files)]
    before = [folder.read(path) or b"" for path in paths]
    rows = b"".join(before).removesuffix(b"\n").split(b"\n")
    DONE[how](rows, place % 1_000)
    for each, path in enumerate(paths):
        last = each == len(paths) - 1
        part = rows[each * 1_000 : None if last else (each + 1) * 1_000]
        folder.write(path, b"".join(row + b"\n" for row in part))
    began, at = time.process_time(), time.monotonic()
    with pytest.raises(BadRow) as fault:
        recompute(folder, head)
    seconds, waited = time.process_time() - began, time.monotonic() - at
    assert fault.value.number == place, (how, fault.value.detail)
    for path, content in zip(paths, before, strict=True):
        folder.write(path, content)
    return {"named_s": round(seconds, 1), "named_wall_s": round(waited, 1)}


@pytest.mark.parametrize("how", DONE)
def test_whatever_is_done_to_one_row_it_is_named(tmp_path: Path, how: str) -> None:
    folder = PublishedFolder(tmp_path)
    head = published(folder, FEW_ROWS, FEW_ENTRIES)
    for place in (0, 4_321, FEW_ROWS - 2):
        named(folder, head, place, how)
    assert recompute(folder, head).rows["round"] == 2


@pytest.mark.soak
def test_a_million_rows_are_recomputed_and_any_bad_one_is_named(tmp_path: Path) -> None:
    """Seconds are those of one core: how busy the machine is does not matter."""
    folder = PublishedFolder(tmp_path)
    began = time.process_time()
    head = published(folder, ROWS, ENTRIES)
    done, at = time.process_time(), time.monotonic()
    made = recompute(folder, head)
    seconds, waited = time.process_time() - done, time.monotonic() - at
    assert (head.size, made.rows["round"]) == (ROWS, 2)
    assert made.rows["entry"] >= ENTRIES
    told = {
        how: {"row": place, **named(folder, head, place, how)}
        for place, how in zip((765_432, 20_001, 500_000, 999_998), DONE, strict=True)
    }
    figures = {
        "rows": head.size,
        "postings": 2 * ENTRIES,
        "published_s": round(done - began, 1),
        "recomputed_s": round(seconds, 1),
        "recomputed_wall_s": round(waited, 1),
        "done": told,
    }
    publish("books-recomputed", figures)
    assert seconds < SECONDS_MAX
