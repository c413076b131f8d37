"""The rungs, and one climb of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bench.ladder.actors import (
    AGENTS,
    ELSEWHERE,
    HERE,
    NAMED,
    Cast,
    Client,
    Experience,
    address_of,
)
from bench.ladder.house import House
from bench.ladder.world import Archive, Pages, World
from gateway.bootstrap import opened
from gateway.bootstrap.door import admission_of
from gateway.cli.init import write_set_up
from gateway.kernel.clock import NS_PER_S
from gateway.licensing.switches import LicenceMode, Protect, Switches
from gateway.settings import read_settings

COLLECTION = "policies/collections/whole-site.yaml"
WORKERS = 8
NETWORKS = 20_000
READERS_PER_S = 3.0
SEED = 20_261_128
SET_UP = {
    "upstream": "http://127.0.0.1:9",
    "public_url": "https://archive.example",
    "protect": "on",
    "licence_mode": "off",
    "steward": "Ladder",
    "contact": "ladder@archive.example",
    "spdx": "CC-BY-SA-4.0",
}


@dataclass(frozen=True, slots=True)
class Effort:
    """How long, and how much of everything.

    Attributes:
        quiet_s: How long only readers come, before the crawlers do.
        crawled_s: How long the crawlers come.
        scale: Share of the full traffic and the full archive.
    """

    quiet_s: int = 300
    crawled_s: int = 600
    scale: float = 1.0


FULL = Effort()
SMALL = Effort(crawled_s=90, scale=0.5)


@dataclass(frozen=True, slots=True)
class Rung:
    """One kind of crawler.

    Attributes:
        name: `A2` …
        what: In a sentence.
        per_s: Expensive pages that it asks for in a second.
        comes: Makes one request or visit of it begin, given its number.
        each: Expensive pages of one visit.
    """

    name: str
    what: str
    per_s: float
    comes: Callable[[Cast, int], None]
    each: int = 1


@dataclass(frozen=True, slots=True)
class Climb:
    """What came of one rung.

    Attributes:
        rung: Which.
        is_protected: With relief, or merely watching.
        offered, served: Expensive pages that crawlers asked for, and that the archive
            made for them.
        readers_dear: Expensive pages that the archive made for readers.
        carries: How many it can make in that time.
        busy: Share of its workers' time that was used.
        line_max: The longest line before the archive.
        readers: What readers met.
        pressed, tickets: How often a button was pressed, and a ticket given.
    """

    rung: Rung
    is_protected: bool
    offered: int
    served: int
    readers_dear: int
    carries: int
    busy: float
    line_max: int
    readers: Experience
    pressed: int
    tickets: int

    @property
    def excess(self) -> int:
        """Of what crawlers asked for, what is beyond the archive's capacity."""
        return max(0, self.offered + self.readers_dear - self.carries)

    @property
    def shed_of_excess(self) -> float:
        """Share of the excess that never reached the archive."""
        shed = self.offered - self.served
        return min(1.0, shed / self.excess) if self.excess else 1.0

    @property
    def shed(self) -> float:
        """Share of all that crawlers asked for that never reached the archive."""
        return 1 - self.served / self.offered if self.offered else 0.0


def _crawler(network: int, host: int, agent: str) -> Client:
    return Client("crawler", address_of(network, host), agent)


def _anywhere(number: int) -> Client:
    """One of the whole range, each network as often as another; as a browser."""
    agent = AGENTS[number % len(AGENTS)]
    return _crawler(number % NETWORKS, 9 + number // NETWORKS, agent)


def _a0(cast: Cast, number: int) -> None:
    cast.crawler(_crawler(number % 40, 7, NAMED))


def _a1(cast: Cast, number: int) -> None:
    agent = AGENTS[number % len(AGENTS)]
    cast.crawler(_crawler(19_000 + number % 4, 1 + number // 4 % 50, agent))


def _a2(cast: Cast, number: int) -> None:
    cast.crawler(_anywhere(number))


def _a2_presses(cast: Cast, number: int) -> None:
    cast.crawler(_anywhere(number), referer=HERE, presses=True)


def _a2_referred(cast: Cast, number: int) -> None:
    cast.crawler(_anywhere(number), referer=ELSEWHERE)


def _a3(cast: Cast, number: int) -> None:
    cast.visitor(_anywhere(number), cheap=1, dear=4, pause_s=3)


def _a4(cast: Cast, number: int) -> None:
    cast.visitor(_anywhere(number), cheap=4, dear=1, pause_s=10)


RUNGS = (
    Rung("A0", "a crawler that says its name, from 40 networks", 50, _a0),
    Rung("A1", "200 addresses of four data-centre networks", 50, _a1),
    Rung("A2", "one request per address, as a browser", 50, _a2),
    Rung("A2+", "as A2, with a referer, and it presses the button", 50, _a2_presses),
    Rung("A3", "a page with its parts, then four expensive ones", 50, _a3, each=4),
    Rung("A4", "a fleet of real browsers that read as people do", 50, _a4),
)


REFERRED = Rung("A2r", "as A2, with a referer of another site", 50, _a2_referred)


def climb(
    rung: Rung,
    effort: Effort = FULL,
    *,
    is_protected: bool = True,
    cold: float = 0.02,
    referred: float = 0.0,
    linked: int = 0,
    when_full: str = "",
    seed: int = SEED,
) -> Climb:
    """Let a rung's crawlers and readers come together; the figures of that.

    Args:
        rung: Which crawlers.
        effort: How long, and how much.
        is_protected: False to watch only: what it is like without relief.
        cold: Share of readers' visits that begin on an expensive page.
        referred: Share of these that say which other site led them there.
        linked: How many pages others link to, which such visits begin on; 0 where
            each begins on a page of its own.
        when_full: What the collection allows to be given instead, as it writes it.
        seed: Of all chance in it.
    """
    with TemporaryDirectory(prefix="ladder-") as folder:
        write_set_up(Path(folder), dict(SET_UP))
        if when_full:
            with (Path(folder) / COLLECTION).open("a", encoding="utf-8") as file:
                file.write(f"when_full: {when_full}\n")
        with opened(read_settings(Path(folder) / "gateway.yaml")) as house:
            protect = Protect.ON if is_protected else Protect.WATCH
            switches = Switches(protect, LicenceMode.OFF)
            admission = admission_of(house, switches=switches)
            chance = Random(seed)  # noqa: S311  figures that come again, no secret
            world = World()
            archive = Archive(world, workers=max(1, round(WORKERS * effort.scale)))
            gate = House(world, archive, Pages(chance), admission=admission)
            cast = Cast(world, gate, chance)
            cast.cold, cast.referred, cast.linked = cold, referred, linked
            return _run(rung, effort, cast, is_protected=is_protected)


def _run(rung: Rung, effort: Effort, cast: Cast, *, is_protected: bool) -> Climb:
    world, chance, house = cast.world, cast.chance, cast.house
    archive = house.archive
    whole_s = effort.quiet_s + effort.crawled_s

    def reader() -> None:
        if world.now_ns < whole_s * NS_PER_S:
            network = chance.randrange(NETWORKS)
            cast.reader(address_of(network, 100 + chance.randrange(150)))
            world.after(chance.expovariate(READERS_PER_S * effort.scale), reader)

    numbers = iter(range(10**9))

    def crawler() -> None:
        if world.now_ns < whole_s * NS_PER_S:
            rung.comes(cast, next(numbers))
            every = rung.per_s * effort.scale / rung.each
            world.after(chance.expovariate(every), crawler)

    before: dict[str, int] = {}

    def begin() -> None:
        cast.counts = True
        before.update(busy=archive.busy_ns, readers=house.served.get("reader", 0))
        crawler()

    after: dict[str, int] = {}

    def end() -> None:
        cast.counts = False
        after.update(
            busy=archive.busy_ns,
            readers=house.served.get("reader", 0),
            offered=house.offered.get("crawler", 0),
            served=house.served.get("crawler", 0),
        )

    reader()
    world.after(effort.quiet_s, begin)
    world.after(whole_s, end)
    world.run()
    work_ns = effort.crawled_s * archive.workers * NS_PER_S
    return Climb(
        rung,
        is_protected,
        after["offered"],
        after["served"],
        after["readers"] - before["readers"],
        int(work_ns / NS_PER_S / Pages.DEAR_S),
        (after["busy"] - before["busy"]) / work_ns,
        archive.line_max,
        cast.readers,
        cast.pressed,
        cast.tickets,
    )
