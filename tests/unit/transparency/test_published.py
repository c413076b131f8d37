"""A stranger's copy: the first row that is not what was logged is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.transparency.published import (
    ROWS_PER_FILE,
    recompute,
    rows_path,
    verify,
)
from gateway.transparency.recompute import BadRow, recomputed
from gateway.transparency.rows import Row
from tests.unit.transparency.books import FilesInMemory, story

LINES = [each.line for each in story()]
OTHER = Row("policy", "f00d", 9, {"version": "f00d"}).line


def tampered(change: Callable[[list[bytes]], None]) -> FilesInMemory:
    files = FilesInMemory(LINES)
    lines = files.content[rows_path(0)].splitlines(keepends=True)
    change(lines)
    files.content[rows_path(0)] = b"".join(lines)
    return files


def refused(files: FilesInMemory) -> BadRow:
    with pytest.raises(BadRow) as fault:
        recompute(files, files.head)
    with pytest.raises(BadRow) as same:
        verify(files, files.head)
    assert same.value.number == fault.value.number
    return fault.value


def flip(at: int) -> Callable[[list[bytes]], None]:
    def change(lines: list[bytes]) -> None:
        lines[at] = lines[at].replace(b'"at_us":', b'"at_us":1')

    return change


def swap(at: int) -> Callable[[list[bytes]], None]:
    def change(lines: list[bytes]) -> None:
        lines[at], lines[at + 1] = lines[at + 1], lines[at]

    return change


def test_what_was_published_comes_to_the_same_as_the_books() -> None:
    files = FilesInMemory(LINES)
    assert recompute(files, files.head) == recomputed(LINES)


@pytest.mark.parametrize("at", range(len(LINES)))
def test_a_flipped_row_is_named(at: int) -> None:
    assert refused(tampered(flip(at))).number == at


@pytest.mark.parametrize("at", range(len(LINES)))
def test_a_deleted_row_is_named(at: int) -> None:
    fault = refused(tampered(lambda lines: lines.__delitem__(at)))
    assert fault.number == at
    assert "taken out" in fault.detail or "missing" in fault.detail


@pytest.mark.parametrize("at", range(len(LINES) + 1))
def test_an_inserted_row_is_named(at: int) -> None:
    fault = refused(tampered(lambda lines: lines.insert(at, OTHER.encode() + b"\n")))
    assert fault.number == at
    assert "put in before it" in fault.detail or "never logged" in fault.detail


@pytest.mark.parametrize("at", range(len(LINES) - 1))
def test_a_row_that_changed_places_is_named(at: int) -> None:
    fault = refused(tampered(swap(at)))
    assert fault.number == at
    assert "changed places" in fault.detail


def test_a_row_is_named_by_its_file_and_line_across_files() -> None:
    lines = [
        Row("policy", str(number), number, {"version": "f00d"}).line
        for number in range(2 * ROWS_PER_FILE + 1)
    ]
    files = FilesInMemory(lines)
    verify(files, files.head)
    content = files.content[rows_path(1)]
    files.content[rows_path(1)] = content.replace(b'"1500"', b'"1501"', 1)
    fault = refused(files)
    assert fault.number == 1500
    assert "rows/000/001.jsonl, line 501" in fault.detail


def test_a_changed_hash_in_a_tile_harms_nobody_while_the_rows_are_right() -> None:
    files = FilesInMemory(LINES)
    path = f"tile/0/000.p/{len(LINES)}"
    files.content[path] = bytes(32) + files.content[path][32:]
    verify(files, files.head)


def test_a_row_changed_together_with_its_hash_is_still_found() -> None:
    files = tampered(flip(2))
    forged = FilesInMemory(
        files.content[rows_path(0)].decode().removesuffix("\n").split("\n")
    )
    forged.head = files.head
    fault = refused(forged)
    assert fault.number is None
    assert "not those that were signed" in fault.detail


def test_a_missing_tile_says_from_where_on_nothing_is_sure() -> None:
    files = tampered(flip(2))
    del files.content[f"tile/0/000.p/{len(LINES)}"]
    assert "missing or cut" in refused(files).detail


def test_rows_that_are_no_text_are_named() -> None:
    def change(lines: list[bytes]) -> None:
        lines[3] = b"\xff\n"

    assert refused(tampered(change)).number == 3


def test_an_empty_log_is_a_log() -> None:
    files = FilesInMemory([])
    verify(files, files.head)
    files.content[rows_path(0)] = OTHER.encode()
    assert refused(files).number == 0
