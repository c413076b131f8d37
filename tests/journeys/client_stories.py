"""All the real clients side by side before one gateway, in calm and under pressure."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from bench.peers.once import environment
from tests.journeys.chromium import browsing
from tests.journeys.client_list import CALM, GIVES_UP, HELD, LATE, PRESSED, READS
from tests.journeys.experience import Experience, Told
from tests.journeys.many_kinds import archive_of_many_kinds
from tests.journeys.pressing import Crowd, pressing
from tests.journeys.running import (
    Gateway,
    Got,
    ask,
    eventually,
    free_port,
    gateway_before,
)
from tests.journeys.visit import Place, Visit
from tests.journeys.witness import Witness, address_of, witnesses

PROGRAMS = ("lynx", "w3m", "wget", "curl", "git", "httrack", "chromium")
VERSION_OPTIONS = {
    "lynx": "-version",
    "w3m": "-version",
    "wget": "--version",
    "curl": "--version",
    "git": "--version",
    "httrack": "--version",
}
STUCK = 4
"""As many expensive pages as a lane lets in before it has learned anything."""
WITHIN_S = 90
COLLECTION = """\
collection: whole-site
title: {{en: Letters}}
steward: Letters
contact: letters@archive.example
upstream: archive
match: {{hosts: [{hosts}], paths: ["/**"]}}
licence: CC-BY-SA-4.0
rights: own
basis: service
sensitivity: open
extends: copyfair
tariff: ai-2026
presets: [oai-pmh, feeds]
costs: {{"/search**": 20}}
"""


@dataclass(frozen=True, slots=True)
class Lived:
    """The whole story.

    Attributes:
        calm: In the order of `CALM`.
        pressed: In the order of `PRESSED`.
        while_shut: Who was done before a single search was made again.
        crowd: The crowd that pressed.
        versions: Of the clients, by program.
    """

    place: Place
    gateway: Gateway
    calm: Sequence[Experience]
    pressed: Sequence[Experience]
    while_shut: frozenset[Told]
    crowd: Crowd
    versions: Mapping[str, str]


@contextmanager
def lived(folder: Path, require_program: Callable[[str], Path]) -> Generator[Lived]:
    """Live through all of it; archive and gateway are still there at the end."""
    programs = {name: require_program(name) for name in PROGRAMS}
    count = len(CALM) + len(PRESSED)
    port = free_port()
    hosts = ", ".join(address_of(number) for number in range(count))
    with (
        archive_of_many_kinds(folder, require_program) as archive,
        gateway_before(
            f"http://127.0.0.1:{archive.port}",
            folder,
            *("--protect", "on", "--licence", "offer"),
            *("--preset", "oai-pmh", "--preset", "feeds"),
            policies={"collections/whole-site.yaml": COLLECTION.format(hosts=hosts)},
        ) as gateway,
        browsing(programs["chromium"], folder / "profile") as browser,
        witnesses(port, gateway.port, count) as there,
        ThreadPoolExecutor(len(PRESSED)) as pool,
    ):
        place = Place(programs, environment("clients"), browser, archive, Event())
        visits = [_visit(place, one, folder) for one in there]
        calm = dict(zip(CALM, visits[: len(CALM)], strict=True))
        pressed = dict(zip(PRESSED, visits[len(CALM) :], strict=True))
        in_calm = list(pool.map(_experience, calm, calm.values()))
        with pressing(gateway.port, address_of(0)) as crowd:
            through, while_shut = _under_pressure(gateway, pressed, pool)
        kept: dict[tuple[str, str], Got] = {}
        for one in (*in_calm, *through):
            one.compare(archive.port, kept)
        versions = _versions(place)
        yield Lived(place, gateway, in_calm, through, while_shut, crowd, versions)


def _visit(place: Place, witness: Witness, folder: Path) -> Visit:
    own = folder / f"at-{witness.address}"
    own.mkdir()
    return Visit(place, witness, own)


def _experience(told: Told, visit: Visit) -> Experience:
    experience = Experience(told, visit.witness)
    try:
        experience.said = told.story(visit)
    except Exception as error:  # noqa: BLE001 the test says who failed, and why
        experience.failed = f"{type(error).__name__}: {error}"
    return experience


def _under_pressure(
    gateway: Gateway, visits: Mapping[Told, Visit], pool: ThreadPoolExecutor
) -> tuple[list[Experience], frozenset[Told]]:
    """First no search is made at all; then a few at a time, and the crowd stays."""
    place = next(iter(visits.values())).place
    going: dict[Told, Future[Experience]] = {}

    def begin(*parts: str) -> None:
        for part in parts:
            for told, visit in visits.items():
                if told.part == part:
                    going[told] = pool.submit(_experience, told, visit)

    place.archive.shut()
    eventually(
        lambda: place.archive.held() == STUCK and _waiting(gateway) > 0,
        within_s=WITHIN_S,
        what="a full lane",
    )
    begin(HELD, GIVES_UP, READS)
    done = [told for told in going if told.part != HELD]
    for told in done:
        going[told].result(WITHIN_S)
    held = [visits[told].witness for told in going if told.part == HELD]
    eventually(
        lambda: all(429 in one.statuses("/search") for one in held),
        within_s=WITHIN_S,
        what="a refusal for all who search",
    )
    while_shut = frozenset(told for told in done if told.part == READS)
    begin(LATE)
    late = [visits[told].witness for told in going if told.part == LATE]
    eventually(
        lambda: all(one.began("/search") for one in late),
        within_s=WITHIN_S,
        what="a search by those who need not be held",
    )
    place.archive.open()
    place.opened.set()
    return [going[told].result(WITHIN_S) for told in visits], while_shut


def _waiting(gateway: Gateway) -> int:
    text = ask(gateway.admin_port, "/metrics").body.decode()
    lines = [
        one for one in text.splitlines() if one.startswith("copyfair_lane_waiting")
    ]
    return sum(int(float(line.split()[-1])) for line in lines)


def _versions(place: Place) -> dict[str, str]:
    """What each client says that it is, in a word."""
    visit = Visit(place, Witness("", ""), Path())
    found = {
        "chromium": place.browser.version().partition("/")[2],
        "feedparser": importlib.metadata.version("feedparser"),
    }
    asked = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
    for name in ("scrapy", "sickle", "yt-dlp"):
        found[name] = visit.run("python -c", asked, name).stdout.strip()
    for name, option in VERSION_OPTIONS.items():
        words = visit.run(f"{name} {option}").stdout.replace("w3m/", "").split()
        found[name] = next(one for one in words if one[0].isdigit()).rstrip(",")
    return found
