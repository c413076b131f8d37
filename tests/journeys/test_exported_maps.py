"""`copyfair export`: readers never reach the gateway, takers always do."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

import pytest

from gateway.metering.usage_event import UsageEvent
from tests.journeys.behind_front import FILES, Front, deciding_front, static_archive
from tests.journeys.metered import Taker, house_of, invoiced_company, ledger_of
from tests.journeys.metered import wait_until as wait_until_it_is
from tests.journeys.running import ask

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

NOTHING: Mapping[str, str] = {}
CRAWLER = {"User-Agent": "Mozilla/5.0 (compatible; GPTBot/1.2)"}


KINDS: Sequence[tuple[str, Sequence[str]]] = (
    ("nginx", ()),
    ("nginx", ("--cache",)),
    ("haproxy", ()),
    ("caddy", ()),
)


@pytest.fixture(
    scope="module", params=KINDS, ids=["plain", "cache", "haproxy", "caddy"]
)
def front(
    request: pytest.FixtureRequest,
    require_program: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[Front]:
    nginx, folder = require_program("nginx"), tmp_path_factory.mktemp("front")
    kind, options = request.param
    with (
        static_archive(nginx, folder) as port,
        deciding_front(
            kind,
            require_program(kind),
            folder / "behind",
            archive_port=port,
            exported=options,
        ) as front,
    ):
        yield front


def decided(front: Front) -> int:
    """How many requests the gateway has let through."""
    return front.gateway.log().count('"event": "request.answered"')


def is_asked(front: Front, target: str, headers: Mapping[str, str] = NOTHING) -> bool:
    """Whatever was decided carries the gateway's id of it."""
    return "request-id" in front.ask(target, headers=headers).headers


def test_a_reader_costs_the_gateway_nothing(front: Front) -> None:
    before = decided(front)

    answers = [front.ask("/page?edition=2") for _ in range(20)]

    assert {answer.status for answer in answers} == {200}
    assert decided(front) == before


@pytest.mark.parametrize(
    "target",
    [
        "/search",
        "/search?q=1742",
        "/%73earch",
        "/x/../search",
        "//search",
        "/a%2Fsearch",
        "/a;b/page",
        "/page?key=cg_live_x",
    ],
)
def test_a_dear_or_doubtful_page_is_asked_about(front: Front, target: str) -> None:
    assert is_asked(front, target)


def test_a_reader_asks_the_archive_for_what_was_typed(front: Front) -> None:
    target = "/p%61ge?a=%2f&b=.."

    assert front.ask(target).headers["x-got-target"] == target
    assert not is_asked(front, target)


@pytest.mark.parametrize("target", ["/page", "/researches", "/page?search=1"])
def test_its_plain_neighbour_is_not(front: Front, target: str) -> None:
    assert not is_asked(front, target)


@pytest.mark.parametrize(
    "authorization",
    ["License cg_live_x", "license x", "Bearer cg_test_x", "Basic YTpi"],
)
def test_whoever_shows_what_may_be_ours_is_asked_about(
    front: Front, authorization: str
) -> None:
    assert is_asked(front, "/page", {"Authorization": authorization})


def test_whoever_signs_is_asked_about_whatever_it_looks_like(front: Front) -> None:
    signed = {
        "Signature-Input": 'sig=("@authority");created=1',
        "Signature": "sig=:YQ:",
    }

    assert is_asked(front, "/page", signed)
    assert not is_asked(front, "/page", {"Signature-Agent": '"https://bot.example"'})


def test_a_crawler_that_gives_its_name_gets_the_offer(front: Front) -> None:
    assert front.ask("/page", headers=CRAWLER).status == 402
    assert front.ask("/robots.txt", headers=CRAWLER).status == 200


def test_each_request_is_metered_once_also_behind_a_kept_decision(front: Front) -> None:
    with house_of(front.gateway) as house:
        taker = invoiced_company(house)
    before = decided(front)

    answers = [front.ask("/small", headers=taker.headers) for _ in range(10)]
    wait_until_it_is(lambda: len(taken(front, taker)) >= 10, what="ten events")
    events = taken(front, taker)

    assert {answer.status for answer in answers} == {200}
    assert len(events) == len(answers)
    assert sum(event.body_bytes for event in events) == 10 * FILES["small"]
    assert [event.is_repeat for event in events].count(False) == 1
    assert 1 <= decided(front) - before <= 10


def taken(front: Front, taker: Taker) -> list[UsageEvent]:
    events = ledger_of(front.gateway).events
    return [event for event in events if event.party_id == taker.party_id]


def test_the_gateway_answers_nobody_but_its_front_servers(front: Front) -> None:
    direct = ask(front.gateway.admin_port, "/decide/nginx")

    assert direct.status == 403  # no word of a front server came with it
    assert direct.headers["copyfair-status"] == "400"
