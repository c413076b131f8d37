"""Caps of requests and bytes, per key and per agreement; exact in a crowd."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kernel.period import day_of, month_of
from gateway.licensing.tariff import Bracket, Metered, Tariff
from gateway.metering.admit import CapReached
from gateway.metering.cap import Cap, CapLimits, Hold
from gateway.metering.charged import charge_of
from gateway.metering.limit import Limit
from gateway.metering.ports import Allowance
from gateway.metering.quantity import Quantity
from gateway.metering.room import Granted
from gateway.services.cap_account import Account
from gateway.services.caps import Caps
from tests.fakes.time_and_chance import HandClock
from tests.fakes.usage import FakeUsageStore, a_usage_event

RISING = Tariff(
    "ai-2026",
    1,
    "EUR",
    Metered.BYTES,
    1,
    "1 B",
    (Bracket(1_000, 1), Bracket(None, 10)),
)


class Setting:
    """Caps over a store in memory, with limits that a test can change."""

    def __init__(self, *limits: Limit) -> None:
        self.clock = HandClock()
        self.store = FakeUsageStore()
        self.limits = limits
        self.caps = Caps(
            self, self.store, sums=self.store, clock=self.clock, node="node-1"
        )

    def allowance(self, agreement_id: str, *, at_us: int) -> Allowance:
        return Allowance(RISING, ("pty_1",), is_proven=True, limits=self.limits)

    async def take(self, number: int, key_id: str = "key_1") -> Granted | CapReached:
        hold = Hold(Quantity(1, 100), key_id=key_id)
        return await self.caps.reserve(f"req_{number}", "agr_1", hold)

    def settle(self, number: int, key_id: str = "key_1") -> None:
        now_us = self.clock.now_us()
        event = a_usage_event(
            number, body_bytes=100, occurred_us=now_us, key_id=key_id, is_test=True
        )
        settled = self.store.record_event(event, recorded_us=now_us)
        self.caps.settle(event, settled)


NOW_US = HandClock().now_us()


def requests(number: int, *, key_id: str = "") -> Limit:
    name = "key-requests-per-day" if key_id else "requests-per-day"
    return Limit(name, CapLimits(requests=number), day_of(NOW_US), key_id)


async def test_100_requests_a_day_are_100_in_a_crowd_of_two_keys() -> None:
    setting = Setting(requests(100))

    answers = await asyncio.gather(
        *(setting.take(number, f"key_{number % 2}") for number in range(2_000))
    )

    assert sum(isinstance(answer, Granted) for answer in answers) == 100


async def test_a_key_stops_at_its_own_cap_and_the_other_goes_on() -> None:
    setting = Setting(requests(5), requests(2, key_id="key_1"))

    own = [await setting.take(number) for number in range(3)]
    other = [await setting.take(number, "key_2") for number in (10, 11, 12, 13)]

    assert [isinstance(each, Granted) for each in own] == [True, True, False]
    assert isinstance(own[2], CapReached)
    assert (own[2].name, own[2].limit) == ("key-requests-per-day", 2)
    assert "this key" in own[2].detail
    assert [isinstance(each, Granted) for each in other] == [True, True, True, False]


async def test_what_costs_nothing_counts_as_a_request_also_after_a_restart() -> None:
    setting = Setting(requests(2))
    await setting.take(1)
    setting.settle(1)
    again = Setting(requests(2))
    again.store = setting.store
    again.caps = Caps(
        again, again.store, sums=again.store, clock=again.clock, node="node-1"
    )

    first, second = await again.take(2), await again.take(3)

    assert isinstance(first, Granted)
    assert isinstance(second, CapReached)


async def test_a_cap_that_was_set_now_counts_what_is_under_way() -> None:
    setting = Setting()
    await setting.take(1)
    await setting.take(2)
    setting.limits = (requests(3),)

    unaware = await setting.take(3)
    setting.caps.forget(["agr_1", "agr_unheard"])
    aware = await setting.take(4)
    setting.caps.release("req_1")

    assert isinstance(unaware, Granted)
    assert isinstance(aware, CapReached)
    assert isinstance(await setting.take(5), Granted)


async def test_the_next_day_begins_afresh_and_says_when() -> None:
    setting = Setting(requests(1))
    await setting.take(1)
    setting.settle(1)

    refused = await setting.take(2)
    assert isinstance(refused, CapReached)
    setting.clock.forward(s=refused.retry_after_s)
    setting.limits = (
        Limit(
            "requests-per-day",
            CapLimits(requests=1),
            day_of(setting.clock.now_us()),
        ),
    )

    assert isinstance(await setting.take(3), Granted)


async def test_the_tightest_cap_is_told_and_nothing_where_there_is_none() -> None:
    loose = Limit("bytes-per-month", CapLimits(body_bytes=10_000), month_of(NOW_US))
    setting = Setting(loose, requests(4, key_id="key_1"))

    own, other = await setting.take(1), await setting.take(2, "key_2")
    free = await Setting().take(1)

    assert isinstance(own, Granted)
    assert isinstance(other, Granted)
    assert own.room is not None
    assert (own.room.name, own.room.left, own.room.limit) == (
        "key-requests-per-day",
        3,
        4,
    )
    assert own.room.window_s == 86_400
    assert other.room is not None
    assert (other.room.name, other.room.left) == ("bytes-per-month", 9_800)
    assert free == Granted(0, None)


async def test_refusals_are_told_once() -> None:
    setting = Setting(requests(0))
    await setting.take(1)

    assert setting.caps.refusals() == {("agr_1", "", "requests-per-day")}
    assert setting.caps.refusals() == frozenset()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 900), max_size=4),
    st.lists(st.integers(1, 900), max_size=12),
    st.permutations(range(12)),
)
def test_money_of_a_key_never_passes_its_cap_whatever_ends_first(
    others: list[int], asked: list[int], ends: list[int]
) -> None:
    """What the other key took before moves the brackets, and costs this cap nothing."""
    limit = Limit(
        "key-money-per-month", CapLimits(micros=3_000), month_of(NOW_US), "key_1"
    )
    cap = Cap(limit.limits, charge=charge_of(RISING, is_proven=True))
    account = Account(((limit, cap),), as_of_seq=0, until_us=0, loaded_ns=0)
    store = FakeUsageStore()

    def settle(number: int, key_id: str, body_bytes: int) -> None:
        event = a_usage_event(
            number, body_bytes=body_bytes, occurred_us=NOW_US, key_id=key_id
        )
        account.release(event.id)
        account.count(event, store.record_event(event, recorded_us=1))

    for number, body_bytes in enumerate(others, 100):
        settle(number, "key_2", body_bytes)
    held = []
    for number, body_bytes in enumerate(asked):
        hold = Hold(Quantity(1, body_bytes), key_id="key_1")
        if isinstance(account.reserve(f"req_{number}", hold), int):
            held.append(number)
    for number in sorted(held, key=lambda one: ends[one]):
        settle(number, "key_1", asked[number])

    assert 0 <= cap.position.micros <= 3_000
    assert cap.position.taken.body_bytes == sum(others) + sum(
        asked[number] for number in held
    )
    assert account.holds == {}
    assert account.priced == Quantity()


async def test_what_is_left_of_money_is_exact_before_and_after() -> None:
    limit = Limit(
        "monthly-cap", CapLimits(micros=3_000), month_of(NOW_US), currency="EUR"
    )
    setting = Setting(limit)

    first, second = await setting.take(1), await setting.take(2)
    setting.caps.release("req_1")
    third = await setting.take(3)

    answers = [each for each in (first, second, third) if isinstance(each, Granted)]
    left = [each.room.left for each in answers if each.room]
    assert left == [2_900, 2_800, 2_800]
