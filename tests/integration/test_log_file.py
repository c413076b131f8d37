"""A log that is written, rotated and emptied while it is read: each line once."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gateway.access_logs.log_file import LogFile
from gateway.metering.ports import Checkpoint

MUCH_LATER_US = 4_000_000_000_000_000


@dataclass
class Reader:
    """Reads until nothing is left, as if every process died after each piece."""

    path: Path
    piece_bytes: int = 1024 * 1024
    since: Checkpoint | None = None
    lines: list[str] = field(default_factory=list)
    unread: int = 0

    def read(self, now_us: int = MUCH_LATER_US) -> list[str]:
        while True:
            log = LogFile(self.path, piece_bytes=self.piece_bytes)
            piece = log.read(self.since, now_us=now_us)
            if piece is None:
                return self.lines
            self.lines += [line.decode() for line in piece.lines]
            self.unread += piece.unread
            self.since = piece.upto


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_nothing_is_read_where_nothing_is(tmp_path: Path) -> None:
    assert Reader(tmp_path / "log").read() == []


def test_a_line_counts_once_it_has_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    reader = Reader(path)
    append(path, "one\ntw")

    assert reader.read() == ["one"]
    append(path, "o\n")
    assert reader.read() == ["one", "two"]
    assert reader.read() == ["one", "two"]


def test_a_renamed_log_is_read_to_its_end_and_then_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "log"
    reader = Reader(path)
    append(path, "one\n")
    assert reader.read() == ["one"]

    append(path, "two\n")
    path.rename(tmp_path / "log.1")
    append(path, "three\n")
    assert reader.read() == ["one", "two", "three"]


def test_a_renamed_log_is_waited_for_while_it_is_still_written(tmp_path: Path) -> None:
    path = tmp_path / "log"
    reader = Reader(path)
    append(path, "one\n")
    reader.read()
    path.rename(tmp_path / "log.1")
    append(path, "three\n")
    just_now_us = int((tmp_path / "log.1").stat().st_mtime * 1_000_000)

    assert reader.read(just_now_us + 1_000_000) == ["one"]
    append(tmp_path / "log.1", "two\n")
    assert reader.read() == ["one", "two", "three"]


def test_two_rotations_while_nobody_read_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    reader = Reader(path)
    append(path, "one\n")
    reader.read()

    append(path, "two\n")
    os.utime(path, (1_000, 1_000))
    path.rename(tmp_path / "log.2")
    append(path, "three\n")
    os.utime(path, (2_000, 2_000))
    path.rename(tmp_path / "log.1")
    append(path, "four\n")

    assert reader.read() == ["one", "two", "three", "four"]


def test_an_emptied_log_begins_again(tmp_path: Path) -> None:
    path = tmp_path / "log"
    reader = Reader(path)
    append(path, "one\ntwo\n")
    reader.read()

    path.write_text("three\n", encoding="utf-8")
    assert reader.read() == ["one", "two", "three"]


def test_an_emptied_log_that_has_outgrown_the_old_one_begins_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log"
    reader = Reader(path)
    append(path, "one\n")
    reader.read()

    path.write_text("two\nthree\nfour\n", encoding="utf-8")
    assert reader.read() == ["one", "two", "three", "four"]


def test_half_a_line_at_the_end_of_a_rotated_log_is_counted_as_unread(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log"
    reader = Reader(path)
    append(path, "one\nhal")
    reader.read()
    path.rename(tmp_path / "log.1")
    append(path, "two\n")

    assert reader.read() == ["one", "two"]
    assert reader.unread == 1


def test_a_line_longer_than_a_piece_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "log"
    reader = Reader(path, piece_bytes=16)
    append(path, "a" * 40 + "\nshort\n")

    assert reader.read()[-1] == "short"
    assert reader.unread >= 1


@given(
    steps=st.lists(st.sampled_from(["write", "half", "read", "rotate"]), max_size=25),
    piece_bytes=st.integers(min_value=16, max_value=64),
)
def test_whatever_happens_in_between_each_line_is_read_once_in_order(
    steps: list[str], piece_bytes: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.touch()
        reader = Reader(path, piece_bytes=piece_bytes)
        reader.read()
        written: list[str] = []
        rotations = 0
        open_half = False
        for number, step in enumerate(steps):
            if step == "write":
                append(path, f"{number}\n")
                written.append(f"{written.pop()}{number}" if open_half else f"{number}")
                open_half = False
            elif step == "half" and not open_half:
                append(path, f"h{number}")
                written.append(f"h{number}")
                open_half = True
            elif step == "read":
                reader.read()
            elif step == "rotate" and path.exists() and not open_half:
                rotations += 1
                os.utime(path, (1_000 * rotations, 1_000 * rotations))
                path.rename(Path(folder) / f"log.{rotations}")
        if open_half:
            append(path, "\n")
        assert reader.read() == written
