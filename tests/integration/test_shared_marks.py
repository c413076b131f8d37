"""Two workers, one memory of who reads here: what one of them learns holds for both."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bootstrap.family import family_of
from gateway.kernel.clock import NS_PER_S
from gateway.kernel.marks import Marks
from gateway.metering.relief.history import (
    PART_WITHIN_NS,
    READ_FOR_NS,
    TOLD_EACH_S,
    Elsewhere,
    HistoryBook,
)
from gateway.metering.relief.marked import KEPT_NS
from gateway.storage.shared_crowds import CROWDS_BYTES
from gateway.storage.shared_marks import (
    MARKS_BYTES,
    SHELF_WORDS,
    STAMP_NS,
    WAYS,
    Marked,
    SharedMarks,
)
from gateway.storage.shared_once import SECRET_BYTES, new_table

KEY = b"sixteen bytes and more"
START_NS = 9 * KEPT_NS
MARKER = """
import sys
from gateway.storage.shared_marks import Marked, SharedMarks
fd, first = int(sys.argv[1]), int(sys.argv[2])
marks = SharedMarks(fd, Marked.READS)
for number in range(first, first + 4_000):
    marks.mark((number * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8), now_ns=10**12)
"""


def digest(number: int) -> bytes:
    return (number * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8)


@pytest.fixture(scope="module")
def fd() -> Generator[int]:
    made = new_table(b"s" * SECRET_BYTES, more_bytes=MARKS_BYTES + CROWDS_BYTES)
    yield made
    os.close(made)


@pytest.fixture
def two(fd: int) -> tuple[HistoryBook, HistoryBook]:
    """Histories of two workers."""
    one, other = (family_of(fd, workers=2).relief_of(KEY).history for _ in range(2))
    return one, other


def test_a_page_from_one_worker_and_its_part_from_the_other_make_a_history(
    two: tuple[HistoryBook, HistoryBook],
) -> None:
    one, other = two
    one.page(b"reader-1", now_ns=START_NS)
    one.page(b"reader-2", now_ns=START_NS)
    other.part(b"reader-1", now_ns=START_NS + NS_PER_S)
    other.part(b"reader-2", now_ns=START_NS + 2 * PART_WITHIN_NS)
    other.part(b"reader-3", now_ns=START_NS + NS_PER_S)

    for book in (one, other):
        now_ns = START_NS + 2 * PART_WITHIN_NS
        who = (b"reader-1", b"reader-2", b"reader-3")
        assert [book.has(each, now_ns=now_ns) for each in who] == [True, False, False]


def test_a_link_followed_from_one_worker_to_the_other_is_followed(
    two: tuple[HistoryBook, HistoryBook],
) -> None:
    one, other = two
    for who, pace_ns in ((b"text-two", READ_FOR_NS + NS_PER_S), (b"text-one", 1)):
        one.page(who, now_ns=START_NS)
        other.page(who, now_ns=START_NS + pace_ns, is_followed=True)

    now_ns = START_NS + READ_FOR_NS + NS_PER_S
    assert one.has(b"text-two", now_ns=now_ns)
    assert not one.has(b"text-one", now_ns=now_ns)


def test_manners_towards_robots_are_known_to_both(
    two: tuple[HistoryBook, HistoryBook],
) -> None:
    one, other = two
    one.read_robots(b"mannered", now_ns=START_NS)
    one.broke_robots(b"operator", now_ns=START_NS)

    assert other.is_mannered(b"mannered", now_ns=START_NS)
    assert other.breaks_robots(b"operator", now_ns=START_NS)
    # Neither is the other, and both are forgotten.
    assert not other.breaks_robots(b"mannered", now_ns=START_NS)
    assert not other.has(b"mannered", now_ns=START_NS)
    now_ns = START_NS + KEPT_NS + STAMP_NS
    assert not other.breaks_robots(b"operator", now_ns=now_ns)


def test_a_successor_knows_whom_the_worker_before_it_knew(fd: int) -> None:
    family_of(fd, workers=2).relief_of(KEY).history.revalidated(
        b"steadily", now_ns=START_NS
    )

    started = family_of(fd, workers=2).relief_of(KEY).history

    assert started.has(b"steadily", now_ns=START_NS + KEPT_NS - STAMP_NS)
    assert not started.has(b"steadily", now_ns=START_NS + KEPT_NS + STAMP_NS)


@dataclass
class Counted:
    """Marks that count how often they are asked and told."""

    marks: Marks
    asked: int = 0
    told: list[int] = field(default_factory=list)

    def last(self, subject: bytes, *, now_ns: int) -> int | None:
        self.asked += 1
        return self.marks.last(subject, now_ns=now_ns)

    def mark(self, subject: bytes, *, now_ns: int) -> None:
        self.told.append(now_ns)
        self.marks.mark(subject, now_ns=now_ns)


def test_a_reader_who_reads_on_is_told_once_a_minute_and_asks_nobody(fd: int) -> None:
    reads = Counted(SharedMarks(fd, Marked.READS))
    visited = Counted(SharedMarks(fd, Marked.VISITED))
    book = HistoryBook(elsewhere=Elsewhere(reads, visited))
    book.page(b"reads-on", now_ns=START_NS)
    book.part(b"reads-on", now_ns=START_NS)
    reads.asked = visited.asked = 0

    for second in range(5 * TOLD_EACH_S):
        now_ns = START_NS + second * NS_PER_S
        book.page(b"reads-on", now_ns=now_ns)
        book.part(b"reads-on", now_ns=now_ns)
        book.revalidated(b"reads-on", now_ns=now_ns)

    assert (reads.asked, visited.asked) == (0, 0)
    assert len(reads.told) <= 6
    assert visited.told == [START_NS]


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.integers(0, 3 * KEPT_NS)),
        max_size=40,
    ),
    st.integers(0, 2**62),
)
def test_a_mark_is_told_when_it_was_made_or_not_at_all(
    steps: list[tuple[int, int]], start_ns: int
) -> None:
    made = new_table(b"s" * SECRET_BYTES, more_bytes=MARKS_BYTES)
    try:
        marks, others = (SharedMarks(made, Marked.READS) for _ in range(2))
        known: dict[int, int] = {}
        now_ns = start_ns
        for number, later_ns in steps:
            now_ns += later_ns
            told = others.last(digest(number), now_ns=now_ns)
            before = known.get(number)
            if told is None:
                assert before is None or now_ns - before > KEPT_NS - STAMP_NS
            else:
                assert before is not None
                assert before <= told <= min(now_ns, before + STAMP_NS)
            marks.mark(digest(number), now_ns=now_ns)
            known[number] = now_ns
    finally:
        os.close(made)


def test_where_a_bucket_is_full_the_oldest_goes(fd: int) -> None:
    marks = SharedMarks(fd, Marked.READ_ROBOTS)
    buckets = SHELF_WORDS // WAYS
    # One bucket; the upper bits tell them apart.
    alike = [
        ((number + 1) << 40 | buckets // 2).to_bytes(8, "little")
        for number in range(WAYS + 1)
    ]

    for second, each in enumerate(alike):
        marks.mark(each, now_ns=START_NS + second * NS_PER_S)

    told = [marks.last(each, now_ns=START_NS + WAYS * NS_PER_S) for each in alike]
    assert [each is None for each in told] == [True, *[False] * WAYS]


def test_processes_that_mark_at_once_lose_next_to_nothing(fd: int) -> None:
    command = [sys.executable, "-c", MARKER, str(fd)]
    markers = [
        subprocess.Popen([*command, str(first)], pass_fds=[fd]) for first in (0, 4_000)
    ]
    for each in markers:
        assert each.wait(timeout=60) == 0
    marks = SharedMarks(fd, Marked.READS)

    missing = sum(
        marks.last(digest(number), now_ns=10**12) is None for number in range(8_000)
    )

    assert missing <= 8
    assert marks.last(digest(8_000), now_ns=10**12) is None


def test_under_a_parent_of_an_earlier_release_each_worker_knows_its_own() -> None:
    made = new_table(b"s" * SECRET_BYTES)
    try:
        families = [family_of(made, workers=2) for _ in range(2)]
        one, other = (each.relief_of(KEY).history for each in families)
        one.revalidated(b"reader-1", now_ns=START_NS)

        assert all(family.once is not None for family in families)
        assert one.has(b"reader-1", now_ns=START_NS)
        assert not other.has(b"reader-1", now_ns=START_NS)
    finally:
        os.close(made)
