"""storage.spent_once: used once, whichever process is asked."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import closing
from pathlib import Path

import pytest

from gateway.storage.spent_once import BUCKETS, ENTRIES_PER_BUCKET, SpentOnce

KEY = b"k" * 32
NOW_S = 1_800_000_000


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = NOW_S

    def __call__(self) -> int:
        return self.now_s


def test_what_one_took_the_other_finds_taken(tmp_path: Path) -> None:
    clock = Hand()
    with (
        closing(SpentOnce(tmp_path / "t", key=KEY, now_s=clock)) as one,
        closing(SpentOnce(tmp_path / "t", key=KEY, now_s=clock)) as other,
    ):
        assert one(b"ticket 1", 60) is True
        assert other(b"ticket 1", 60) is False
        assert one(b"ticket 1", 60) is False
        assert other(b"ticket 2", 60) is True


def test_what_is_over_is_forgotten_and_not_a_second_before(tmp_path: Path) -> None:
    clock = Hand()
    with closing(SpentOnce(tmp_path / "t", key=KEY, now_s=clock)) as table:
        assert table(b"a", 60)
        clock.now_s += 59
        assert table(b"a", 60) is False
        clock.now_s += 1
        assert table(b"a", 60) is True


def test_a_gateway_that_starts_again_remembers(tmp_path: Path) -> None:
    for expected in (True, False):
        with closing(SpentOnce(tmp_path / "t", key=KEY, now_s=Hand())) as table:
            assert table(b"a", 60) is expected


def test_a_full_bucket_throws_nothing_out(tmp_path: Path) -> None:
    with closing(SpentOnce(tmp_path / "t", key=KEY, now_s=Hand())) as table:
        room = BUCKETS * ENTRIES_PER_BUCKET
        told = [table(b"%d" % number, 60) for number in range(room)]
        full = [number for number, answer in enumerate(told) if answer is None]
        assert full
        assert False not in told
        assert all(
            table(b"%d" % number, 60) is (None if told[number] is None else False)
            for number in range(0, room, 997)
        )


def _take_all(path: Path, start: int, results: list[int]) -> None:
    taken = 0
    with closing(SpentOnce(path, key=KEY, now_s=Hand())) as table:
        for number in range(start, start + 3_000):
            # Both go through the same names; a bucket that is held is asked again.
            while (answer := table(b"%d" % (number % 3_000), 60)) is None:
                pass
            taken += answer
    results.append(taken)


def _write(path: Path, start: int) -> None:
    results: list[int] = []
    _take_all(path, start, results)
    (path.parent / f"taken-{os.getpid()}").write_text(str(results[0]))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_two_processes_that_race_take_each_thing_once(tmp_path: Path) -> None:
    begin = multiprocessing.get_context("fork").Process
    children = [
        begin(target=_write, args=(tmp_path / "t", start)) for start in (0, 1_500)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
        assert child.exitcode == 0

    taken = [int(one.read_text()) for one in tmp_path.glob("taken-*")]
    assert sum(taken) == 3_000
