"""One table, several processes: what one of them took is taken for all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from itertools import count, islice

import pytest

from gateway.bootstrap.family import Family
from gateway.credentials.nonces import Nonces
from gateway.metering.relief.pace import SLOTS_AT_FIRST
from gateway.metering.relief.turn import LaneName
from gateway.services.lane_names import EXPENSIVE, STATUTORY
from gateway.services.relief import STATUTORY_SLOTS
from gateway.storage.shared_once import (
    SECRET_BYTES,
    SLOTS,
    SharedOnce,
    Shelf,
    new_table,
)

KEY = b"sixteen bytes and more"
PAGE = "https://archive.example/search?q=a"
TAKER = """
import sys
from gateway.storage.shared_once import SharedOnce, Shelf
table, count = SharedOnce(int(sys.argv[1])), 0
for number in range(2_000):
    what = str(number).encode()
    count += table.use(Shelf.TICKETS, what, until_s=9, now_s=1) is True
print(count)
"""


@pytest.fixture
def fd() -> Generator[int]:
    made = new_table(b"s" * SECRET_BYTES)
    yield made
    os.close(made)


def test_processes_that_ask_at_once_get_each_thing_once(fd: int) -> None:
    command = [sys.executable, "-c", TAKER, str(fd)]
    takers = [
        subprocess.Popen(command, pass_fds=[fd], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]

    counts = [int(taker.communicate(timeout=60)[0]) for taker in takers]

    assert sum(counts) == 2_000


def test_what_a_dead_worker_took_stays_used(fd: int) -> None:
    dying = f"{TAKER}\nsys.stdout.flush(); os.kill(os.getpid(), 9)"
    command = [sys.executable, "-c", f"import os{dying}", str(fd)]
    died = subprocess.run(command, pass_fds=[fd], capture_output=True, check=False)
    table = SharedOnce(fd)

    assert died.returncode == -9
    assert table.use(Shelf.TICKETS, b"1999", until_s=9, now_s=1) is False
    assert table.use(Shelf.TICKETS, b"2000", until_s=9, now_s=1) is True


def test_a_thing_is_used_until_its_end_and_on_its_shelf_alone(fd: int) -> None:
    one, other = SharedOnce(fd), SharedOnce(fd)

    assert one.use(Shelf.TICKETS, b"a", until_s=10, now_s=0) is True
    assert other.use(Shelf.TICKETS, b"a", until_s=10, now_s=9) is False
    assert other.use(Shelf.OTHER_SIGNERS, b"a", until_s=10, now_s=9) is True
    assert other.use(Shelf.TICKETS, b"a", until_s=20, now_s=10) is True


def test_a_full_bucket_throws_nothing_out_and_says_that_it_cannot_tell(fd: int) -> None:
    table = SharedOnce(fd)
    texts = (str(number).encode() for number in count())
    bucket = (text for text in texts if table.place_of(text)[0] == 0)
    *held, late = islice(bucket, SLOTS + 1)

    def use(what: bytes, now_s: int = 0, shelf: Shelf = Shelf.TICKETS) -> bool | None:
        return table.use(shelf, what, until_s=now_s + 9, now_s=now_s)

    assert [use(each) for each in held] == [True] * SLOTS
    assert use(late) is None
    assert [use(each) for each in held] == [False] * SLOTS
    assert use(late, shelf=Shelf.KNOWN_SIGNERS) is True
    assert use(late, now_s=9) is True


def test_what_is_no_table_of_ours_is_not_used(fd: int) -> None:
    os.pwrite(fd, b"else", 0)

    with pytest.raises(ValueError, match="layout"):
        SharedOnce(fd)


def test_a_nonce_that_one_worker_took_is_used_for_the_other(fd: int) -> None:
    one, other = (Family(2, SharedOnce(fd)).nonces() for _ in range(2))

    def use(nonces: Nonces, owner: str, *, is_known: bool) -> bool | None:
        return nonces.use(owner, "n", expires_s=10, now_s=0, is_known=is_known)

    assert use(one, "key", is_known=True) is True
    assert use(other, "key", is_known=True) is False
    assert use(other, "another-key", is_known=True) is True
    assert use(other, "stranger", is_known=False) is True
    assert use(one, "stranger", is_known=False) is False


def test_a_ticket_that_one_worker_took_back_is_spent_for_the_other(fd: int) -> None:
    giver, other = (Family(2, SharedOnce(fd)).relief_of(KEY).tickets for _ in range(2))

    def given() -> str:
        made = giver.give(
            PAGE, lane="l", networks=(b"n", b"r"), milli_per_s=10_000, now_ns=0
        )
        assert made is not None
        return made

    first, second = given(), given()

    assert giver.take(first, PAGE, b"n", now_ns=1) is True
    assert other.take(first, PAGE, b"n", now_ns=2) is False
    assert other.take(second, PAGE, b"n", now_ns=2) is True
    assert giver.take(second, PAGE, b"n", now_ns=3) is False


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_workers_divide_the_places_of_a_lane(workers: int) -> None:
    shares = [Family(workers).relief_of(KEY) for _ in range(workers)]

    for room, most in (("", SLOTS_AT_FIRST), (STATUTORY, STATUTORY_SLOTS)):
        name = LaneName("registers", EXPENSIVE, room)
        places = [share.lane_of(name).pace.slots for share in shares]
        assert sum(places) <= most
        assert min(places) >= 1
