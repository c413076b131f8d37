"""Thousands of slow clients, and readers beside them who must not notice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Generator
from dataclasses import fields
from pathlib import Path

import pytest

from gateway.proxy.limits import ConnectionLimits
from tests.figures import publish
from tests.integration.proxy.origins import raw_origin
from tests.integration.proxy.standing import gateway as standing_before
from tests.journeys.patient_archive import answered, patient_archive
from tests.journeys.running import Gateway, gateway_before
from tests.journeys.slow_crowd import KINDS, READS, SlowCrowd, slow_crowd
from tests.journeys.steady_readers import READERS, steady_readers

NUMBER = 600
HOLD_S = 4
NUMBER_SOAK = 10_000
HOLD_SOAK_S = 60
DRIP_S, DRIP_SOAK_S = 0.5, 5.0
PATIENCE_S = 90
SHORT_S = 2
KIB_PER_MIB = 1024
KNOWN = {field.name for field in fields(ConnectionLimits)}
SHORT = {
    name: SHORT_S
    for name in (
        *("head_s", "idle_s", "body_idle_s", "linger_s"),
        *("body_rate_after_s", "reading_rate_after_s"),
    )
    if name in KNOWN
}


@pytest.fixture
def gateway(tmp_path: Path) -> Generator[Gateway]:
    with (
        patient_archive() as archive,
        gateway_before(f"http://127.0.0.1:{archive}", tmp_path) as gateway,
    ):
        yield gateway


def resident_mb(gateway: Gateway) -> float:
    """Resident memory of the gateway and the processes it started, MiB."""
    assert gateway.process is not None
    ids, total = [gateway.process.pid], 0
    for each in ids:
        status = Path(f"/proc/{each}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s*(\d+) kB", status)
        total += int(found[1]) if found else 0
        children = Path(f"/proc/{each}/task/{each}/children").read_text("utf-8")
        ids += map(int, children.split())
    return total / KIB_PER_MIB


async def all_in(crowd: SlowCrowd, number: int) -> None:
    """Wait until everybody has connected once."""
    async with asyncio.timeout(PATIENCE_S):
        while crowd.connected < number:  # noqa: ASYNC110 hundreds of events a second
            await asyncio.sleep(0.05)


async def test_readers_go_on_beside_slow_clients(gateway: Gateway) -> None:
    with steady_readers(gateway.port) as fared:
        async with slow_crowd(gateway.port, NUMBER, drip_s=DRIP_S) as crowd:
            await all_in(crowd, NUMBER)
            await asyncio.sleep(HOLD_S)

    print(f"{NUMBER} slow connections; readers beside them: {fared}")  # noqa: T201
    assert not fared["failed"]
    assert fared["answered"] >= READERS
    assert gateway.process is not None
    assert gateway.process.poll() is None


@pytest.mark.soak
@pytest.mark.serial
async def test_readers_go_on_beside_ten_thousand_slow_clients(gateway: Gateway) -> None:
    with steady_readers(gateway.port):
        await asyncio.sleep(SHORT_S)  # warm
    before_mb = most_mb = resident_mb(gateway)
    held = []
    with steady_readers(gateway.port) as fared:
        async with slow_crowd(
            gateway.port, NUMBER_SOAK, drip_s=DRIP_SOAK_S, does_return=True
        ) as crowd:
            await all_in(crowd, NUMBER_SOAK)
            for _ in range(HOLD_SOAK_S):
                await asyncio.sleep(1)
                most_mb = max(most_mb, resident_mb(gateway))
                held.append(crowd.open_now)

    publish(
        "slow-connections",
        {
            "connections": NUMBER_SOAK,
            "open_at_once_min": min(held),
            "ended_by_limits": dict(crowd.ended),
            "readers": fared,
            "grown_mb": round(most_mb - before_mb, 1),
        },
    )
    assert not fared["failed"]
    assert min(held) > NUMBER_SOAK // 2


@pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS if kind != READS or "reading_rate_after_s" in KNOWN],
)
async def test_a_limit_ends_whoever_is_slow(kind: str) -> None:
    # A body that drips is only ended by a rate; where there is none, let it stop.
    drips = kind != "slow body" or "body_rate_after_s" in KNOWN
    async with (
        raw_origin(answered) as origin,
        standing_before(origin.url, limits=ConnectionLimits(**SHORT)) as standing,
    ):
        crowd = SlowCrowd(standing.port, drip_s=0.3 if drips else 2 * SHORT_S)
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as clients:
            for number in range(20):
                clients.create_task(crowd.dawdle(number, kind))

    assert crowd.ended == {kind: 20}
