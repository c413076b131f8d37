"""Two workers, one rule: what holds once, or so many at once, holds over both."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPConnection
from secrets import token_hex
from typing import Any

import pytest

from gateway.metering.lane import SEATS
from gateway.metering.relief.pace import SLOTS_AT_FIRST
from tests.journeys.archive import archive_running
from tests.journeys.crowd import asked_at_once
from tests.journeys.running import Gateway, ask, eventually, gateway_before
from tests.journeys.test_relief import BROWSER
from tests.journeys.test_relief import COLLECTION as SLOW_PART
from tests.journeys.test_signed_bots import (
    AGENT,
    COLLECTION,
    NOT_PROVED,
    PROVED,
    Bot,
    a_bot,
    status,
)
from tests.journeys.workers import of_role, say, wait_until_whole

pytestmark = pytest.mark.timeout(300)

SETTLED_S = 2.0


@pytest.fixture(scope="module")
def archive() -> Generator[int]:
    with archive_running() as port:
        yield port


@pytest.fixture(scope="module")
def gateway(
    archive: int, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Gateway]:
    folder = tmp_path_factory.mktemp("shared")
    upstream, switches = (
        f"http://127.0.0.1:{archive}",
        ("--protect", "on", "--licence", "offer"),
    )
    policies = {
        "collections/slow-part.yaml": SLOW_PART,
        "collections/signed.yaml": COLLECTION,
    }
    with gateway_before(upstream, folder, *switches, policies=policies) as gateway:
        gateway.stop()
        agents = gateway.folder / "policies" / "agents"
        agents.mkdir(exist_ok=True)
        (agents / "sample-signer.yaml").write_text(AGENT, encoding="utf-8")
        say(gateway, "evidence", "{loopback: yes, reverse_dns: no}")
        say(gateway, "workers", "2")
        gateway.start()
        wait_until_whole(gateway)
        yield gateway


@contextmanager
def alone(gateway: Gateway, worker: int) -> Generator[None]:
    """For a while every new connection is that worker's."""
    others = [each for each in of_role(gateway, "worker") if each != worker]
    for each in others:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in others:
            os.kill(each, signal.SIGCONT)


def signed(bot: Bot, gateway: Gateway, nonce: str) -> dict[str, str]:
    now_s = int(time.time())
    asked = bot.signer.request(
        agent=f'"{bot.url}"',
        covered=[
            ('"@authority"', f"127.0.0.1:{gateway.port}"),
            ('"signature-agent"', f'"{bot.url}"'),
        ],
        parameters=f';nonce="{nonce}"',
        created_s=now_s - 5,
        expires_s=now_s + 300,
    )
    return dict(asked.headers)


def is_proved(bot: Bot, gateway: Gateway) -> bool:
    return status(gateway, signed(bot, gateway, token_hex())) == PROVED


def test_a_signature_replayed_on_the_other_worker_is_no_proof(gateway: Gateway) -> None:
    one, other = of_role(gateway, "worker")
    with a_bot() as bot:
        for worker in (one, other):  # each fetches the directory for itself
            with alone(gateway, worker):
                eventually(partial(is_proved, bot, gateway), within_s=30)
        fresh, later = (signed(bot, gateway, name) for name in ("fresh", "later"))
        with alone(gateway, one):
            first = status(gateway, fresh)
        with alone(gateway, other):
            replayed = status(gateway, fresh)
            own = status(gateway, later)

    assert (first, replayed, own) == (PROVED, NOT_PROVED, PROVED)


def explained_lane(gateway: Gateway, target: str, address: str = "20.1.1.1") -> Any:
    question = {"url": f"http://127.0.0.1:{gateway.port}{target}", "ip": address}
    told = ask(
        gateway.admin_port,
        "/api/v1/explain",
        "POST",
        body=json.dumps(question).encode(),
        headers={"Content-Type": "application/json"},
    )
    return json.loads(told.body)["lane"]


def come(
    gateway: Gateway, address: str, target: str, *, agent: str = BROWSER["User-Agent"]
) -> int:
    """A request from an address of the loopback network; a reader's, if not told."""
    door = HTTPConnection("127.0.0.1", gateway.port, source_address=(address, 0))
    with closing(door):
        door.request("GET", target, headers={**BROWSER, "User-Agent": agent})
        return door.getresponse().status


def test_a_page_from_one_worker_and_its_part_from_the_other_make_a_history(
    gateway: Gateway,
) -> None:
    one, other = of_role(gateway, "worker")
    reader, visitor = "127.0.7.1", "127.0.7.2"
    with alone(gateway, one):
        pages = [come(gateway, each, "/plain/10/page") for each in (reader, visitor)]
    with alone(gateway, other):
        part = come(gateway, reader, "/plain/10/style.css")
    assert [*pages, part] == [200] * 3

    # Whoever asks the gateway is told too: it has the memory of both.
    ranks = [
        explained_lane(gateway, "/late/100/new", each)["rank"]
        for each in (reader, visitor)
    ]
    assert ranks == ["history", "fresh"]


def test_two_workers_let_no_more_into_a_lane_than_one_would(
    gateway: Gateway, archive: int
) -> None:
    targets = [f"/late/100/{number}" for number in range(SLOTS_AT_FIRST + SEATS)]

    def inside() -> int:
        return ask(archive, "/seen").body.decode().count("GET /late/")

    async def most() -> tuple[int, dict[str, Any], list[int]]:
        asking = asyncio.create_task(asked_at_once(gateway.port, targets, BROWSER))
        # More than that many never come, however long the gate is shut.
        await asyncio.to_thread(
            eventually, lambda: inside() >= SLOTS_AT_FIRST // 2, within_s=30
        )
        # Whoever waits is told to come back after two seconds, so this comes first.
        await asyncio.to_thread(
            eventually,
            lambda: explained_lane(gateway, "/late/100/new")["waiting"] > 0,
            within_s=30,
        )
        await asyncio.sleep(SETTLED_S)
        found = await asyncio.to_thread(inside)
        lane = await asyncio.to_thread(explained_lane, gateway, "/late/100/new")
        ask(archive, "/gate/open")
        return found, lane, [answer.status for answer in await asking]

    found, lane, statuses = asyncio.run(most())

    assert SLOTS_AT_FIRST // 2 <= found <= SLOTS_AT_FIRST
    assert set(statuses) <= {200, 429}
    # Whoever asks the gateway sees the lane of both, as it was then.
    assert lane["places"] == SLOTS_AT_FIRST
    assert lane["inside"] == found
    assert statuses.count(200) >= found


def test_a_machine_that_never_reads_robots_has_each_worker_read_it(
    gateway: Gateway, archive: int
) -> None:
    def read() -> int:
        return ask(archive, "/seen").body.decode().count("GET /robots.txt")

    def was_read(times: int) -> bool:
        return read() == times

    ask(archive, "/gate/open")
    assert come(gateway, "127.0.7.8", "/late/100/reader") == 200
    assert read() == 0
    for number, worker in enumerate(of_role(gateway, "worker"), start=1):
        with alone(gateway, worker):
            agent = "Scrapy/2.11.2 (+https://scrapy.org)"
            assert come(gateway, "127.0.7.9", "/late/100/bot", agent=agent) == 200
            eventually(partial(was_read, number), within_s=30)
