"""Caps of agreements: exact in a crowd, rebuilt from the store, quick to forgive."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import NotFound
from gateway.kernel.period import Period, month_of
from gateway.licensing.tariff import Bracket, Metered, Tariff
from gateway.metering.admit import CapReached
from gateway.metering.cap import CapLimits, Hold
from gateway.metering.limit import Limit
from gateway.metering.ports import Allowance, Settled
from gateway.metering.quantity import Quantity
from gateway.services.caps import Caps
from tests.fakes.time_and_chance import HandClock
from tests.fakes.usage import FakeUsageStore, a_usage_event, an_intent

TARIFF = Tariff("ai-2026", 1, "EUR", Metered.BYTES, 1, "1 B", (Bracket(None, 1),))
KIB = Hold(Quantity(1, 1_000))


class FakeAllowances:
    """Terms that a test can change, and how often they were asked for."""

    def __init__(self, limits: tuple[Limit, ...]) -> None:
        self.limits = limits
        self.asked = 0

    def allowance(self, agreement_id: str, *, at_us: int) -> Allowance:
        self.asked += 1
        if agreement_id != "agr_1":
            raise NotFound("no such agreement")
        return Allowance(TARIFF, ("pty_1",), is_proven=True, limits=self.limits)


class Setting:
    """Caps over a store in memory."""

    def __init__(self, micros: int, *, name: str = "monthly-cap") -> None:
        self.clock = HandClock()
        self.store = FakeUsageStore()
        self.month = month_of(self.clock.now_us())
        self.allowances = FakeAllowances(())
        self.limit(micros, name=name)
        self.caps = Caps(
            self.allowances,
            self.store,
            sums=self.store,
            clock=self.clock,
            node="node-1",
        )

    def limit(self, micros: int, *, name: str = "monthly-cap") -> None:
        self.allowances.limits = (Limit(name, CapLimits(micros=micros), self.month),)

    async def reserve(self, number: int, hold: Hold = KIB) -> int | CapReached:
        answer = await self.caps.reserve(f"req_{number}", "agr_1", hold)
        return answer if isinstance(answer, CapReached) else answer.micros

    def settle(self, number: int, body_bytes: int, *, digest: str = "") -> Settled:
        event = a_usage_event(
            number,
            body_bytes=body_bytes,
            occurred_us=self.clock.now_us(),
            object_sha256=digest,
        )
        settled = self.store.record_event(event, recorded_us=self.clock.now_us())
        self.caps.settle(event, settled)
        return settled


def is_refused(answer: int | CapReached) -> bool:
    return isinstance(answer, CapReached)


async def test_2000_requests_at_once_get_exactly_what_the_cap_allows() -> None:
    setting = Setting(100_000)

    answers = await asyncio.gather(*(setting.reserve(n) for n in range(2_000)))

    assert sum(not is_refused(answer) for answer in answers) == 100


async def test_a_hold_is_its_price_and_a_release_gives_it_back() -> None:
    setting = Setting(1_000)

    first = await setting.reserve(1)
    second = await setting.reserve(2)
    setting.caps.release("req_1")
    third = await setting.reserve(3)

    assert (first, third) == (1_000, 1_000)
    assert is_refused(second)


async def test_what_was_not_delivered_is_free_again() -> None:
    setting = Setting(1_500)
    await setting.reserve(1)

    setting.settle(1, 400)

    assert not is_refused(await setting.reserve(2))
    assert is_refused(await setting.reserve(3, Hold(Quantity(1, 101))))


async def test_a_repeat_costs_nothing_of_the_cap() -> None:
    setting = Setting(2_000)
    for number in (1, 2, 3):
        await setting.reserve(number)
        setting.settle(number, 1_000, digest="abc")

    assert not is_refused(await setting.reserve(4))
    assert is_refused(await setting.reserve(5, Hold(Quantity(1, 1))))


async def test_after_a_restart_the_store_says_what_was_spent() -> None:
    setting = Setting(2_500)
    for number in (1, 2):
        setting.store.record_event(
            a_usage_event(number, occurred_us=setting.clock.now_us()), recorded_us=1
        )

    assert is_refused(await setting.reserve(3))
    assert not is_refused(await setting.reserve(4, Hold(Quantity(1, 500))))


async def test_a_top_up_counts_at_the_next_request() -> None:
    setting = Setting(1_000, name="prepaid")
    await setting.reserve(1)
    refused = await setting.reserve(2)
    setting.limit(2_000, name="prepaid")
    setting.clock.forward(s=1)

    granted = await setting.reserve(2)

    assert isinstance(refused, CapReached)
    assert (refused.name, refused.retry_after_s) == ("prepaid", 0)
    assert "Top it up" in refused.detail
    assert granted == 1_000


async def test_a_monthly_cap_says_when_the_month_is_over() -> None:
    setting = Setting(0)

    refused = await setting.reserve(1)

    assert isinstance(refused, CapReached)
    left_us = setting.month.end_us - setting.clock.now_us()
    assert refused.retry_after_s == -(-left_us // 1_000_000)


async def test_the_next_month_begins_afresh() -> None:
    setting = Setting(1_000)
    await setting.reserve(1)
    setting.settle(1, 1_000)
    setting.clock.forward(s=31 * 86_400)
    setting.month = month_of(setting.clock.now_us())
    setting.limit(1_000)

    assert not is_refused(await setting.reserve(2))


async def test_every_limit_of_an_agreement_holds() -> None:
    setting = Setting(5_000)
    ever = Period(0, setting.month.end_us + 900 * US_PER_DAY)
    setting.allowances.limits += (Limit("prepaid", CapLimits(micros=1_000), ever),)

    await setting.reserve(1)
    refused = await setting.reserve(2)
    setting.caps.release("req_1")

    assert isinstance(refused, CapReached)
    assert refused.name == "prepaid"
    assert not is_refused(await setting.reserve(3))


async def test_a_stream_of_unknown_length_stops_at_the_cap() -> None:
    setting = Setting(2_500)
    await setting.reserve(1)

    steps = [await setting.caps.extend("req_1", Quantity(0, 1_000)) for _ in range(2)]

    assert steps[0] == 1_000
    assert is_refused(steps[1])
    assert await setting.caps.extend("req_unknown", Quantity(0, 1)) == 0


async def test_money_that_another_node_holds_counts() -> None:
    setting = Setting(1_000)
    intent = an_intent(9, node="other", hold_micros=1)
    setting.store.open_intents([intent])

    assert is_refused(await setting.reserve(1))


async def test_a_rebuild_counts_nothing_twice_and_forgets_nothing() -> None:
    setting = Setting(3_000)
    await setting.reserve(1)
    await setting.reserve(2)
    event = a_usage_event(1, occurred_us=setting.clock.now_us())
    settled = setting.store.record_event(event, recorded_us=1)
    setting.clock.forward(s=400)
    await setting.reserve(3, Hold(Quantity(1, 0)))

    setting.caps.settle(event, settled)
    setting.caps.settle(replace(event), settled)

    assert setting.allowances.asked == 2
    assert not is_refused(await setting.reserve(4))
    assert is_refused(await setting.reserve(5, Hold(Quantity(1, 1))))


async def test_an_agreement_without_limit_is_never_refused() -> None:
    setting = Setting(0)
    setting.allowances.limits = ()

    assert await setting.reserve(1, Hold(Quantity(1, 10**15))) == 0


async def test_an_unknown_agreement_is_not_found() -> None:
    setting = Setting(0)

    with pytest.raises(NotFound):
        await setting.caps.reserve("req_1", "agr_unknown", KIB)
