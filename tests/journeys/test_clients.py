"""Real clients before a live gateway: people, tools, feeds, archives, crawlers, AI.

All of them come side by side, first in calm, then while a crowd asks for the search;
what each experienced is a row of docs/reference/clients.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest

from tests.journeys import clients_page
from tests.journeys.client_list import (
    CALM,
    DISOBEYING,
    GPTBOT_NAME,
    HELD_UP,
    LATE,
    NO_SCRIPTS,
    PRESSED,
    READS,
)
from tests.journeys.client_stories import Lived, lived
from tests.journeys.clients_of_machines import CHATGPT_USER
from tests.journeys.clients_page import PAYMENT
from tests.journeys.experience import Experience, Told
from tests.journeys.many_kinds import ROBOTS, numbers
from tests.journeys.running import ask

pytestmark = [pytest.mark.services, pytest.mark.timeout(400)]

COMMONERS = [told for told in CALM if told.client != GPTBOT_NAME]
WITHOUT_SEARCH = [
    told for told in PRESSED if told.part == READS and told.client != GPTBOT_NAME
]


@pytest.fixture(scope="module")
def story(
    tmp_path_factory: pytest.TempPathFactory, require_program: Callable[[str], Path]
) -> Generator[Lived]:
    with lived(tmp_path_factory.mktemp("clients"), require_program) as story:
        yield story


def in_calm(story: Lived, told: Told) -> Experience:
    (found,) = [one for one in story.calm if one.told is told]
    return found


def in_a_crowd(story: Lived, told: Told) -> Experience:
    (found,) = [one for one in story.pressed if one.told is told]
    return found


def of(experiences: Sequence[Experience], client: str) -> Experience:
    return next(one for one in experiences if one.told.client == client)


# ── in calm ──────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("told", CALM, ids=str)
def test_in_calm_every_client_works(story: Lived, told: Told) -> None:
    assert in_calm(story, told).failed == ""


@pytest.mark.parametrize("told", COMMONERS, ids=str)
def test_in_calm_nobody_is_refused(story: Lived, told: Told) -> None:
    lived_through = in_calm(story, told)

    assert lived_through.seen
    assert lived_through.refused() == {}


@pytest.mark.parametrize("told", COMMONERS, ids=str)
def test_what_a_client_gets_is_what_the_archive_has(story: Lived, told: Told) -> None:
    lived_through = in_calm(story, told)

    assert lived_through.others == []
    assert lived_through.compared or told.client == "git"


def test_robots_txt_is_the_archives_with_our_lines(story: Lived) -> None:
    for client in ("Scrapy, obeying robots.txt", "HTTrack", GPTBOT_NAME):
        seen = of(story.calm, client).seen
        (robots,) = [one for one in seen if one.target == "/robots.txt"]

        lines = robots.body.decode().splitlines()
        assert set(ROBOTS.splitlines()) < set(lines)
        assert any(line.startswith("License: ") for line in lines)


def test_who_obeys_robots_txt_asks_for_no_search(story: Lived) -> None:
    for client in ("Scrapy, obeying robots.txt", "HTTrack"):
        assert of(story.calm, client).witness.began("/search") == 0
    disobeying = of(story.calm, DISOBEYING).witness
    assert disobeying.began("/search") == len(numbers())


# ── machines that say they are AI ────────────────────────────────────────────
@pytest.mark.parametrize("when", ["calm", "pressed"])
def test_a_crawler_that_says_it_trains_gets_an_offer(story: Lived, when: str) -> None:
    lived_through = of(getattr(story, when), GPTBOT_NAME)
    pages = [one for one in lived_through.seen if one.target != "/robots.txt"]

    assert pages
    for one in pages:
        assert one.status == 402
        assert 'rel="license"' in one.said["link"]
        assert one.said["crawler-price"]
        found = PAYMENT.search(one.said["link"])
        assert found is not None
        origin = lived_through.witness.origin
        href = found[1].removeprefix(origin)
        host = {"Host": origin.removeprefix("http://")}
        offer = ask(story.gateway.port, href, headers=host)
        assert href != found[1]
        assert offer.status == 200
        assert json.loads(offer.body)["tariff"]


@pytest.mark.parametrize("when", ["calm", "pressed"])
def test_a_fetcher_on_somebodys_errand_reads_like_them(story: Lived, when: str) -> None:
    (fetched,) = of(getattr(story, when), "ChatGPT-User's name (curl)").seen

    assert fetched.fields["user-agent"] == CHATGPT_USER
    assert fetched.status == 200


# ── in a crowd ───────────────────────────────────────────────────────────────
def test_the_crowd_is_held_up(story: Lived) -> None:
    assert story.crowd.answered[429] > story.crowd.answered[402] == 0
    assert story.crowd.answered[200] > 0


@pytest.mark.parametrize("told", PRESSED, ids=str)
def test_in_a_crowd_every_client_works(story: Lived, told: Told) -> None:
    assert in_a_crowd(story, told).failed == ""


@pytest.mark.parametrize("told", WITHOUT_SEARCH, ids=str)
def test_who_reads_anything_else_notices_no_crowd(story: Lived, told: Told) -> None:
    lived_through = in_a_crowd(story, told)

    assert told in story.while_shut
    assert lived_through.seen
    assert lived_through.refused() == {}
    assert lived_through.others == []


@pytest.mark.parametrize(
    "told", [told for told in PRESSED if told.part == LATE], ids=str
)
def test_a_history_and_a_lane_of_ones_own_are_not_held(
    story: Lived, told: Told
) -> None:
    lived_through = in_a_crowd(story, told)

    assert lived_through.witness.statuses("/search") == [200]
    assert lived_through.others == []


@pytest.mark.parametrize("client", [NO_SCRIPTS, "lynx", "w3m", "edbrowse"])
def test_a_button_needs_no_script_and_no_mouse(story: Lived, client: str) -> None:
    lived_through = of(story.pressed, client)
    asked = [one for one in lived_through.seen if "/style" not in one.target]
    steps = [(one.method, one.status) for one in asked if "favicon" not in one.target]

    assert steps == [("GET", 429), ("POST", 303), ("GET", 200)]
    assert lived_through.others == []


@pytest.mark.parametrize("client", ["curl", "wget"])
def test_a_tool_that_comes_back_gets_there(story: Lived, client: str) -> None:
    *held, last = of(story.pressed, client).witness.statuses("/search")

    assert set(held) == {429}
    assert last == 200


@pytest.mark.parametrize(
    "told", [told for told in PRESSED if told.part in HELD_UP], ids=str
)
def test_a_refusal_says_when_to_come_back_and_whom_to_ask(
    story: Lived, told: Told
) -> None:
    refused = [one for one in in_a_crowd(story, told).seen if one.status == 429]

    assert refused
    for one in refused:
        assert int(one.said["retry-after"]) > 0
        assert one.said["cache-control"] == "no-store"
        if "json" in one.said["content-type"]:
            assert json.loads(one.body)["appeal"]


def test_a_spider_among_the_crowd_loses_nothing_but_its_searches(story: Lived) -> None:
    lived_through = of(story.pressed, DISOBEYING)
    others = [one for one in lived_through.seen if "/search" not in one.target]

    assert set(lived_through.witness.statuses("/search")) == {429}
    assert {one.status for one in others} == {200}
    assert len(others) == len(numbers()) + 3


# ── the page ─────────────────────────────────────────────────────────────────
def test_the_page_says_what_they_experienced(story: Lived) -> None:
    written = clients_page.PAGE.read_text(encoding="utf-8")
    fresh = clients_page.page(story)

    assert clients_page.settled(written) == clients_page.settled(fresh), (
        "run python -m tests.journeys.clients_page"
    )
