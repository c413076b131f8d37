"""Money paid ahead, and a crowd that wants more than it covers.

The price is one euro per mebibyte, so a body of 64 KiB costs 6.25 cents and two
euros cover exactly 32 of them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Generator, Iterable
from fractions import Fraction
from pathlib import Path

import pytest

from gateway.kernel.money import Money
from gateway.metering.meter import HOLD_STEP_BYTES
from gateway.metering.usage_event import Ending, UsageEvent
from tests.journeys.archive import archive_running
from tests.journeys.crowd import asked_at_once
from tests.journeys.metered import (
    Taker,
    billed,
    house_of,
    ledger_of,
    metering_before,
    prepaid_company,
    settled,
    wait_until,
)
from tests.journeys.running import Gateway

BODY_BYTES = 64 * 1024
PRICE_CENTS_PER_MEBIBYTE = 100
TWO_EUROS = Money(200, "EUR")
COVERED = 32
CROWD = 240


@pytest.fixture(scope="module")
def archive() -> Generator[int]:
    with archive_running() as port:
        yield port


@pytest.fixture
def gateway(archive: int, tmp_path: Path) -> Generator[Gateway]:
    with metering_before(f"http://127.0.0.1:{archive}", tmp_path) as gateway:
        yield gateway


def cents(events: Iterable[UsageEvent]) -> Fraction:
    """What is charged for some events, exactly."""
    taken = sum(event.billable_bytes for event in events if event.is_priced)
    return Fraction(taken * PRICE_CENTS_PER_MEBIBYTE, 2**20)


def targets(crowd: int = CROWD, *, round_: int = 0) -> list[str]:
    return [f"/plain/{BODY_BYTES}/{round_}-{number}" for number in range(crowd)]


async def test_a_crowd_of_240_gets_exactly_the_32_that_are_paid_for(
    gateway: Gateway,
) -> None:
    with house_of(gateway) as house:
        company = prepaid_company(house, TWO_EUROS)

    answers = await asked_at_once(gateway.port, targets(), company.headers)

    ledger = await asyncio.to_thread(settled, gateway)
    refused = [each for each in answers if each.status == 429]
    assert Counter(each.status for each in answers) == {
        200: COVERED,
        429: CROWD - COVERED,
    }
    assert not any("retry-after" in each.fields for each in refused)
    assert all(each.is_complete for each in answers)
    assert len(ledger.events) == COVERED
    assert cents(ledger.events) == TWO_EUROS.minor


async def test_a_top_up_lets_exactly_so_many_more_pass(gateway: Gateway) -> None:
    with house_of(gateway) as house:
        company = prepaid_company(house, TWO_EUROS)
    first = await asked_at_once(gateway.port, targets(), company.headers)
    with house_of(gateway) as house:
        house.agreements.top_up(company.agreement_id, TWO_EUROS, reference="again")
    await asyncio.to_thread(
        wait_until, lambda: one_passes(gateway, company), what="a yes"
    )

    second = await asked_at_once(gateway.port, targets(round_=1), company.headers)

    ledger = await asyncio.to_thread(settled, gateway)
    passed = [Counter(each.status for each in some)[200] for some in (first, second)]
    assert passed == [COVERED, COVERED - 1]
    assert cents(ledger.events) == 2 * TWO_EUROS.minor


def one_passes(gateway: Gateway, taker: Taker) -> bool:
    """Whether a body passes now; a no is never older than a second."""
    return gateway.ask(f"/plain/{BODY_BYTES}/one", headers=taker.headers).status == 200


async def test_a_kill_in_the_crowd_never_lets_more_pass_than_is_paid_for(
    gateway: Gateway,
) -> None:
    with house_of(gateway) as house:
        company = prepaid_company(house, TWO_EUROS)
    # Every other body stops half-way, so that some are under way at the kill.
    some = [
        target.replace("plain", "paused") if number % 2 else target
        for number, target in enumerate(targets())
    ]
    crowd = asyncio.create_task(asked_at_once(gateway.port, some, company.headers))
    await asyncio.to_thread(
        wait_until, lambda: len(ledger_of(gateway).intents) > 4, what="intents"
    )
    gateway.kill()
    before = await crowd
    gateway.start()

    after = await asked_at_once(gateway.port, targets(round_=1), company.headers)

    ledger = await asyncio.to_thread(settled, gateway)
    complete = [each for each in (*before, *after) if each.status == 200]
    bill = billed(gateway)
    assert ledger.count("orphaned") > 0
    assert cents(ledger.events) == TWO_EUROS.minor
    assert len(complete) <= COVERED + ledger.count("orphaned")
    assert bill["invoices"][0]["net_minor"] == TWO_EUROS.minor
    assert gateway.copyfair("audit")["ok"]


async def test_a_body_of_unknown_length_is_closed_where_the_money_ends(
    gateway: Gateway,
) -> None:
    with house_of(gateway) as house:
        company = prepaid_company(house, Money(2_000, "EUR"))
    covered_bytes = 20 * 2**20 // HOLD_STEP_BYTES * HOLD_STEP_BYTES

    (answer,) = await asked_at_once(
        gateway.port, [f"/stream/{30 * 2**20}/film"], company.headers
    )

    ledger = await asyncio.to_thread(settled, gateway)
    event = ledger.of(answer.fields["request-id"])
    assert answer.status == 200
    assert not answer.is_complete
    assert event.ending is Ending.CAPPED
    # What the client's side has not acknowledged when we close may still arrive; it
    # is not billed, and it was covered.
    assert event.billable_bytes == event.body_bytes
    assert max(event.body_bytes, answer.body_bytes) <= covered_bytes
    assert 0 < cents(ledger.events) <= 2_000


async def test_a_body_of_unknown_length_needs_money_for_the_first_step(
    gateway: Gateway,
) -> None:
    with house_of(gateway) as house:
        company = prepaid_company(house, TWO_EUROS)

    (answer,) = await asked_at_once(gateway.port, ["/stream/1/note"], company.headers)

    assert answer.status == 429
    assert not ledger_of(gateway).intents
