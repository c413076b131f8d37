"""Durable metering: intents and usage events through the group commit, on a disk.

Each event has its intent written down first, as in a metered request, and the store
syncs in full. Events per second is wall-clock time, because waiting for the disk is
the point; the CPU time beside it is what the gateway pays. The store alone, handed
whole batches, shows how much of that is the way through the event loop.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.effort import Effort
from bench.processes import NotMeasured
from gateway.bootstrap.chance import SystemClock
from gateway.kernel.errors import GatewayError
from gateway.metering.intent import Intent
from gateway.metering.usage_event import Ending, UsageEvent
from gateway.storage.database import Database
from gateway.storage.engines import open_store
from gateway.storage.group_commit import BATCH_MAX, GroupCommit
from gateway.storage.stores.usage_store import SqlUsageStore

AT_ONCE = 2_000
NS_PER_S = 1_000_000_000
NS_PER_US = 1_000


@dataclass(frozen=True, slots=True)
class Round:
    """One round.

    Attributes:
        events_per_s: Intent and event both stored.
        cpu_us: Per event, all threads of this process.
        batched_per_s: The same events straight to the store, in full batches.
    """

    events_per_s: float
    cpu_us: float
    batched_per_s: float


def measure(folder: Path, effort: Effort) -> list[Round]:
    """Every round on a store of its own.

    Raises:
        NotMeasured: the store refused something.
    """
    try:
        return [
            _round(folder, number, effort.events) for number in range(effort.rounds)
        ]
    except GatewayError as fault:
        raise NotMeasured(fault.detail) from fault


def _round(folder: Path, number: int, events: int) -> Round:
    with closing(open_store(f"sqlite:///{number}.db", folder=folder)) as db:
        cpu_ns = time.process_time_ns()
        took_ns = asyncio.run(_through_the_writer(db, events))
        used_ns = time.process_time_ns() - cpu_ns
    with closing(open_store(f"sqlite:///{number}-batched.db", folder=folder)) as db:
        batched_ns = _straight_to_the_store(db, events)
    return Round(
        events * NS_PER_S / took_ns,
        used_ns / NS_PER_US / events,
        events * NS_PER_S / batched_ns,
    )


async def _through_the_writer(db: Database, events: int) -> int:
    """As requests do it, 2,000 at once; nanoseconds it took."""
    writer = GroupCommit(db, SqlUsageStore(db), clock=SystemClock())
    began_ns = time.monotonic_ns()
    await asyncio.gather(
        *(_some(writer, range(first, events, AT_ONCE)) for first in range(AT_ONCE))
    )
    took_ns = time.monotonic_ns() - began_ns
    await writer.close()
    return took_ns


def _straight_to_the_store(db: Database, events: int) -> int:
    """One commit for the intents of a batch, one for its events; nanoseconds."""
    store = SqlUsageStore(db)
    all_events = [usage_event(number) for number in range(events)]
    began_ns = time.monotonic_ns()
    for first in range(0, events, BATCH_MAX):
        batch = all_events[first : first + BATCH_MAX]
        store.open_intents([_intent(event) for event in batch])
        store.settle_events(batch, recorded_us=batch[0].occurred_us)
    return time.monotonic_ns() - began_ns


async def _some(writer: GroupCommit, numbers: range) -> None:
    for number in numbers:
        event = usage_event(number)
        await writer.open_intent(_intent(event))
        stored: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        writer.record(event, stored.set_result)
        await stored


def _intent(event: UsageEvent) -> Intent:
    return Intent(event.id, event.agreement_id, 0, event.occurred_us, "node-1", "boot")


def usage_event(number: int) -> UsageEvent:
    """A metered request of a made-up company, another one for each number."""
    return UsageEvent(
        id=f"req_{number:026d}",
        agreement_id=f"agr_{number % 50}",
        party_id=f"pty_{number % 50}",
        key_id=f"key_{number % 50}",
        collection="whole-site",
        tariff="ai-2026",
        tariff_version=1,
        use="train",
        method="GET",
        path=f"/registers/{number}",
        object_sha256=f"{number:064x}",
        status=200,
        ending=Ending.COMPLETE,
        body_bytes=1_024,
        billable_bytes=1_024,
        billable_requests=1,
        is_repeat=False,
        priced_at_zero=False,
        floor_bracket=0,
        is_test=False,
        occurred_us=1_793_000_000_000_000 + number,
        policy_version="0" * 64,
        node="node-1",
    )
