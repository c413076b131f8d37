"""Thousands of slow clients, and readers beside them who must not notice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Generator
from pathlib import Path

import pytest

from gateway.proxy.limits import ConnectionLimits
from gateway.upstream.limits import Limits
from tests.figures import publish
from tests.integration.proxy.origins import raw_origin
from tests.integration.proxy.standing import exchanged, request_bytes, status_of
from tests.integration.proxy.standing import gateway as standing_before
from tests.journeys.patient_archive import answered, patient_archive
from tests.journeys.running import Gateway, gateway_before
from tests.journeys.slow_crowd import KINDS, SlowCrowd, slow_crowd
from tests.journeys.steady_readers import steady_readers

NUMBER = 600
HOLD_S = 4
NUMBER_SOAK = 10_000
HOLD_SOAK_S = 60
DRIP_S, DRIP_SOAK_S = 0.5, 5.0
PATIENCE_S = 90
SHORT_S = 2
KIB_PER_MIB = 1024
SHORT = ConnectionLimits(
    head_s=SHORT_S,
    idle_s=SHORT_S,
    body_idle_s=SHORT_S,
    linger_s=SHORT_S,
    body_rate_after_s=SHORT_S,
    reading_rate_after_s=SHORT_S,
)
# So few places at the upstream that a handful of slow clients could take them all.
FEW = Limits(connect_s=2, silence_s=30, origin_connections_max=10)


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
    assert fared["asked_each_min"] > 1
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
    assert fared["asked_each_min"] > 1
    assert min(held) > NUMBER_SOAK // 2


@pytest.mark.parametrize("kind", KINDS)
async def test_a_limit_ends_whoever_is_slow(kind: str) -> None:
    async with (
        raw_origin(answered) as origin,
        standing_before(origin.url, limits=SHORT) as standing,
    ):
        crowd = SlowCrowd(standing.port, drip_s=0.3)
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as clients:
            for number in range(20):
                clients.create_task(crowd.dawdle(number, kind))

    assert crowd.ended == {kind: 20}


@pytest.mark.parametrize("kind", KINDS)
async def test_slow_clients_leave_room_at_the_upstream(kind: str) -> None:
    async with (
        raw_origin(answered) as origin,
        standing_before(origin.url, upstream_limits=FEW) as standing,
    ):
        crowd = SlowCrowd(standing.port, drip_s=0.3)
        number = 3 * FEW.origin_connections_max
        tasks = [
            asyncio.create_task(crowd.dawdle(each, kind)) for each in range(number)
        ]
        await all_in(crowd, number)
        await asyncio.sleep(SHORT_S)
        answers = [
            status_of(await exchanged(standing.port, request_bytes("/page")))
            for _ in range(3)
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    assert answers == [200] * 3
