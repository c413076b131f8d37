"""A crowd falls upon an expensive page: the others stay open, and a button helps."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Generator
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

from gateway.metering.lane import SEATS
from gateway.metering.relief.pace import SLOTS_AT_FIRST
from tests.journeys.archive import archive_running
from tests.journeys.crowd import asked_at_once
from tests.journeys.running import Gateway, Got, ask, eventually, gateway_before

COLLECTION = """\
collection: slow-part
title: The slow part
steward: Test
contact: test@archive.example
upstream: archive
match: {paths: ["/late/**"]}
licence: CC-BY-4.0
extends: copyfair
costs: {"/late/**": 20}
budgets:
  anonymous: {cost: 60000, per: 1h, burst: 60000, only_under: pressure}
"""
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Firefox/133.0",
    "Accept": "text/html",
}
OVER = 20


@pytest.fixture
def archive() -> Generator[int]:
    with archive_running() as port:
        yield port


@pytest.fixture
def gateway(archive: int, tmp_path: Path) -> Generator[Gateway]:
    with gateway_before(
        f"http://127.0.0.1:{archive}",
        tmp_path,
        *("--protect", "on"),
        policies={"collections/slow-part.yaml": COLLECTION},
    ) as gateway:
        yield gateway


def seen(archive: int) -> str:
    return ask(archive, "/seen").body.decode()


def crowded(gateway: Gateway, archive: int) -> tuple[Got, Got]:
    """More than the lane and its waiting room hold; what one of them was told."""
    crowd = SLOTS_AT_FIRST + SEATS + OVER
    targets = [f"/late/100/{number}" for number in range(crowd)]

    async def all_of_it() -> tuple[Got, Got]:
        asking = asyncio.create_task(asked_at_once(gateway.port, targets, BROWSER))
        await asyncio.to_thread(
            eventually,
            lambda: seen(archive).count("GET /late/") == SLOTS_AT_FIRST,
            within_s=20,
        )
        page = await asyncio.to_thread(gateway.ask, "/plain/100/page", headers=BROWSER)
        held = await asyncio.to_thread(
            gateway.ask, "/late/100/mine?a=1&b", headers={**BROWSER, **GERMAN}
        )
        ask(archive, "/gate/open")
        statuses = Counter(answer.status for answer in await asking)
        # Whoever waited is let in once the gate is open, or was told before that.
        assert statuses[200] + statuses[429] == crowd
        assert statuses[200] >= SLOTS_AT_FIRST
        assert statuses[429] >= OVER
        return page, held

    return asyncio.run(all_of_it())


GERMAN = {"Accept-Language": "de-AT, de;q=0.9, en;q=0.5"}


def test_a_crowd_is_held_up_and_a_button_leads_to_the_page(
    gateway: Gateway, archive: int
) -> None:
    page, held = crowded(gateway, archive)
    text = held.body.decode()
    (found,) = re.findall(r'name="page" value="([^"]*)"', text)

    assert page.status == 200
    assert held.status == 429
    assert int(held.headers["retry-after"]) >= 1
    assert '<html lang="de"' in text
    assert "<script" not in text
    assert unescape(found) == "/late/100/mine?a=1&b"

    form = urlencode({"page": unescape(found)}).encode()
    sent_on = gateway.ask("/_copyfair/pass", "POST", body=form, headers=BROWSER)
    target = sent_on.headers["location"].partition(f":{gateway.port}")[2]
    got = gateway.ask(target, headers=BROWSER)

    assert sent_on.status == 303
    assert "copyfair-ticket=" in target
    assert got.status == 200
    assert "GET /late/100/mine?a=1&b HTTP/1.1" in seen(archive)
    assert "copyfair-ticket" not in seen(archive)


ELSEWHERE = ["", "//elsewhere.example/", "https://a.example/", "/a b"]


@pytest.mark.parametrize("page", ELSEWHERE)
def test_the_button_leads_nowhere_else(gateway: Gateway, page: str) -> None:
    form = urlencode({"page": page}).encode()

    said = gateway.ask("/_copyfair/pass", "POST", body=form)

    assert said.status == 400
    assert "location" not in said.headers
