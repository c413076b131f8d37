"""Group commit: acknowledged means stored, poison fails alone, a full disk loses
nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.kernel.errors import Conflict, Unavailable
from gateway.metering.ports import IntentCounts, Settled
from gateway.storage.group_commit import GroupCommit, WriterHooks
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.handed_in import handed_in
from tests.fakes.usage import a_usage_event, an_intent


class WallClock:
    """Real time: the writer's pauses are real too."""

    def now_us(self) -> int:
        return time.time_ns() // 1_000

    def ticks_ns(self) -> int:
        return time.monotonic_ns()


class Writing:
    """A writer over a file, and what it reported."""

    def __init__(self, folder: Path, *, queue_max: int = 1_000) -> None:
        self.db: SqliteDatabase = open_sqlite(folder / "store.db")
        self.store = SqlUsageStore(self.db)
        self.batches: list[int] = []
        self.kept: list[int] = []
        self.refused: list[str] = []
        self.lost: list[int] = []
        self.arrived: list[Settled] = []
        hooks = WriterHooks(
            committed=lambda jobs, _took: self.batches.append(jobs),
            kept=lambda count, _why: self.kept.append(count),
            refused=self.refused.append,
            lost=self.lost.append,
        )
        self.writer = GroupCommit(
            self.db, self.store, clock=WallClock(), hooks=hooks, queue_max=queue_max
        )

    async def open(self, *numbers: int) -> None:
        await asyncio.gather(
            *(self.writer.open_intent(an_intent(number)) for number in numbers)
        )

    async def settle(self, number: int, *, body_bytes: int = 10) -> bool:
        event = a_usage_event(number, body_bytes=body_bytes)
        return await handed_in(self.writer, event, self.arrived.append)

    def limit_pages(self, pages: int | None = None) -> None:
        """Fill the disk (None: as full as it is), or make room."""
        with self.db.turn() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if pages is None:
                pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count={pages}")

    async def fill_up(self) -> int:
        """Open intents until no more fit; the number of the first refused."""
        self.limit_pages()
        for number in range(1_000, 5_000):
            try:
                await self.open(number)
            except Unavailable:
                return number
        raise AssertionError


@pytest.fixture
async def writing(tmp_path: Path) -> AsyncIterator[Writing]:
    opened = Writing(tmp_path)
    yield opened
    await opened.writer.close()
    opened.db.close()


async def test_an_intent_is_durable_when_open_returns(writing: Writing) -> None:
    await writing.open(1)

    assert writing.store.intent_counts() == IntentCounts(open=1)


async def test_an_event_is_stored_when_settle_returns(writing: Writing) -> None:
    await writing.open(1)

    assert await writing.settle(1)

    assert writing.store.last_seq() == 1
    assert writing.arrived == [Settled(1, is_repeat=False)]


async def test_a_crowd_shares_commits(writing: Writing) -> None:
    await writing.open(*range(500))

    await asyncio.gather(*(writing.settle(number) for number in range(500)))

    assert writing.store.intent_counts() == IntentCounts(settled=500)
    assert sum(writing.batches) == 1_000
    assert len(writing.batches) < 100


async def test_what_joins_in_the_next_turns_of_the_loop_shares_the_commit(
    writing: Writing,
) -> None:
    async def late(number: int) -> None:
        for _ in range(number):
            await asyncio.sleep(0)
        await writing.open(number)

    await asyncio.gather(*(late(number) for number in range(4)))

    assert writing.batches == [4]


async def test_nobody_need_wait_for_an_event_to_have_it_stored(
    writing: Writing,
) -> None:
    await writing.open(1)

    handed_in(writing.writer, a_usage_event(1), writing.arrived.append)
    await writing.writer.close()

    assert writing.arrived == [Settled(1, is_repeat=False)]


async def test_an_event_goes_along_with_the_next_intent(writing: Writing) -> None:
    await writing.open(1)
    stored = handed_in(writing.writer, a_usage_event(1))
    await writing.open(2)

    assert await stored
    assert writing.batches == [1, 2]


async def test_whoever_comes_after_a_crowd_was_refused_is_served(
    writing: Writing,
) -> None:
    await writing.fill_up()
    crowd = (writing.writer.open_intent(an_intent(number)) for number in range(200))
    refused = await asyncio.gather(*crowd, return_exceptions=True)
    writing.limit_pages(1_000_000)

    async with asyncio.timeout(30):
        await writing.open(9_998)
        await writing.open(9_999)

    assert {type(each) for each in refused} == {Unavailable}


async def test_a_listener_that_fails_keeps_nobody_else_from_hearing(
    writing: Writing,
) -> None:
    told: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, said: told.append(said["message"]))
    await writing.open(1, 2)

    def fails(settled: Settled) -> None:
        raise ValueError(settled)

    first = handed_in(writing.writer, a_usage_event(1), fails)
    assert await writing.settle(2)

    assert await first
    assert told == ["a listener failed"]


async def test_one_poisoned_item_fails_alone(writing: Writing) -> None:
    await writing.open(*range(20))
    await writing.settle(7, body_bytes=1)

    outcomes = await asyncio.gather(
        *(writing.settle(number) for number in range(20)),
        writing.writer.open_intent(an_intent(3)),
        writing.writer.open_intent(an_intent(99)),
        return_exceptions=True,
    )

    faults = [
        number
        for number, outcome in enumerate(outcomes)
        if isinstance(outcome, Conflict)
    ]
    assert faults == [7, 20]
    assert writing.store.intent_counts() == IntentCounts(open=1, settled=20)
    assert len(writing.refused) == 2


async def test_a_full_disk_refuses_intents_and_keeps_events(writing: Writing) -> None:
    await writing.open(*range(300))
    refused = await writing.fill_up()

    outcomes = [await writing.settle(number) for number in range(300)]
    assert not all(outcomes)
    assert writing.store.last_seq() == sum(outcomes)

    writing.limit_pages(100_000)
    await writing.open(refused)
    await writing.writer.close()

    assert writing.store.last_seq() == 300
    assert len(writing.arrived) == 300
    assert writing.store.intent_counts().settled == 300
    assert writing.kept[-1] == 0
    assert writing.lost == []


async def test_reading_goes_on_while_the_disk_is_full(writing: Writing) -> None:
    await writing.open(1)
    await writing.fill_up()

    assert writing.store.intent_counts().open > 0


async def test_what_cannot_be_stored_by_the_end_is_counted_as_lost(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.storage.group_commit.CLOSING_S", 0)
    await writing.open(*range(300))
    await writing.fill_up()
    outcomes = [await writing.settle(number) for number in range(300)]

    await writing.writer.close()

    assert writing.lost == [outcomes.count(False)]
    writing.limit_pages(100_000)
    assert writing.store.start_node("node-1", "boot-2", at_us=1) > 0


async def test_closing_writes_what_is_queued(writing: Writing) -> None:
    opening = [
        asyncio.ensure_future(writing.writer.open_intent(an_intent(number)))
        for number in range(50)
    ]
    await asyncio.sleep(0)

    await writing.writer.close()
    await asyncio.gather(*opening)

    assert writing.store.intent_counts() == IntentCounts(open=50)


async def test_after_closing_nothing_is_taken(writing: Writing) -> None:
    await writing.writer.close()

    with pytest.raises(Unavailable, match="stopping"):
        await writing.open(1)


async def test_a_queue_that_is_full_refuses_intents_at_once(tmp_path: Path) -> None:
    writing = Writing(tmp_path, queue_max=5)
    with writing.db.transaction():
        opening = [
            asyncio.ensure_future(writing.writer.open_intent(an_intent(number)))
            for number in range(20)
        ]
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*opening, return_exceptions=True)
    await writing.writer.close()

    refused = [each for each in outcomes if isinstance(each, Unavailable)]
    assert writing.store.intent_counts().open == 20 - len(refused)
    assert len(refused) >= 9
    writing.db.close()
