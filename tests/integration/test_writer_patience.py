"""How long a metered request waits for the writer, and for the next one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from gateway.bootstrap.writer_process import Arrivals
from gateway.kernel.errors import Unavailable
from gateway.metering.cap import Hold
from gateway.metering.quantity import Quantity
from gateway.metering.room import Granted
from gateway.storage.remote_jobs import ANSWER_WITHIN_S, WAITS_MAX_S
from gateway.storage.remote_writer import RemoteWriter
from tests.integration.ledger_family import Family, Writing, deafen, until

KIB = Hold(Quantity(1, 1_000))
NEARLY_S = ANSWER_WITHIN_S - 1
Pass = Callable[[float], None]
Ask = Callable[[Family, RemoteWriter], Awaitable[None]]


@pytest.fixture
async def family(tmp_path: Path) -> AsyncIterator[Family]:
    family = Family(tmp_path)
    await family.start_writer()
    yield family
    await family.end()


@pytest.fixture
def ends() -> Iterator[list[socket.socket]]:
    """Ends of lines at which nobody says anything."""
    kept: list[socket.socket] = []
    yield kept
    for end in kept:
        end.close()


@pytest.fixture
async def time_passes(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Moves the loop's clock on."""
    loop = asyncio.get_running_loop()
    real, ahead_s = loop.time, [0.0]
    monkeypatch.setattr(loop, "time", lambda: real() + ahead_s[0])

    def passes(seconds: float) -> None:
        ahead_s[0] += seconds

    return passes


async def open_intent(family: Family, worker: RemoteWriter) -> None:
    await worker.open_intent(family.intent(1, worker))


async def reserve(family: Family, worker: RemoteWriter) -> None:
    assert isinstance(await worker.reserve("req_1", "agr_1", KIB), Granted)


ASKED = {"an intent": open_intent, "a hold": reserve}
by_kind = pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)


@by_kind
async def test_each_writer_has_time_of_its_own(
    family: Family, time_passes: Pass, ask: Ask
) -> None:
    worker = await family.start_worker(patience_s=1_000)
    deafen(worker)
    asked = asyncio.ensure_future(ask(family, worker))
    await asyncio.sleep(0)

    time_passes(NEARLY_S)  # the writer goes
    await family.kill_writer()
    time_passes(NEARLY_S)  # the next one comes, and is slow
    await asyncio.sleep(0)
    await family.start_writer()
    time_passes(NEARLY_S)

    await asked


@by_kind
async def test_a_writer_that_is_there_and_silent_is_told_of(
    family: Family, time_passes: Pass, ask: Ask
) -> None:
    worker = await family.start_worker()
    deafen(worker)
    asked = asyncio.ensure_future(ask(family, worker))
    await asyncio.sleep(0)

    time_passes(ANSWER_WITHIN_S + 1)

    with pytest.raises(Unavailable) as caught:
        await asked
    assert "the writer does not answer" in caught.value.detail


@by_kind
async def test_nobody_waits_for_ever_from_one_writer_to_the_next(
    family: Family, time_passes: Pass, ask: Ask
) -> None:
    worker = await family.start_worker(patience_s=1_000)
    deafen(worker)
    asked = asyncio.ensure_future(ask(family, worker))
    await asyncio.sleep(0)
    for _ in range(int(WAITS_MAX_S / NEARLY_S)):
        time_passes(NEARLY_S)
        await family.kill_writer()
        await family.start_writer()
        deafen(worker)
    assert not asked.done()

    time_passes(NEARLY_S)

    with pytest.raises(Unavailable):
        await asked
    await until(lambda: worker.is_connected)


async def started_with(
    family: Family, worker: RemoteWriter, ends: list[socket.socket], *, newcomer: bool
) -> None:
    """A writer starts, and another worker whose first word takes its time."""
    await family.kill_writer()
    writing = family.writing = Writing(family)
    arrivals = Arrivals(writing.door)
    for serves in (True, False):
        ours, theirs = socket.socketpair()
        if serves:
            arrivals.linked(theirs)
            await worker.connect(ours)
        elif newcomer:
            arrivals.complete.set()
            arrivals.linked(theirs)
        else:
            arrivals.linked(theirs)
            arrivals.complete.set()
        if not serves:
            ends.append(ours)
    await arrivals.all_in()


@by_kind
async def test_nobody_waits_for_a_worker_that_has_only_been_started(
    family: Family, time_passes: Pass, ends: list[socket.socket], ask: Ask
) -> None:
    worker = await family.start_worker()
    await started_with(family, worker, ends, newcomer=True)

    asked = asyncio.ensure_future(ask(family, worker))
    await until(asked.done)

    await asked


@by_kind
async def test_one_that_may_hold_something_is_waited_for(
    family: Family, time_passes: Pass, ends: list[socket.socket], ask: Ask
) -> None:
    worker = await family.start_worker()
    await started_with(family, worker, ends, newcomer=False)
    asked = asyncio.ensure_future(ask(family, worker))
    await until(lambda: worker.is_connected)

    time_passes(ANSWER_WITHIN_S + 1)

    with pytest.raises(Unavailable):
        await asked
