"""Manners on the wire: what makes a history, what speaks for a machine, what crowds do.

A real gateway behind a front server that it trusts, so that clients have addresses of
their own. What is remembered is read where a steward reads it: from the admin listener.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Generator
from typing import Any

import pytest

from gateway.kernel.clock import NS_PER_S
from gateway.metering.relief.crowds import NETWORKS_MIN
from gateway.metering.relief.history import READ_FOR_NS
from gateway.services.paces import PAGES_MAX
from tests.journeys.archive import archive_running
from tests.journeys.crowd import asked_at_once
from tests.journeys.running import Gateway, Got, ask, eventually, gateway_before

COLLECTION = """\
collection: slow-part
title: The slow part
steward: Test
contact: test@archive.example
upstream: archive
match: {paths: ["/kept/**"]}
licence: CC-BY-4.0
extends: copyfair
costs: {"/kept/**": 20}
budgets:
  anonymous: {cost: 600000, per: 1h, burst: 600000, only_under: pressure}
  crawlers: {cost: 600000, per: 1h, burst: 600000, only_under: pressure}
"""
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0"
OPERA = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 OPR/116.0.0.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 Safari/605.1"
)
LYNX = "Lynx/2.9.0dev.12 libwww-FM/2.14 SSL-MM/1.4.1"
CCBOT = "CCBot/2.0 (https://commoncrawl.org/faq/)"
BOT = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"


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
        tmp_path_factory.mktemp("manners"),
        *("--protect", "on", "--licence", "off"),
        policies={"collections/slow-part.yaml": COLLECTION},
    ) as gateway:
        gateway.stop()
        file = gateway.folder / "gateway.yaml"
        text = file.read_text(encoding="utf-8")
        trusting = text.replace("trusted_proxies: []", "trusted_proxies: [127.0.0.1]")
        assert trusting != text
        file.write_text(trusting, encoding="utf-8")
        gateway.start()
        ask(archive, "/gate/open")
        yield gateway


def come(
    gateway: Gateway, address: str, target: str, *, agent: str = FIREFOX, **more: str
) -> Got:
    """A request from an address."""
    fields = {name.replace("_", "-"): value for name, value in more.items()}
    told = {"X-Forwarded-For": address, "User-Agent": agent, **fields}
    return gateway.ask(target, headers=told)


def explained(
    gateway: Gateway,
    address: str,
    *,
    agent: str = FIREFOX,
    target: str = "/kept/10/page",
) -> Any:
    """What the running gateway would answer on an expensive page."""
    question = {
        "url": f"http://127.0.0.1:{gateway.port}{target}",
        "ip": address,
        "headers": {"User-Agent": agent},
    }
    return json.loads(
        ask(
            gateway.admin_port,
            "/api/v1/explain",
            "POST",
            body=json.dumps(question).encode(),
            headers={"Content-Type": "application/json"},
        ).body
    )


def rank(gateway: Gateway, address: str, *, agent: str = FIREFOX) -> str:
    return str(explained(gateway, address, agent=agent)["lane"]["rank"])


def remembered(gateway: Gateway, address: str, *, agent: str = FIREFOX) -> set[str]:
    """Which pieces of what is remembered are among the evidence."""
    said = explained(gateway, address, agent=agent)["evidence"]
    names = ("behaviour", "obedience", "crowd")
    return {piece["signal"] for piece in said if piece["signal"] in names}


# History.


def test_a_page_with_a_part_of_it_gives_a_history_and_neither_alone_does(
    gateway: Gateway,
) -> None:
    for address in ("20.1.1.1", "20.1.2.1"):
        assert come(gateway, address, "/plain/10/page").status == 200
    for address in ("20.1.1.1", "20.1.3.1"):
        assert come(gateway, address, "/plain/10/style.css").status == 200

    assert rank(gateway, "20.1.1.1") == "history"
    assert remembered(gateway, "20.1.1.1") == {"behaviour"}
    # The page alone, the part alone, and a neighbour in the same network.
    for address in ("20.1.2.1", "20.1.3.1", "20.1.1.2"):
        assert rank(gateway, address) == "fresh"
        assert remembered(gateway, address) == set()


def test_asking_whether_ones_copy_still_holds_gives_a_history(gateway: Gateway) -> None:
    own, page = '"feed-10"', "/tagged/10/feed"

    known = come(gateway, "20.2.1.1", page, If_None_Match=own)
    anything = come(gateway, "20.2.2.1", page, If_None_Match="*")
    old = come(gateway, "20.2.3.1", page, If_None_Match='"feed-9"')

    assert (known.status, anything.status, old.status) == (304, 304, 200)
    assert rank(gateway, "20.2.1.1") == "history"
    assert rank(gateway, "20.2.2.1") == "fresh"
    assert rank(gateway, "20.2.3.1") == "fresh"


def test_a_date_anybody_can_write_and_it_counts_after_a_page(gateway: Gateway) -> None:
    page, date = "/tagged/10/feed", "Fri, 01 Jan 2100 00:00:00 GMT"

    assert come(gateway, "20.2.4.1", page).status == 200
    for address in ("20.2.4.1", "20.2.5.1"):
        assert come(gateway, address, page, If_Modified_Since=date).status == 304

    assert rank(gateway, "20.2.4.1") == "history"
    assert rank(gateway, "20.2.5.1") == "fresh"


# Obedience.


def test_reading_robots_counts_for_a_machine_and_asking_for_a_page_does_not(
    gateway: Gateway,
) -> None:
    assert come(gateway, "20.3.1.1", "/robots.txt", agent=BOT).status == 200
    assert come(gateway, "20.3.2.1", "/plain/10/robots", agent=BOT).status == 200

    assert remembered(gateway, "20.3.1.1", agent=BOT) == {"obedience"}
    assert remembered(gateway, "20.3.2.1", agent=BOT) == set()
    # It is a machine all the same.
    assert rank(gateway, "20.3.1.1", agent=BOT) == "automation"


def seen(archive: int) -> str:
    return ask(archive, "/seen").body.decode()


def first_served(
    gateway: Gateway, archive: int, early: dict[str, str], late: dict[str, str]
) -> str:
    """Two wait before a full lane, one after the other; who of them comes first."""

    def waiting(number: int) -> None:
        figure = f"copyfair_lane_waiting {number}.0"
        eventually(
            lambda: figure in ask(gateway.admin_port, "/metrics").body.decode(),
            within_s=20,
        )

    async def both() -> None:
        ask(archive, "/gate/shut")
        before = seen(archive).count("/kept/10/filler")
        places = explained(gateway, "20.250.1.1", agent=SAFARI)["lane"]["places"]
        filler = [f"/kept/10/filler-{number}" for number in range(places)]
        safari = {"User-Agent": SAFARI, "X-Forwarded-For": "20.250.1.1"}
        filling = asyncio.create_task(asked_at_once(gateway.port, filler, safari))
        full = before + places
        await asyncio.to_thread(
            eventually,
            lambda: seen(archive).count("/kept/10/filler") == full,
            within_s=20,
        )
        tasks = [filling]
        for number, (name, fields) in enumerate((("early", early), ("late", late))):
            page = [f"/kept/10/{name}"]
            tasks.append(asyncio.create_task(asked_at_once(gateway.port, page, fields)))
            await asyncio.to_thread(waiting, number + 1)
        ask(archive, "/gate/open")
        for task in tasks:
            assert {answer.status for answer in await task} == {200}

    lines = len(seen(archive))
    asyncio.run(both())
    asked = seen(archive)[lines:]
    return min(("early", "late"), key=lambda name: asked.index(f"/kept/10/{name}"))


def test_a_machine_that_read_robots_goes_before_one_that_did_not(
    gateway: Gateway, archive: int
) -> None:
    come(gateway, "20.4.1.1", "/robots.txt", agent=BOT)
    rude = {"User-Agent": BOT, "X-Forwarded-For": "20.4.2.1"}
    mannered = {"User-Agent": BOT, "X-Forwarded-For": "20.4.1.1"}
    also_rude = {"User-Agent": BOT, "X-Forwarded-For": "20.4.3.1"}

    assert first_served(gateway, archive, rude, mannered) == "late"
    # Without robots.txt it is the first come, as ever.
    assert first_served(gateway, archive, rude, also_rude) == "early"


SCRAPY = "Scrapy/2.11.2 (+https://scrapy.org)"
LEFT_ALONE = "/kept/10/left-alone"


def test_who_names_itself_and_asks_for_what_robots_forbids_comes_last(
    gateway: Gateway, archive: int
) -> None:
    assert come(gateway, "20.5.9.9", "/robots.txt").status == 200
    for address in ("20.5.1.1", "20.5.2.1"):
        come(gateway, address, "/plain/10/page", agent=SCRAPY)
        come(gateway, address, "/plain/10/style.css", agent=SCRAPY)

    def standing(agent: str, target: str) -> tuple[str, set[str]]:
        said = explained(gateway, "20.5.1.1", agent=agent, target=target)
        signals = {piece["signal"] for piece in said["evidence"]}
        return said["lane"]["rank"], signals & {"obedience"}

    assert standing(SCRAPY, "/kept/10/other") == ("history", set())
    assert standing(SCRAPY, LEFT_ALONE) == ("fresh", {"obedience"})
    # A person has no robots.txt to keep to, nor has a text browser.
    assert standing(FIREFOX, LEFT_ALONE) == ("history", set())
    assert standing(LYNX, LEFT_ALONE) == ("history", set())
    # In calm nobody is refused for it.
    assert come(gateway, "20.5.3.1", LEFT_ALONE, agent=SCRAPY).status == 200


def test_an_operator_that_breaks_robots_comes_after_one_that_does_not(
    gateway: Gateway, archive: int
) -> None:
    assert come(gateway, "20.6.9.9", "/robots.txt", agent=BOT).status == 200
    rude = {"User-Agent": CCBOT, "X-Forwarded-For": "20.6.1.1"}
    keeps_to_it = {"User-Agent": BOT, "X-Forwarded-For": "20.6.2.1"}
    for address in ("20.6.1.1", "20.6.2.1"):
        come(gateway, address, "/robots.txt")
    # From another address of the same operator.
    assert come(gateway, "20.6.3.1", LEFT_ALONE, agent=CCBOT).status == 200

    assert first_served(gateway, archive, rude, keeps_to_it) == "late"


# Pace.


def test_a_fetcher_that_outruns_a_person_is_answered_as_the_machine_it_is(
    gateway: Gateway,
) -> None:
    fetcher = "Mozilla/5.0 (compatible; ChatGPT-User/1.0; +https://openai.com/bot)"

    def read(address: str, agent: str, pages: int) -> None:
        for number in range(pages):
            answer = come(gateway, address, f"/plain/10/{number}", agent=agent)
            assert answer.status == 200

    def told(address: str, agent: str) -> tuple[str, set[str]]:
        said = explained(gateway, address, agent=agent)
        return said["rule"], remembered(gateway, address, agent=agent)

    read("20.8.1.1", fetcher, PAGES_MAX)
    assert told("20.8.1.1", fetcher) == ("fetcher-for-a-person", set())
    read("20.8.1.1", fetcher, 1)
    read("20.8.2.1", CHROME, PAGES_MAX + 1)

    machine = ("commercial-without-agreement", {"behaviour"})
    assert told("20.8.1.1", fetcher) == machine
    # From elsewhere, and for whoever reads beside it, nothing has changed.
    assert told("20.8.3.1", fetcher)[0] == "fetcher-for-a-person"
    assert told("20.8.2.1", CHROME) == ("people-read-freely", set())
    assert told("20.8.1.1", CHROME) == ("people-read-freely", set())


# Text browsers.


def test_who_reads_as_text_has_a_history_after_two_pages(gateway: Gateway) -> None:
    here = f"http://127.0.0.1:{gateway.port}"
    for address, agent in (("20.7.1.1", LYNX), ("20.7.2.1", CHROME)):
        come(gateway, address, "/plain/10/one", agent=agent)
    come(gateway, "20.7.3.1", "/plain/10/one", agent=LYNX)
    assert rank(gateway, "20.7.1.1", agent=LYNX) == "fresh"
    time.sleep(READ_FOR_NS / NS_PER_S + 0.1)

    for address, agent in (("20.7.1.1", LYNX), ("20.7.2.1", CHROME)):
        referer = f"{here}/plain/10/one"
        come(gateway, address, "/plain/10/two", agent=agent, Referer=referer)
    elsewhere = "https://elsewhere.example/"
    come(gateway, "20.7.3.1", "/plain/10/two", agent=LYNX, Referer=elsewhere)

    assert rank(gateway, "20.7.1.1", agent=LYNX) == "history"
    # Other browsers show the parts of a page, and have a history by those.
    assert rank(gateway, "20.7.2.1", agent=CHROME) == "fresh"
    assert rank(gateway, "20.7.3.1", agent=LYNX) == "fresh"


# Tripwires.


def crowd(gateway: Gateway, second: int, *, agent: str, networks: int) -> list[str]:
    """So many networks that ask for one expensive page each; their addresses."""
    addresses = [f"20.{second}.{number}.9" for number in range(networks)]
    for number, address in enumerate(addresses):
        assert come(gateway, address, f"/kept/10/p{number}", agent=agent).status == 200
    return addresses


def trip(gateway: Gateway, addresses: list[str], *, agent: str) -> None:
    for address in addresses:
        come(gateway, address, "/_copyfair/trap/x", agent=agent)


def test_a_link_that_no_reader_sees_counts_against_a_crowd_and_no_address(
    gateway: Gateway, archive: int
) -> None:
    chrome = crowd(gateway, 10, agent=CHROME, networks=NETWORKS_MIN)
    crowd(gateway, 11, agent=FIREFOX, networks=NETWORKS_MIN)
    trip(gateway, chrome, agent=CHROME)
    says = "followed a link that no reader sees"

    def told(address: str, agent: str) -> str:
        return json.dumps(explained(gateway, address, agent=agent)["evidence"])

    # A newcomer in their manner is one of the crowd, whoever it is.
    assert says in told("20.200.1.1", CHROME)
    assert rank(gateway, "20.200.1.1", agent=CHROME) == "fresh"
    # The very address that tripped, in another manner, is not.
    assert says not in told(chrome[0], FIREFOX)
    assert remembered(gateway, chrome[0], agent=FIREFOX) == {"crowd"}

    tripped = {"User-Agent": CHROME, "X-Forwarded-For": "20.201.1.1"}
    others = {"User-Agent": FIREFOX, "X-Forwarded-For": "20.202.1.1"}
    assert first_served(gateway, archive, tripped, others) == "late"


def test_below_fifty_networks_nothing_counts_against_anybody(gateway: Gateway) -> None:
    few = crowd(gateway, 12, agent=OPERA, networks=NETWORKS_MIN - 1)
    trip(gateway, few, agent=OPERA)

    assert remembered(gateway, "20.203.1.1", agent=OPERA) == set()
    assert remembered(gateway, few[0], agent=OPERA) == set()
