"""Figures of the public books are added up beside requests, seldom, and once."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field

import pytest

from gateway.bootstrap.public_pages import KeptFigures, log_state
from gateway.kernel.errors import Unavailable
from gateway.services.public_books.figures import PublicFigures
from tests.fakes.time_and_chance import HandClock


@dataclass
class Slow:
    """Adds up as long as it is told to; counts how often it was asked."""

    go: threading.Event = field(default_factory=threading.Event)
    again: threading.Event = field(default_factory=threading.Event)
    known: list[PublicFigures | None] = field(default_factory=list)
    fails: bool = False

    def __call__(self, known: PublicFigures | None) -> PublicFigures:
        self.known.append(known)
        if len(self.known) > 1:
            self.again.set()
        assert self.go.wait(30)
        if self.fails:
            raise Unavailable("the store is away")
        return PublicFigures(stamp=(len(self.known),), at_us=0, sells=False)


def ready() -> Slow:
    slow = Slow()
    slow.go.set()
    return slow


async def test_many_who_ask_at_once_have_it_added_up_once() -> None:
    slow = ready()
    kept = KeptFigures(slow, HandClock())

    told = await asyncio.gather(*(kept() for _ in range(20)))

    assert len(slow.known) == 1
    assert {id(each) for each in told} == {id(told[0])}


async def test_it_is_added_up_again_after_a_minute_and_not_before() -> None:
    slow, clock = ready(), HandClock()
    kept = KeptFigures(slow, clock)
    first = await kept()

    clock.forward(s=59)
    assert await kept() is first
    assert slow.known == [None]
    clock.forward(s=2)
    await kept()
    assert await asyncio.to_thread(slow.again.wait, 30)
    assert slow.known == [None, first]


async def test_nobody_waits_while_what_is_known_is_added_up_anew() -> None:
    slow, clock = ready(), HandClock()
    kept = KeptFigures(slow, clock)
    first = await kept()
    slow.go.clear()

    clock.forward(s=61)

    assert await asyncio.wait_for(kept(), 10) is first
    slow.go.set()


async def test_who_comes_before_there_is_anything_is_told_to_come_again() -> None:
    slow = Slow()
    kept = KeptFigures(slow, HandClock(), within_s=0.01)

    with pytest.raises(Unavailable) as told:
        await kept()

    assert told.value.retry_after_s > 0
    slow.go.set()


async def test_a_store_that_is_away_takes_nothing_from_what_is_known() -> None:
    slow, clock = ready(), HandClock()
    kept = KeptFigures(slow, clock)
    first = await kept()
    slow.fails = True

    clock.forward(s=4_000)

    assert await kept() is first
    assert len(slow.known) == 2


def test_a_folder_that_holds_no_log_is_no_log() -> None:
    class Folder:
        content: dict[str, bytes]

        def __init__(self, **content: bytes) -> None:
            self.content = content

        def read(self, path: str) -> bytes | None:
            return self.content.get(path.partition(".")[0])

    note = b"a.example/_copyfair/books\n3\n" + b"A" * 43 + b"=\n\n- sig\n"
    good = Folder(books=b'{"key": "k"}', checkpoint=note)

    assert log_state(Folder(), "u") is None
    assert log_state(Folder(books=b"{}", checkpoint=note), "u") is None
    assert log_state(Folder(books=b'{"key": "k"}', checkpoint=b"x"), "u") is None
    found = log_state(good, "u")
    assert found is not None
    assert (found.size, found.key, found.url) == (3, "k", "u")
