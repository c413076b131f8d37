"""A line carries what is said, on every event loop a gateway may run on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from gateway.metering.ports import IntentCounts
from gateway.storage.ledger_line import FRAME_BYTES_MAX, LENGTH
from tests.fakes.handed_in import handed_in
from tests.fakes.usage import a_usage_event
from tests.integration.ledger_family import Family, until

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


async def metered(folder: Path) -> IntentCounts:
    family = Family(folder)
    await family.start_writer()
    worker = await family.start_worker()
    await worker.open_intent(family.intent(1, worker))
    await family.kill_writer()
    await family.start_writer()
    assert await handed_in(worker, a_usage_event(1))
    counts = family.store.intent_counts()
    await family.end()
    return counts


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_a_worker_reaches_its_writer_and_the_next(
    tmp_path: Path, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(metered(tmp_path)) == IntentCounts(settled=1)


@pytest.mark.parametrize(
    "nonsense", [LENGTH.pack(4) + b"\xc1\xc1\xc1\xc1", LENGTH.pack(FRAME_BYTES_MAX + 1)]
)
async def test_who_talks_nonsense_is_not_listened_to(
    tmp_path: Path, nonsense: bytes
) -> None:
    family = Family(tmp_path)
    writing = await family.start_writer()
    ours, theirs = socket.socketpair()
    with ours:
        await writing.door.admit(theirs)
        ours.sendall(nonsense)

        await until(lambda: not writing.door.visitors)

    await family.end()


async def test_a_listener_that_fails_keeps_nobody_else_from_hearing(
    tmp_path: Path,
) -> None:
    family = Family(tmp_path)
    await family.start_writer()
    worker = await family.start_worker()
    told: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, said: told.append(said["message"]))

    def fails(fault: Exception | None) -> None:
        raise ZeroDivisionError

    worker.write_intent(family.intent(1, worker), fails)
    await worker.open_intent(family.intent(2, worker))

    assert told == ["a listener failed"]
    assert worker.is_connected
    assert await handed_in(worker, a_usage_event(2))
    await family.end()
