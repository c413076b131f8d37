"""The public books, seen: in a real browser without scripts, and in text browsers.

Nobody who reads them meets a barrier (axe, WCAG 2.2 AA), at any width, by day and by
night, in either language.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from bench.peers.once import node_modules
from gateway.bootstrap import opened
from gateway.bootstrap.public_pages import public_pages_of
from gateway.settings import read_settings
from gateway.terms.site import Site
from tests.journeys.archive import archive_running
from tests.journeys.chromium import Browser, browsing
from tests.journeys.command_line import SELLER, Archive, an_archive, copyfair
from tests.journeys.commons import Commons, a_commons
from tests.journeys.running import ENVIRONMENT, Gateway, gateway_before
from tests.unit.terms.builders import a_request

AXE = Path(__file__).parent / "axe"
BOOKS = "/_copyfair/books/"
TOPICS = (
    *("takers", "income", "waterfall", "rounds", "concentration"),
    *("decisions", "footprint", "proof"),
)
RUN = (
    "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',"
    " 'wcag22aa', 'best-practice']}).then(told => JSON.stringify(told.violations.map("
    "one => [one.id, one.nodes.map(node => node.html).slice(0, 3)])))"
)
PAGES = (
    *(("", language) for language in ("en", "fr")),
    *((topic, "fr" if number % 2 else "en") for number, topic in enumerate(TOPICS)),
    ("../portal/", "en"),
    ("../portal/", "fr"),
    ("../appeals", "fr"),
    ("nothing", "en"),
)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    """A gateway before an archive whose commons lived for a while."""
    folder = tmp_path_factory.mktemp("books")
    with (
        archive_running() as archive,
        gateway_before(
            f"http://127.0.0.1:{archive}", folder, "--licence", "invoice"
        ) as gateway,
    ):
        gateway.stop()
        sells(gateway.folder)
        a_commons(gateway.folder)
        gateway.start()
        yield gateway


def sells(folder: Path) -> None:
    Archive(folder).rewrite("\n  seller: none\n", SELLER)


@pytest.fixture(scope="module")
def browser(
    tmp_path_factory: pytest.TempPathFactory, require_program: Callable[[str], Path]
) -> Generator[Browser]:
    program = require_program("chromium")
    with browsing(program, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def axe(require_program: Callable[[str], Path]) -> str:
    """The npm package, as its lock has it."""
    require_program("npm")
    require_program("node")
    script = node_modules(AXE) / "node_modules" / "axe-core" / "axe.min.js"
    return script.read_text(encoding="utf-8")


def read(gateway: Gateway, path: str, **headers: str) -> str:
    fields = {"Accept": "text/html", "Accept-Language": "en", **headers}
    got = gateway.ask(f"{BOOKS}{path}", headers=fields)
    assert got.status == 200, (path, got.status)
    return got.body.decode()


@pytest.mark.services
def test_axe_finds_no_barrier_on_any_page(
    gateway: Gateway, browser: Browser, axe: str
) -> None:
    found: list[Any] = []
    with browser.reader(scripts=True) as reader:
        for number, (page, language) in enumerate(PAGES):
            reader.look(width=360 if number % 2 else 1200, is_dark=number % 4 > 1)
            reader.go(f"http://127.0.0.1:{gateway.port}{BOOKS}{page}?lang={language}")
            reader.run(axe)
            found += [(page, each) for each in json.loads(reader.run(RUN))]

    assert found == []


@pytest.mark.services
def test_axe_finds_what_is_there(gateway: Gateway, browser: Browser, axe: str) -> None:
    """So that finding nothing means something."""
    with browser.reader(scripts=True) as reader:
        reader.go(f"http://127.0.0.1:{gateway.port}{BOOKS}")
        reader.run("document.querySelector('img').removeAttribute('alt')")
        reader.run(axe)
        found = json.loads(reader.run(RUN))

    assert [each[0] for each in found] == ["image-alt"]


@pytest.mark.services
def test_without_scripts_every_drawing_is_seen_and_nothing_is_cut_off(
    gateway: Gateway, browser: Browser
) -> None:
    measured = (
        "JSON.stringify([document.documentElement.scrollWidth,"
        " [...document.images].map(one => one.naturalWidth),"
        " [...document.querySelectorAll('.scroll')].every("
        "one => one.scrollWidth <= one.clientWidth)])"
    )
    assert "<script" not in read(gateway, "")
    with browser.reader(scripts=True) as reader:
        for page in ("", *TOPICS):
            for width, drawn in ((360, 340), (1200, 760)):
                reader.look(width=width)
                reader.go(f"http://127.0.0.1:{gateway.port}{BOOKS}{page}?lang=fr")
                wide, images, is_seen = json.loads(reader.run(measured))
                assert wide <= width, page
                assert is_seen, f"a table of {page} lies beyond the edge at {width}"
                assert set(images) <= {drawn}, page


@pytest.fixture(params=["lynx", "w3m"])
def text_browser(
    request: pytest.FixtureRequest, require_program: Callable[[str], Path]
) -> Callable[[str], str]:
    program = require_program(request.param)
    options = {
        "lynx": ("-dump", "-nolist", "-assume_charset=utf-8", "-display_charset=utf-8"),
        "w3m": ("-dump", "-O", "UTF-8", "-cols", "100"),
    }[request.param]

    def shown(url: str) -> str:
        done = subprocess.run(
            [str(program), *options, url],
            capture_output=True,
            check=True,
            env=ENVIRONMENT,
            timeout=60,
        )
        return done.stdout.decode("utf-8", "replace")

    return shown


@pytest.mark.services
def test_a_text_browser_reads_the_figures(
    gateway: Gateway, text_browser: Callable[[str], str]
) -> None:
    address = f"http://127.0.0.1:{gateway.port}{BOOKS}"

    first = " ".join(text_browser(f"{address}?lang=en").split())
    takers = " ".join(text_browser(f"{address}takers?lang=fr").split())

    assert "Who takes, who gives, and where the money goes" in first
    assert "Mapworks SAS: took" in first
    assert "Personnes non nommées" in takers
    assert "Coopérative Traduire" in takers
    assert "{" not in first + takers


def test_nobody_is_named_who_was_not_proven_or_did_not_ask(gateway: Gateway) -> None:
    everything = "".join(
        read(gateway, page)
        for page in ("", *TOPICS, "figures.json", "give-take.csv", "takers.en.svg")
    )

    for named in ("Mapworks SAS", "Amina B.", "Coopérative Traduire"):
        assert named in everything
    for private in ("Benali", "Weber", "Martin", "Zeppelin", "pty_", "iban"):
        assert private not in everything


def test_the_pages_say_what_the_commands_say(gateway: Gateway) -> None:
    tables = json.loads(read(gateway, "figures.json"))["tables"]
    archive = Archive(gateway.folder)

    pots = {row["pot"]: row["received_minor"] for row in tables["waterfall"]}
    (waterfall,) = archive.tells("fund", "waterfall")["waterfall"]
    for pot in ("reserve", "labour_reserve", "rounds"):
        assert pots[pot] == waterfall["pots"][f"equity:{pot}"]
    captured = json.loads(archive.says("usage", "capture", "--json").out)
    (takers,) = [row for row in tables["concentration"] if row["of"] == "takers"]
    assert takers["parties"] == captured["takers"]


def test_the_command_on_the_page_checks_the_log(gateway: Gateway) -> None:
    log = json.loads(read(gateway, "figures.json"))["log"]

    told = copyfair("log", "verify", log["url"], "--key", log["key"], "--json").json

    assert told["ok"], told
    assert (told["size"], told["origin"]) == (log["size"], log["origin"])
    assert f"copyfair log verify {log['url']}" in read(gateway, "proof")


def test_published_files_stay_where_they_were(gateway: Gateway) -> None:
    checkpoint = gateway.ask(f"{BOOKS}checkpoint")

    assert checkpoint.status == 200
    assert checkpoint.headers["content-type"].startswith("text/plain")
    assert gateway.ask(f"{BOOKS}books.json").status == 200


def test_who_withdraws_their_name_stands_on_no_page_any_more(tmp_path: Path) -> None:
    commons = Commons(an_archive(tmp_path / "archive"))
    commons.people()
    commons.work()
    files = ("figures.json", "give-take.csv", "")
    assert "Amina B." in page_of(commons, "figures.json")
    assert "Amina B." in page_of(commons, "")

    commons.archive.tells("party", "unset", "Amina Benali", "public_name")

    seen = "".join(page_of(commons, path) for path in files)
    assert "Coopérative Traduire" in seen
    assert "Amina" not in seen
    again = commons.archive.says("party", "unset", "Amina Benali", "public_name")
    assert (again.status, "is not said of" in again.err) == (2, True)


def page_of(commons: Commons, path: str) -> Any:
    """What stands on a page of the books; None where there is none."""
    with opened(read_settings(commons.archive.config)) as house:
        site = Site(
            house.settings.public_url,
            lambda: house.policies,
            lambda: house.settings.switches,
        )
        made = public_pages_of(house, site)
        asked = a_request(BOOKS, headers={"accept": "text/html, */*;q=0.1"})
        found = asyncio.run(made.books(asked, path))
    return found.body.decode() if found else None


def test_a_host_may_have_no_pages(tmp_path: Path) -> None:
    """The files that were published are another matter."""
    commons = Commons(an_archive(tmp_path / "archive"))
    commons.people()
    commons.work()
    assert page_of(commons, "")
    assert page_of(commons, "give-take.csv")

    with commons.archive.config.open("a", encoding="utf-8") as file:
        file.write("\nfund:\n  public_pages: off\n")

    assert page_of(commons, "") is None
    assert page_of(commons, "give-take.csv") is None
