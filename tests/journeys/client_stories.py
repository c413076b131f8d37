"""All the real clients side by side before one gateway, in calm and under pressure."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from bench.peers.once import environment
from tests.journeys.chromium import browsing
from tests.journeys.client_list import (
    CALM,
    GIVES_UP,
    LATE,
    PRESSED,
    PRESSES,
    READS,
    RETURNS,
)
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

PROGRAMS = ("lynx", "w3m", "edbrowse", "wget", "curl", "git", "httrack", "chromium")
VERSION_OPTIONS = {
    "lynx": "-version",
    "w3m": "-version",
    "edbrowse": "-v",
    "wget": "--version",
    "curl": "--version",
    "git": "--version",
    "httrack": "--version",
}
STUCK = 4
"""As many expensive pages as a lane lets in before it has learned anything."""
WITHIN_S = 120
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
        versions = pool.submit(_versions, place)
        in_calm = list(pool.map(_experience, calm, calm.values()))
        with pressing(gateway.port, address_of(0)) as crowd:
            going = _under_pressure(gateway, pressed, pool)
        # By now there is room for those who come back by themselves.
        through = [going.of(told) for told in PRESSED]
        kept: dict[tuple[str, str], Got] = {}
        for one in (*in_calm, *through):
            one.compare(archive.port, kept)
        yield Lived(
            place,
            gateway,
            in_calm,
            through,
            going.while_shut,
            crowd,
            versions.result(WITHIN_S),
        )


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


@dataclass(slots=True)
class Going:
    """Clients under way.

    Attributes:
        while_shut: Who was done before a single search was made again.
    """

    pool: ThreadPoolExecutor
    visits: Mapping[Told, Visit]
    while_shut: frozenset[Told] = frozenset()
    _futures: dict[Told, Future[Experience]] = field(default_factory=dict)

    def begin(self, *parts: str) -> None:
        for told, visit in self.visits.items():
            if told.part in parts:
                self._futures[told] = self.pool.submit(_experience, told, visit)

    def of(self, told: Told) -> Experience:
        return self._futures[told].result(WITHIN_S)

    def await_all(self, *parts: str) -> frozenset[Told]:
        """Wait until these are done."""
        these = frozenset(told for told in self.visits if told.part in parts)
        for told in these:
            self.of(told)
        return these

    def await_search(self, *parts: str, is_there: Callable[[Witness], bool]) -> None:
        """Wait until each has come so far, or is over for another reason."""
        eventually(
            lambda: all(
                is_there(self.visits[told].witness) or future.done()
                for told, future in self._futures.items()
                if told.part in parts
            ),
            within_s=WITHIN_S,
            what=f"a search by whoever {' or '.join(parts)}",
        )


def _under_pressure(
    gateway: Gateway, visits: Mapping[Told, Visit], pool: ThreadPoolExecutor
) -> Going:
    """First no search is made at all; then a few at a time, and the crowd stays."""
    place, going = next(iter(visits.values())).place, Going(pool, visits)
    place.archive.shut()
    eventually(
        lambda: place.archive.held() == STUCK and _waiting(gateway) > 0,
        within_s=WITHIN_S,
        what="a full lane",
    )
    going.begin(PRESSES, RETURNS, GIVES_UP, READS)
    going.while_shut = going.await_all(READS, GIVES_UP)
    going.await_search(
        PRESSES, RETURNS, is_there=lambda one: 429 in one.statuses("/search")
    )
    going.begin(LATE)
    going.await_search(LATE, is_there=lambda one: one.began("/search") > 0)
    place.archive.open()
    place.opened.set()
    going.await_all(PRESSES, LATE)
    return going


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
