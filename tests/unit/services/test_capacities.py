"""Carrying capacities: exact in a crowd, over all agreements, and not for sale."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.kernel.period import Period
from gateway.licensing.capacity import Capacity, CapacityPer
from gateway.metering.admit import CapReached
from gateway.metering.cap import Hold
from gateway.metering.footprint import EnergyModel
from gateway.metering.ports import Settled
from gateway.metering.quantity import Quantity
from gateway.services.capacities import Capacities, Carried
from tests.fakes.time_and_chance import HandClock
from tests.fakes.usage import a_usage_event

MAPS = "maps"
KIB = Hold(Quantity(1, 1_000), key_id="key_1", collection=MAPS)
DAILY = Capacity(CapacityPer.DAY, requests=3)


class Archive:
    """A collection that carries so much, and what was metered of it."""

    def __init__(self, terms: Capacity | None) -> None:
        self.clock = HandClock()
        self.terms = terms
        self.recorded: list[tuple[int, Quantity]] = []
        self.read = 0
        self.capacities = Capacities(
            Carried(
                terms=lambda name: self.terms if name == MAPS else None,
                counted=self,
                last_seq=lambda: len(self.recorded),
                model=EnergyModel(core_mw=0, network_mwh_per_gb=1_000_000_000),
                cpu_us_per_request=lambda: 0,
            ),
            clock=self.clock,
        )

    def collection_counted(
        self, collection: str, *, period: Period, up_to_seq: int
    ) -> Quantity:
        self.read += 1
        assert collection == MAPS
        total = Quantity()
        for at_us, quantity in self.recorded[:up_to_seq]:
            if at_us in period:
                total += quantity
        return total

    async def reserve(self, number: int, hold: Hold = KIB) -> CapReached | None:
        return await self.capacities.reserve(f"req_{number}", hold)

    def settle(self, number: int, body_bytes: int) -> None:
        now_us = self.clock.now_us()
        event = a_usage_event(number, body_bytes=body_bytes, occurred_us=now_us)
        event = replace(event, id=f"req_{number}", collection=MAPS)
        self.recorded.append((now_us, Quantity(1, body_bytes)))
        settled = Settled(len(self.recorded), is_repeat=False)
        self.capacities.settle(event, settled)


async def test_of_a_crowd_exactly_as_many_pass_as_are_carried() -> None:
    archive = Archive(DAILY)
    answers = await asyncio.gather(*(archive.reserve(n) for n in range(50)))
    assert answers.count(None) == 3


async def test_whoever_is_refused_is_told_when_it_begins_anew() -> None:
    archive = Archive(DAILY)
    for number in range(3):
        assert await archive.reserve(number) is None
    refused = await archive.reserve(9)
    assert refused is not None
    assert refused.name == "capacity-requests-per-day"
    assert 0 < refused.retry_after_s <= 86_400
    assert (refused.limit, refused.counted, refused.window_s) == (3, "requests", 86_400)


async def test_what_ended_counts_and_what_was_given_back_does_not() -> None:
    archive = Archive(DAILY)
    for number in range(3):
        await archive.reserve(number)
    archive.settle(0, 10)
    archive.capacities.release("req_1")
    assert await archive.reserve(4) is None
    assert await archive.reserve(5) is not None


async def test_the_next_day_begins_anew() -> None:
    archive = Archive(DAILY)
    for number in range(3):
        await archive.reserve(number)
        archive.settle(number, 10)
    assert await archive.reserve(4) is not None
    archive.clock.forward(s=US_PER_DAY // 1_000_000)
    assert await archive.reserve(5) is None


async def test_what_was_recorded_before_the_start_counts() -> None:
    archive = Archive(DAILY)
    archive.recorded = [(archive.clock.now_us(), Quantity(1, 5))] * 2
    assert await archive.reserve(1) is None
    assert await archive.reserve(2) is not None


async def test_bytes_and_energy_are_capacities_too() -> None:
    by_bytes = Archive(Capacity(CapacityPer.MONTH, body_bytes=2_500))
    answers = [await by_bytes.reserve(number) for number in range(3)]
    assert [each and each.name for each in answers] == [
        None,
        None,
        "capacity-bytes-per-month",
    ]
    by_energy = Archive(Capacity(CapacityPer.DAY, energy_mwh=2_000))  # 1 mWh a byte
    answers = [await by_energy.reserve(number) for number in range(3)]
    assert [each and each.name for each in answers] == [
        None,
        None,
        "capacity-energy-per-day",
    ]


async def test_energy_is_taken_also_by_what_costs_nothing() -> None:
    archive = Archive(Capacity(CapacityPer.DAY, energy_mwh=2_000))
    assert await archive.reserve(1) is None
    archive.settle(1, 1_000)  # a test event, at no price: bytes are bytes
    assert await archive.reserve(2) is None
    assert await archive.reserve(3) is not None


async def test_a_stream_that_outgrows_it_is_ended() -> None:
    archive = Archive(Capacity(CapacityPer.DAY, body_bytes=1_500))
    assert await archive.reserve(1) is None
    assert await archive.capacities.extend("req_1", Quantity(0, 400)) is None
    assert await archive.capacities.extend("req_1", Quantity(0, 400)) is not None


async def test_a_collection_without_one_is_never_read() -> None:
    archive = Archive(None)
    answers = [await archive.reserve(number) for number in range(9)]
    assert answers == [None] * 9
    other = replace(KIB, collection="scans")
    assert archive.capacities.reserve_at_once("req_x", other)
    assert archive.read == 0


async def test_once_it_was_read_a_yes_needs_no_waiting() -> None:
    archive = Archive(DAILY)
    assert not archive.capacities.reserve_at_once("req_1", KIB), "not read yet"
    assert await archive.reserve(1) is None
    assert archive.capacities.reserve_at_once("req_2", KIB)
    assert archive.capacities.reserve_at_once("req_3", KIB)
    assert not archive.capacities.reserve_at_once("req_4", KIB)


async def test_a_capacity_that_was_changed_holds_at_the_next_request() -> None:
    archive = Archive(DAILY)
    for number in range(3):
        await archive.reserve(number)
    archive.terms = replace(DAILY, requests=4)
    assert await archive.reserve(4) is None, "what is held is known still"
    assert await archive.reserve(5) is not None


async def test_a_new_writer_knows_what_workers_hold() -> None:
    archive = Archive(DAILY)
    for number in (1, 2):
        archive.capacities.adopt(f"req_{number}", KIB)
    assert await archive.reserve(3) is None
    assert await archive.reserve(4) is not None


def test_a_capacity_of_nothing_is_none() -> None:
    with pytest.raises(InvalidValue):
        Capacity(CapacityPer.DAY)
