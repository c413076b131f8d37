"""Several processes serve one set-up: what each may lose, and what none may."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import Generator

import pytest

from gateway.kernel.money import Money
from tests.figures import publish, so_many
from tests.journeys.archive import archive_running
from tests.journeys.crowd import Answer, asked_at_once
from tests.journeys.metered import (
    Ledger,
    Taker,
    house_of,
    invoiced_company,
    ledger_of,
    prepaid_company,
    settled,
)
from tests.journeys.running import Gateway, ask, eventually
from tests.journeys.workers import (
    SOON_S,
    children,
    health,
    intents_by_run,
    is_alive,
    is_free,
    kill,
    of_role,
    say,
    set_up_with,
    wait_until_whole,
    worker_of,
)

READER = {"User-Agent": "Lynx/2.9.0dev.12 libwww-FM/2.14"}
BODY_BYTES = 64 * 1024
# One euro per mebibyte: 64 KiB cost 6.25 cents, so this covers exactly a hundred.
A_HUNDRED_BODIES = Money(625, "EUR")
CROWDS_IN_SOAK = 20
REQUESTS = "copyfair_requests_total"
ORPHANS = "copyfair_intents_orphaned_total"


@pytest.fixture(scope="module")
def archive() -> Generator[int]:
    with archive_running() as port:
        yield port


@pytest.fixture(scope="module")
def kept(archive: int, tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    """One gateway for all: none of them leaves anything behind that matters."""
    gateway = set_up_with(tmp_path_factory.mktemp("workers"), archive)
    # Whole crowds come from one address.
    say(gateway, "limits", "{connections_per_address: 4000}")
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture
def gateway(kept: Gateway) -> Gateway:
    """It runs and is whole, whatever the test before did."""
    assert kept.process
    if kept.process.poll() is not None:
        kept.start()
    wait_until_whole(kept)
    return kept


@pytest.fixture(scope="module")
def company(kept: Gateway) -> Taker:
    with house_of(kept) as house:
        return invoiced_company(house)


@pytest.fixture
def before(gateway: Gateway) -> Ledger:
    """What the tests before have left in the ledger."""
    return settled(gateway)


def counted(gateway: Gateway, series: str) -> int:
    """The sum of a counter over its labels."""
    text = ask(gateway.admin_port, "/metrics").body.decode()
    lines = re.findall(rf"^{series}(?:\{{[^}}]*\}})? ([0-9.]+)$", text, re.MULTILINE)
    return int(sum(map(float, lines)))


async def test_two_workers_share_the_load_and_one_ledger(
    gateway: Gateway, company: Taker, before: Ledger
) -> None:
    targets = [f"/plain/1000/{number}" for number in range(200)]
    runs_before, counted_before = intents_by_run(gateway), counted(gateway, REQUESTS)

    answers = await asked_at_once(gateway.port, targets, company.headers)

    ledger = (await asyncio.to_thread(settled, gateway)).without(before)
    runs = Counter(intents_by_run(gateway)) - Counter(runs_before)
    known = {each["boot_id"] for each in health(gateway)["workers"]}
    assert Counter(each.status for each in answers) == {200: 200}
    assert len({event.id for event in ledger.events}) == 200
    assert set(runs) == known
    assert counted(gateway, REQUESTS) - counted_before == 200
    assert gateway.copyfair("audit")["ok"]


@pytest.mark.timeout(300)
async def test_a_cap_of_100_lets_exactly_100_of_2000_pass_on_two_workers(
    gateway: Gateway,
) -> None:
    assert await a_crowd_wants_more_than_is_paid_for(gateway) == 100


@pytest.mark.soak
async def test_a_cap_of_100_lets_exactly_100_pass_every_time(gateway: Gateway) -> None:
    passed = []
    for number in so_many(CROWDS_IN_SOAK):
        who = f"Atlas {number}"
        passed += [await a_crowd_wants_more_than_is_paid_for(gateway, who)]

    publish("caps", {"cap": 100, "crowd": 2_000, "workers": 2, "passed": passed})
    assert set(passed) == {100}


async def a_crowd_wants_more_than_is_paid_for(
    gateway: Gateway, name: str = "Atlas"
) -> int:
    """How many passed: by the clients and by the ledger."""
    with house_of(gateway) as house:
        company = prepaid_company(house, A_HUNDRED_BODIES, name)
    targets = [f"/plain/{BODY_BYTES}/{number}" for number in range(2_000)]

    answers = await asked_at_once(gateway.port, targets, company.headers)

    ledger = await asyncio.to_thread(settled, gateway)
    own = {each.fields["request-id"] for each in answers}
    events = [event for event in ledger.events if event.id in own]
    assert Counter(each.status for each in answers) == {200: 100, 429: 1_900}
    assert sum(event.billable_bytes for event in events) == 100 * BODY_BYTES
    return len(events)


async def test_what_a_dead_worker_left_open_is_an_orphan_at_once(
    gateway: Gateway, company: Taker, archive: int, before: Ledger
) -> None:
    runs_before, orphans_before = intents_by_run(gateway), counted(gateway, ORPHANS)
    ask(archive, "/gate/shut")
    crowd = asyncio.create_task(
        asked_at_once(gateway.port, ["/paused/300000/film"], company.headers)
    )
    await asyncio.to_thread(
        eventually, lambda: has_intents(gateway, since=before), within_s=SOON_S
    )
    (boot_id,) = Counter(intents_by_run(gateway)) - Counter(runs_before)

    kill(worker_of(gateway, boot_id))

    await asyncio.to_thread(
        eventually,
        lambda: ledger_of(gateway).without(before).count("orphaned") == 1,
        within_s=SOON_S,
    )
    ask(archive, "/gate/open")
    (answer,) = await crowd
    await asyncio.to_thread(wait_until_whole, gateway)
    assert not answer.is_complete
    assert not ledger_of(gateway).without(before).events
    assert counted(gateway, ORPHANS) - orphans_before == 1
    assert gateway.ask("/plain/1000/after", headers=company.headers).status == 200
    assert gateway.copyfair("audit")["ok"]


def has_intents(gateway: Gateway, *, since: Ledger) -> bool:
    return bool(ledger_of(gateway).without(since).intents)


def test_a_writer_that_dies_is_waited_for(
    gateway: Gateway, company: Taker, before: Ledger
) -> None:
    earlier = gateway.ask("/plain/1000/before", headers=company.headers)
    (writer,) = of_role(gateway, "writer")

    kill(writer)

    reader = gateway.ask("/plain/1000/page", headers=READER)
    eventually(
        lambda: gateway.ask("/plain/1000/after", headers=company.headers).status == 200,
        within_s=SOON_S,
    )
    wait_until_whole(gateway)
    assert (earlier.status, reader.status) == (200, 200)
    assert of_role(gateway, "writer") != [writer]
    assert settled(gateway).without(before).count("orphaned") == 0
    assert gateway.copyfair("audit")["ok"]


def test_without_a_writer_readers_read_and_what_is_metered_comes_later(
    gateway: Gateway, company: Taker, before: Ledger
) -> None:
    page = gateway.folder / "policies" / "collections" / "whole-site.yaml"
    good = page.read_text(encoding="utf-8")
    page.write_text("rules: [{then: dney}]\n", encoding="utf-8")
    (writer,) = of_role(gateway, "writer")
    kill(writer)  # none starts with faulty policies

    refused = gateway.ask("/plain/1000/page", headers=company.headers)
    at_once = gateway.ask("/plain/1000/page", headers=company.headers)
    reader = gateway.ask("/plain/1000/page", headers=READER)
    page.write_text(good, encoding="utf-8")
    wait_until_whole(gateway)
    later = gateway.ask("/plain/1000/page", headers=company.headers)

    assert refused.status == at_once.status == 503
    assert int(refused.headers["retry-after"]) > 0
    assert (reader.status, later.status) == (200, 200)
    assert len(settled(gateway).without(before).events) == 1


def test_an_event_that_found_no_writer_is_told_to_the_next(
    gateway: Gateway, company: Taker, archive: int, before: Ledger
) -> None:
    """The answer ends while there is no writer; the worker keeps what passed."""
    ask(archive, "/gate/shut")
    crowd = asyncio.run(_ended_without_a_writer(gateway, company, archive, before))

    ledger = settled(gateway).without(before)

    assert crowd.is_complete
    assert ledger.of(crowd.fields["request-id"]).body_bytes == 300_000
    assert ledger.count("orphaned") == 0


async def _ended_without_a_writer(
    gateway: Gateway, company: Taker, archive: int, before: Ledger
) -> Answer:
    asked = asyncio.create_task(
        asked_at_once(gateway.port, ["/paused/300000/film"], company.headers)
    )
    await asyncio.to_thread(
        eventually, lambda: has_intents(gateway, since=before), within_s=SOON_S
    )
    kill(of_role(gateway, "writer")[0])
    ask(archive, "/gate/open")
    (answer,) = await asked
    return answer


def test_a_parent_that_is_killed_takes_everybody_along(gateway: Gateway) -> None:
    family = list(children(gateway))

    gateway.kill()

    eventually(lambda: not any(map(is_alive, family)), within_s=SOON_S)
    assert len(family) == 3
    eventually(lambda: is_free(gateway.port), within_s=SOON_S)
    eventually(lambda: is_free(gateway.admin_port), within_s=SOON_S)
    gateway.start()
    wait_until_whole(gateway)


def test_a_gateway_that_is_stopped_ends_whole(gateway: Gateway, company: Taker) -> None:
    family = list(children(gateway))
    answer = gateway.ask("/plain/1000/page", headers=company.headers)

    gateway.stop()

    assert gateway.process
    assert gateway.process.returncode == 0
    assert not any(map(is_alive, family))
    assert is_free(gateway.port)
    assert ledger_of(gateway).of(answer.headers["request-id"]).body_bytes == 1_000
    assert not (gateway.folder / "gateway.pid").exists()


def test_policies_are_read_again_by_all_when_the_parent_is_told(
    gateway: Gateway,
) -> None:
    before = {each["policy_version"] for each in health(gateway)["workers"]}
    page = gateway.folder / "policies" / "collections" / "whole-site.yaml"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("steward:", "steward: The"), encoding="utf-8")

    assert gateway.process
    os.kill(gateway.process.pid, signal.SIGHUP)

    def is_followed() -> bool:
        now = [each["policy_version"] for each in health(gateway)["workers"]]
        return len(set(now)) == 1 and set(now) != before

    eventually(is_followed, within_s=SOON_S)
    assert len(before) == 1
