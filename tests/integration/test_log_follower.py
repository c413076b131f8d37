"""Following a front server's log: what no line confirms is not held for ever."""

from __future__ import annotations

from pathlib import Path

from gateway.access_logs.formats import FORMATS
from gateway.access_logs.log_file import LogFile
from gateway.bootstrap.log_metering import LogMetering, LogReading
from gateway.kernel.hooks import unheard
from gateway.metering.meter import HOLD_STEP_BYTES
from gateway.metering.usage_reference import Seal
from gateway.proxy.forward_auth.holds import LINE_WITHIN_S, Holds
from tests.fakes.time_and_chance import HandClock
from tests.fakes.usage import FakeLoggedUsageStore, FakeUsageStore
from tests.integration.proxy.fakes import METER, FakeCaps


async def test_a_hold_is_given_back_though_nobody_asks_again(tmp_path: Path) -> None:
    caps, clock = FakeCaps(HOLD_STEP_BYTES), HandClock()
    holds = Holds(caps, clock)
    reading = LogReading(FORMATS["nginx"], Seal([b"of tests"]), "node-1", 0)
    log, store = LogFile(tmp_path / "log"), FakeLoggedUsageStore(FakeUsageStore())
    follower = LogMetering(log, reading, store, holds, clock, unheard)
    await holds.take("req_1", "GET", METER, is_test=False)

    clock.forward(s=LINE_WITHIN_S - 1)
    await follower.step()
    assert caps.held

    clock.forward(s=2)
    await follower.step()
    assert not caps.held
