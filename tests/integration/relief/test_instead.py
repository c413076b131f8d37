"""While a lane is full: an earlier copy, then a plainer page, then the button.

A real gateway before an archive whose expensive pages wait for a gate.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager

import pytest

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
match: {paths: ["/kept/**", "/plain/**"]}
licence: CC-BY-4.0
extends: copyfair
costs:
  "/kept/100/cheap?*": {cost: 20, class: facet}
  "/kept/100/cheap": {cost: 1, class: page}
  "/kept/100/off**": {cost: 20, class: diff}
  "/kept/**": {cost: 20, class: search}
when_full:
  search: {stale: 10 min, canonical: [q]}
  facet: {canonical: []}
  diff: off
budgets:
  anonymous: {cost: 60000, per: 1h, burst: 60000, only_under: pressure}
"""
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Firefox/133.0",
    "Accept": "text/html",
}
PUBLIC = "/kept/100/public"
REPLACED = "/kept/100/public-changed"
OFF = "/kept/100/off-public"
PRIMED = (PUBLIC, REPLACED, OFF, "/kept/100/private", "/kept/100/cookie")


@pytest.fixture(scope="module")
def archive() -> Generator[int]:
    with archive_running() as port:
        yield port


@pytest.fixture(scope="module")
def gateway(
    archive: int, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Gateway]:
    with gateway_before(
        f"http://127.0.0.1:{archive}",
        tmp_path_factory.mktemp("instead"),
        *("--protect", "on"),
        policies={"collections/slow-part.yaml": COLLECTION},
    ) as gateway:
        yield gateway


def seen(archive: int) -> str:
    return ask(archive, "/seen").body.decode()


def made_once(gateway: Gateway, archive: int) -> None:
    """Every page was made once."""
    ask(archive, "/gate/open")
    for target in PRIMED:
        assert gateway.ask(target, headers=BROWSER).status == 200


@asynccontextmanager
async def full(gateway: Gateway, archive: int) -> AsyncGenerator[None]:
    """The lane is full, and stays so."""
    ask(archive, "/gate/shut")
    before = seen(archive).count("/kept/100/other")
    others = [f"/kept/100/other-{number}" for number in range(SLOTS_AT_FIRST)]
    asking = asyncio.create_task(asked_at_once(gateway.port, others, BROWSER))
    try:
        await asyncio.to_thread(
            eventually,
            lambda: seen(archive).count("/kept/100/other") - before == SLOTS_AT_FIRST,
            within_s=20,
        )
        yield
    finally:
        ask(archive, "/gate/open")
        await asking


def all_asked(
    gateway: Gateway, archive: int, asked: Mapping[str, tuple[str, Mapping[str, str]]]
) -> dict[str, Got]:
    """What each is answered while the lane is full, all at the same time."""

    async def together() -> dict[str, Got]:
        made_once(gateway, archive)
        async with full(gateway, archive), asyncio.TaskGroup() as crowd:
            tasks = {
                name: crowd.create_task(
                    asyncio.to_thread(gateway.ask, target, headers=fields)
                )
                for name, (target, fields) in asked.items()
            }
        return {name: task.result() for name, task in tasks.items()}

    return asyncio.run(together())


PLAIN = "/kept/100/cheap"
QUERIES = ("?color=red", "?color=red&size=1")
ASKED = {
    "public": (PUBLIC, BROWSER),
    "known": (PUBLIC, {**BROWSER, "If-None-Match": '"public-100"'}),
    "other version": (PUBLIC, {**BROWSER, "If-None-Match": '"public-99"'}),
    "cookie of theirs": (PUBLIC, {**BROWSER, "Cookie": "session=2"}),
    "credential of theirs": (PUBLIC, {**BROWSER, "Authorization": "Basic eDp5"}),
    "no cache wanted": (PUBLIC, {**BROWSER, "Cache-Control": "no-cache"}),
    "private": ("/kept/100/private", BROWSER),
    "cookie": ("/kept/100/cookie", BROWSER),
    "not made before": ("/kept/100/public-new", BROWSER),
    "turned off": (OFF, BROWSER),
    "filtered": (f"{PUBLIC}?q=", BROWSER),
    "led to a copy": (f"{PUBLIC}?sort=date", BROWSER),
    "led to a cheap page": (f"{PLAIN}?color=red", BROWSER),
    "no copy there": ("/kept/100/public-new?sort=date", BROWSER),
    "a program": (f"{PLAIN}?color=red", {**BROWSER, "Accept": "application/json"}),
}


@pytest.fixture(scope="module")
def told(gateway: Gateway, archive: int) -> dict[str, Got]:
    return all_asked(gateway, archive, ASKED)


def test_an_earlier_copy_is_given_with_its_age(told: Mapping[str, Got]) -> None:
    copy = told["public"]

    assert copy.status == 200
    assert len(copy.body) == 100
    assert int(copy.headers["age"]) >= 0
    assert copy.headers["cache-status"].startswith("copyfair;hit;ttl=")
    assert "earlier copy" in copy.headers["copyfair-decision"]
    assert copy.headers["etag"] == '"public-100"'


def test_whoever_has_that_copy_is_told_so_and_whoever_has_another_gets_it(
    told: Mapping[str, Got],
) -> None:
    assert (told["known"].status, told["known"].body) == (304, b"")
    assert told["other version"].status == 200


SHED = [
    "cookie of theirs",
    "credential of theirs",
    "no cache wanted",
    "private",
    "cookie",
    "not made before",
    "turned off",
    "filtered",
    "no copy there",
    "a program",
]


@pytest.mark.parametrize("name", SHED)
def test_nobody_is_given_what_is_not_for_anybody(
    told: Mapping[str, Got], name: str
) -> None:
    refused = told[name]

    assert refused.status == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert "age" not in refused.headers


def test_a_plainer_page_is_shown_where_it_needs_no_place(
    told: Mapping[str, Got],
) -> None:
    for name, page in (("led to a copy", PUBLIC), ("led to a cheap page", PLAIN)):
        assert told[name].status == 303
        assert told[name].headers["location"] == page


def test_the_log_and_the_figures_say_what_was_given(
    gateway: Gateway, told: Mapping[str, Got]
) -> None:
    eventually(lambda: "earlier copy" in gateway.log(), within_s=20)
    figures = ask(gateway.admin_port, "/metrics").body.decode()
    line = 'copyfair_lane_requests_total{{class="{0}",collection="slow-part",{1}}}'

    def number(page_class: str, came: str) -> float:
        start = line.format(page_class, f'outcome="{came}",rank="fresh"')
        found = [each for each in figures.splitlines() if each.startswith(start)]
        return sum(float(each.rpartition(" ")[2]) for each in found)

    assert told["public"].status == 200
    assert number("search", "stale") == 3
    assert number("search", "led-on") == 1
    assert number("facet", "led-on") == 1
    assert number("search", "shed") == 8
    assert number("facet", "shed") == 1
    assert number("diff", "shed") == 1
    assert number("search", "served") >= SLOTS_AT_FIRST


def test_once_there_is_room_nothing_but_the_page_is_given(
    gateway: Gateway, told: Mapping[str, Got]
) -> None:
    page = gateway.ask(PUBLIC, headers=BROWSER)

    assert told["public"].headers["age"]
    assert page.status == 200
    assert "age" not in page.headers


def test_a_page_that_was_changed_through_the_gateway_has_no_copy(
    gateway: Gateway, archive: int
) -> None:
    made_once(gateway, archive)

    async def changed_then_asked() -> Got:
        async with full(gateway, archive):
            before = await asyncio.to_thread(gateway.ask, REPLACED, headers=BROWSER)
            assert before.status == 200
            assert "age" in before.headers
            ask(archive, "/gate/open")
            gone = await asyncio.to_thread(
                gateway.ask, REPLACED, "POST", body=b"new", headers=BROWSER
            )
            assert gone.status == 200
        async with full(gateway, archive):
            return await asyncio.to_thread(gateway.ask, REPLACED, headers=BROWSER)

    assert asyncio.run(changed_then_asked()).status == 429
