"""Two workers, one crowd: fifty networks are fifty, whichever worker they come to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.clock import NS_PER_S
from gateway.metering.relief.crowds import NETWORKS_MIN, CrowdBook, Manner
from gateway.storage.shared_crowds import BUCKETS, CROWDS_BYTES, WAYS, SharedCrowds
from gateway.storage.shared_marks import MARKS_BYTES
from gateway.storage.shared_once import SECRET_BYTES, new_table

MANNER = Manner("library", "/search?q", from_here=False, is_fresh=True, family="none")
OTHER = MANNER._replace(family="firefox")
MORE_BYTES = MARKS_BYTES + CROWDS_BYTES
COMER = """
import sys
from gateway.storage.shared_crowds import SharedCrowds
crowds, first = SharedCrowds(int(sys.argv[1])), int(sys.argv[2])
for number in range(first, first + 1_000):
    member = (number % 64).to_bytes(8, "little")
    crowds.note(b"together", member=member, units=1, now_ns=0)
"""


def digest(number: int) -> bytes:
    return number.to_bytes(8, "little")


@pytest.fixture
def fd() -> Generator[int]:
    made = new_table(b"s" * SECRET_BYTES, more_bytes=MORE_BYTES)
    yield made
    os.close(made)


@pytest.fixture
def two(fd: int) -> tuple[CrowdBook, CrowdBook]:
    """The crowds of two workers."""
    one, other = (CrowdBook(elsewhere=SharedCrowds(fd)) for _ in range(2))
    return one, other


def gather(book: CrowdBook, numbers: range, *, now_ns: int = 0) -> None:
    for number in numbers:
        book.came(MANNER, digest(number), now_ns=now_ns)
        book.had(MANNER, 1, now_ns=now_ns)


def test_half_a_crowd_at_each_worker_is_a_crowd_and_what_both_had_counts(
    two: tuple[CrowdBook, CrowdBook],
) -> None:
    one, other = two
    gather(one, range(NETWORKS_MIN // 2))
    gather(other, range(NETWORKS_MIN // 2, NETWORKS_MIN - 1))
    assert [book.seen(MANNER, now_ns=1) for book in two] == [(False, False)] * 2

    gather(other, range(NETWORKS_MIN - 1, NETWORKS_MIN))

    for book in two:
        # What the other one's last members had is told within a second.
        told = book.came(MANNER, digest(1), now_ns=NS_PER_S)
        assert NETWORKS_MIN - 2 <= told <= NETWORKS_MIN
        assert book.came(OTHER, digest(1), now_ns=NS_PER_S) == 0
        assert book.seen(MANNER, now_ns=NS_PER_S) == (True, False)
    had = [book.came(MANNER, digest(1), now_ns=2 * NS_PER_S) for book in two]
    assert had == [NETWORKS_MIN] * 2


def test_the_same_networks_at_both_workers_are_counted_once(
    two: tuple[CrowdBook, CrowdBook],
) -> None:
    for book in two:
        gather(book, range(NETWORKS_MIN - 1))

    assert [book.seen(MANNER, now_ns=1)[0] for book in two] == [False, False]


def test_a_crowd_of_two_workers_is_forgotten_within_ten_minutes(
    two: tuple[CrowdBook, CrowdBook],
) -> None:
    one, other = two
    gather(one, range(NETWORKS_MIN))

    assert other.seen(MANNER, now_ns=299 * NS_PER_S) == (True, False)
    assert other.seen(MANNER, now_ns=600 * NS_PER_S) == (False, False)


def test_links_that_no_reader_sees_count_over_both_workers(
    two: tuple[CrowdBook, CrowdBook],
) -> None:
    one, other = two
    gather(one, range(NETWORKS_MIN))
    for number in range(NETWORKS_MIN):
        two[number % 2].tripped(MANNER, digest(number), now_ns=0)

    assert one.seen(MANNER, now_ns=1) == other.seen(MANNER, now_ns=1) == (True, True)
    assert other.came(MANNER, digest(1), now_ns=NS_PER_S) > NETWORKS_MIN


@given(st.lists(st.binary(min_size=8, max_size=8), max_size=120))
def test_a_crowd_is_never_taken_for_larger_than_it_is(networks: list[bytes]) -> None:
    made = new_table(b"s" * SECRET_BYTES, more_bytes=MORE_BYTES)
    try:
        crowds, come = SharedCrowds(made), set()
        for network in networks:
            come.add(network)
            found = crowds.note(b"together", member=network, units=2, now_ns=5)
            assert found.members <= len(come)
        assert crowds.told(b"together", now_ns=5).units == 2 * len(networks)
    finally:
        os.close(made)


def test_processes_that_count_at_once_count_everything(fd: int) -> None:
    comers = [
        subprocess.Popen(
            [sys.executable, "-c", COMER, str(fd), str(first)], pass_fds=[fd]
        )
        for first in (0, 32)
    ]
    for each in comers:
        assert each.wait(timeout=60) == 0

    assert SharedCrowds(fd).told(b"together", now_ns=0) == (64, 2_000)


def test_where_a_bucket_is_full_the_oldest_crowd_goes(fd: int) -> None:
    crowds = SharedCrowds(fd)
    alike = [digest(BUCKETS * number) for number in range(WAYS + 1)]
    for number, each in enumerate(alike):
        crowds.note(each, units=1, now_ns=number * 301 * NS_PER_S)

    now_ns = WAYS * 301 * NS_PER_S
    told = [crowds.told(each, now_ns=now_ns).units for each in alike]
    assert told[-2:] == [1, 1]
    assert crowds.told(alike[0], now_ns=0).units == 0
