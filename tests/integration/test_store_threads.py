"""Waiting for the store: only so long, and never in one another's way."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Generator

import pytest

from gateway.bootstrap.store_threads import THREADS, StoreThreads
from gateway.kernel.errors import Unavailable


@pytest.fixture
def hung() -> Generator[threading.Event]:
    """A store that answers once this is set."""
    released = threading.Event()
    yield released
    released.set()


@pytest.fixture
def ask() -> Generator[StoreThreads]:
    threads = StoreThreads(within_s=0.1)
    yield threads
    threads.close()


async def test_an_answer_in_time_is_given(ask: StoreThreads) -> None:
    assert await ask(lambda: 7) == 7


async def test_what_the_call_raises_is_raised(ask: StoreThreads) -> None:
    def locked() -> None:
        raise Unavailable("the store is locked", retry_after_s=9)

    with pytest.raises(Unavailable, match="locked") as caught:
        await ask(locked)

    assert caught.value.retry_after_s == 9
    assert await ask(lambda: 7) == 7


async def test_a_late_answer_is_not_waited_for(
    ask: StoreThreads, hung: threading.Event
) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        await ask(hung.wait)


async def test_while_a_call_is_late_everybody_else_is_told_at_once(
    ask: StoreThreads, hung: threading.Event
) -> None:
    with pytest.raises(Unavailable):
        await ask(hung.wait)

    began = time.monotonic()
    answers = await asyncio.gather(
        *(ask(lambda: 7) for _ in range(200)), return_exceptions=True
    )

    assert all(isinstance(each, Unavailable) for each in answers)
    assert time.monotonic() - began < 0.1


async def test_once_it_is_back_the_store_is_asked_again(
    ask: StoreThreads, hung: threading.Event
) -> None:
    with pytest.raises(Unavailable):
        await ask(hung.wait)
    hung.set()

    assert await answered_again(ask) == 7


async def answered_again(ask: StoreThreads) -> int:
    async with asyncio.timeout(10):
        while True:
            try:
                return await ask(lambda: 7)
            except Unavailable:
                await asyncio.sleep(0.001)


def test_a_late_call_of_a_loop_that_has_ended_does_not_count_for_ever(
    ask: StoreThreads, hung: threading.Event
) -> None:
    async def asks() -> None:
        with pytest.raises(Unavailable):
            await ask(hung.wait)

    asyncio.run(asks())
    hung.set()

    assert asyncio.run(answered_again(ask)) == 7


async def test_a_crowd_that_only_queues_is_not_held_against_the_store(
    ask: StoreThreads,
) -> None:
    def slow() -> int:
        time.sleep(0.04)
        return 7

    crowd = [ask(slow) for _ in range(THREADS * 6)]
    answers = await asyncio.gather(*crowd, return_exceptions=True)

    assert answers.count(7) >= THREADS
    assert await answered_again(ask) == 7


async def test_its_threads_are_nobody_elses(
    ask: StoreThreads, hung: threading.Event
) -> None:
    calls = [asyncio.create_task(ask(hung.wait)) for _ in range(64)]
    await asyncio.sleep(0)

    async with asyncio.timeout(10):
        answer = await asyncio.to_thread(lambda: 7)

    assert answer == 7
    hung.set()
    await asyncio.gather(*calls, return_exceptions=True)
