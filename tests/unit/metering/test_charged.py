"""Charged so far: what the store recorded, priced from the owner's position."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from gateway.identity.over_time import NEVER, OverTime
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.period import Period, month_of, year_of
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.tariff import Bracket, Metered, Tariff
from gateway.metering.cap import Position
from gateway.metering.charged import settled_position, span_of
from gateway.metering.ports import Allowance
from gateway.metering.quantity import Quantity
from gateway.metering.usage_event import UsageEvent
from tests.fakes.usage import SOME_TIME_US, FakeUsageStore, a_usage_event

TARIFF = Tariff(
    "ai-2026",
    1,
    "EUR",
    Metered.BYTES,
    1,
    "1 B",
    (Bracket(100, 0), Bracket(200, 1), Bracket(None, 10)),
)
ALLOWANCE = Allowance(TARIFF, ("pty_1", "pty_2"), is_proven=True)
THIS_MONTH = month_of(SOME_TIME_US)
LAST_MONTH_US = THIS_MONTH.start_us - US_PER_DAY


def position(
    *events: UsageEvent, period: Period = THIS_MONTH, allowance: Allowance = ALLOWANCE
) -> Position:
    store = FakeUsageStore()
    for event in events:
        store.record_event(event, recorded_us=SOME_TIME_US)
    return settled_position(
        store,
        allowance,
        agreement_id="agr_1",
        period=period,
        now_us=SOME_TIME_US,
        up_to_seq=store.last_seq(),
    )


def test_nothing_recorded_is_nothing_charged() -> None:
    assert position() == Position()


def test_the_period_is_priced_from_where_the_year_stood() -> None:
    earlier = a_usage_event(1, body_bytes=150, occurred_us=LAST_MONTH_US)

    found = position(earlier, a_usage_event(2, body_bytes=60))

    assert found.taken == Quantity(2, 210)
    assert found.used == Quantity(1, 60)
    assert found.micros == 50 * 1 + 10 * 10


def test_a_statement_costs_nothing_and_moves_nothing_once_something_is_invoiced() -> (
    None
):
    shown = a_usage_event(1, body_bytes=150, is_statement=True)
    owed = a_usage_event(2, body_bytes=110)

    invoiced = position(shown, owed)
    resting = position(shown, owed, allowance=replace(ALLOWANCE, is_statement=True))

    assert invoiced.taken == Quantity(1, 110)
    assert invoiced.micros == 10
    assert resting.taken == Quantity(2, 260)
    assert resting.micros == 100 + 60 * 10


def test_brackets_over_a_month_begin_again() -> None:
    monthly = replace(TARIFF, brackets_over=BracketsOver.MONTH)
    earlier = a_usage_event(1, body_bytes=150, occurred_us=LAST_MONTH_US)

    found = position(
        earlier,
        a_usage_event(2, body_bytes=60),
        allowance=replace(ALLOWANCE, tariff=monthly),
    )

    assert found.taken == Quantity(1, 60)
    assert found.micros == 0


def test_a_period_over_two_years_begins_the_brackets_twice() -> None:
    last_year_us = year_of(SOME_TIME_US).start_us - US_PER_DAY
    both = Period(last_year_us, SOME_TIME_US + US_PER_DAY)

    found = position(
        a_usage_event(1, body_bytes=120, occurred_us=last_year_us),
        a_usage_event(2, body_bytes=130),
        period=both,
    )

    assert found.micros == 20 + 30
    assert found.taken == Quantity(1, 130)


def test_an_owner_shares_its_charge_by_quantity() -> None:
    found = position(
        a_usage_event(1, body_bytes=100),
        a_usage_event(2, body_bytes=300, agreement_id="agr_2", party_id="pty_2"),
    )

    assert found.taken == Quantity(2, 400)
    assert found.micros == Fraction(100 + 200 * 10, 4)


def test_where_nobody_verified_who_it_is_the_last_price_counts() -> None:
    unproven = replace(ALLOWANCE, is_proven=False)

    found = position(a_usage_event(1, body_bytes=30), allowance=unproven)

    assert found.micros == 30 * 10


def test_use_is_charged_by_what_counted_when_it_was_taken() -> None:
    """Verified, lapsed, verified again; what strangers take holds no place."""
    turns = OverTime((LAST_MONTH_US - 1, SOME_TIME_US - US_PER_DAY, SOME_TIME_US - 5))
    told = replace(ALLOWANCE, proven=turns, family={"pty_1": turns, "pty_2": NEVER})

    found = position(
        a_usage_event(1, body_bytes=150, occurred_us=LAST_MONTH_US),
        a_usage_event(2, body_bytes=60, occurred_us=SOME_TIME_US - US_PER_DAY),
        a_usage_event(3, body_bytes=60, occurred_us=SOME_TIME_US),
        a_usage_event(4, body_bytes=900, agreement_id="agr_2", party_id="pty_2"),
        period=Period(LAST_MONTH_US, SOME_TIME_US + 1),
        allowance=told,
    )

    assert found.micros == 50 * 1 + 60 * 10 + 50 * 1 + 10 * 10
    assert found.taken == Quantity(2, 210)


def test_the_span_is_the_calendar_year_or_month() -> None:
    monthly = replace(TARIFF, brackets_over=BracketsOver.MONTH)

    assert span_of(TARIFF, SOME_TIME_US) == year_of(SOME_TIME_US)
    assert span_of(monthly, SOME_TIME_US) == THIS_MONTH
