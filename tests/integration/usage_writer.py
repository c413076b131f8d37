"""A gateway's writer in a process of its own, to be killed at any moment.

Prints what was acknowledged, one line each, as it happens: `open req_…` once an
intent is durable, `settled req_…` once an event is.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from dataclasses import replace
from pathlib import Path

from gateway.kernel.ids import spelled, uuid7
from gateway.storage.group_commit import GroupCommit
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.handed_in import handed_in
from tests.fakes.usage import a_usage_event, an_intent

WAITERS = 40


class WallClock:
    """Real time."""

    def now_us(self) -> int:
        return time.time_ns() // 1_000

    def ticks_ns(self) -> int:
        return time.monotonic_ns()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def write(path: Path, boot_id: str, seed: int) -> None:
    db = open_sqlite(path)
    store = SqlUsageStore(db)
    orphaned = store.start_node("node-1", boot_id, at_us=1)
    say(f"orphaned {orphaned}")
    writer = GroupCommit(db, store, clock=WallClock())
    numbers = itertools.count()

    async def serve() -> None:
        while True:
            request_id = spelled("req", uuid7(seed, next(numbers)))
            intent = replace(an_intent(boot_id=boot_id), request_id=request_id)
            await writer.open_intent(intent)
            say(f"open {request_id}")
            await handed_in(writer, replace(a_usage_event(), id=request_id))
            say(f"settled {request_id}")

    await asyncio.gather(*(serve() for _ in range(WAITERS)))


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
