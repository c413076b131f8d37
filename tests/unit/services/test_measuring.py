"""gateway.services.measuring: what serving took is written down, and once."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from gateway.kernel.errors import Unavailable
from gateway.kernel.period import Period
from gateway.metering.effort import OF_NO_CLASS, ByClass, Effort, Measured, Reading
from gateway.services.measuring import keep_measuring
from tests.fakes.time_and_chance import HandClock

TIMES = 3


class Store:
    """Cannot take the second of what it is given."""

    def __init__(self, done: asyncio.Event, loop: asyncio.AbstractEventLoop) -> None:
        self.kept: list[Effort] = []
        self.classes: list[dict[str, Effort]] = []
        self._asked = 0
        self._done, self._loop = done, loop

    def add(
        self, node: str, effort: Effort, *, at_us: int, by_class: ByClass = OF_NO_CLASS
    ) -> None:
        self._asked += 1
        if self._asked == TIMES - 1:
            raise Unavailable("the store rests")
        self.kept.append(effort)
        self.classes.append(dict(by_class))
        if self._asked == TIMES:
            self._loop.call_soon_threadsafe(self._done.set)

    def measured(self, span: Period) -> Measured:
        return Measured(Effort(), 0)

    def by_class(self, span: Period) -> ByClass:
        return {}


async def test_what_a_store_cannot_take_is_added_the_next_time() -> None:
    done, missed = asyncio.Event(), list[str]()
    store = Store(done, asyncio.get_running_loop())
    taken = iter(range(1, 1_000))

    def read() -> Reading:
        so_far = next(taken)
        by_class = {"person": Effort(0, 100 * so_far, so_far), "search": Effort()}
        return Reading(Effort(10 * so_far, 100 * so_far, so_far), by_class)

    task = asyncio.ensure_future(
        keep_measuring(
            store, "one", HandClock(1), read=read, every_s=0, missed=missed.append
        )
    )
    await asyncio.wait_for(done.wait(), 30)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    assert store.kept[:2] == [Effort(10, 100, 1), Effort(20, 200, 2)]
    assert store.classes[:2] == [
        {"person": Effort(0, 100, 1)},
        {"person": Effort(0, 200, 2)},
    ]
    assert missed == ["the store rests"]
