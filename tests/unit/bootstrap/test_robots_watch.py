"""robots.txt binds whoever names itself, whether or not it was ever asked for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from gateway.bootstrap.robots_watch import RobotsWatch
from gateway.kernel.request import Request
from gateway.licensing.switches import LicenceMode, Protect, Switches
from gateway.terms.ports import Fetched
from gateway.terms.publications import Publications
from tests.fakes.time_and_chance import HandClock
from tests.unit.terms.builders import OFF, Archive, a_request, a_site

GROUPS = b"User-agent: *\nDisallow: /search\n"
BOT = {"User-Agent": "OtherBot/1.0", "Cookie": "id=7"}
WATCHING = Switches(Protect.WATCH, LicenceMode.OFF)


@dataclass
class Read(Archive):
    """An archive that remembers what it was asked for."""

    asked: list[Request] = field(default_factory=list)
    mistake: Exception | None = None

    async def __call__(self, asked: Request, *, body_bytes_max: int) -> Fetched:
        self.asked.append(asked)
        await asyncio.sleep(0)
        if self.mistake:
            raise self.mistake
        return await super().__call__(asked, body_bytes_max=body_bytes_max)


@dataclass
class Scene:
    switches: Switches = OFF

    def __post_init__(self) -> None:
        self.archive, self.clock = Read(Fetched(200, GROUPS)), HandClock()
        self.escaped: list[Exception] = []
        self.watch = RobotsWatch(
            Publications(a_site(switches=self.switches), self.archive, self.clock),
            self.escaped.append,
        )

    def forbids(self, target: str = "/search?q=a") -> bool:
        return self.watch(a_request(target, headers=BOT))

    async def settled(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_who_never_asked_for_the_file_is_judged_by_it_from_the_second_page() -> (
    None
):
    scene = Scene()

    assert not scene.forbids()
    assert not scene.forbids()
    await scene.settled()

    assert scene.forbids()
    assert not scene.forbids("/pages/1")
    # It was read once, as ourselves: nobody's cookie or query went there.
    (asked,) = scene.archive.asked
    assert (asked.method, asked.target) == ("GET", "/robots.txt")
    assert asked.headers.get("cookie") == ""
    assert "OtherBot" not in asked.user_agent


async def test_it_is_read_again_after_an_hour_and_soon_after_an_outage() -> None:
    scene = Scene()
    scene.forbids()
    await scene.settled()
    scene.archive.gives = Fetched(503)

    for later_s, read in ((3_599, 1), (1, 2), (59, 2), (1, 3)):
        scene.clock.forward(s=later_s)
        assert scene.forbids()  # the last good rules stand
        await scene.settled()
        assert len(scene.archive.asked) == read


async def test_where_nobody_is_slowed_nothing_is_read() -> None:
    scene = Scene(switches=WATCHING)

    assert not scene.forbids()
    await scene.settled()

    assert scene.archive.asked == []


async def test_whoever_asks_from_a_thread_of_its_own_has_nothing_read() -> None:
    scene = Scene()

    assert not await asyncio.to_thread(scene.forbids)
    await scene.settled()

    assert scene.archive.asked == []


async def test_a_mistake_of_ours_is_told_and_tried_again() -> None:
    scene = Scene()
    scene.archive.mistake = mistake = ValueError("ours")

    scene.forbids()
    await scene.settled()
    assert scene.escaped == [mistake]

    scene.archive.mistake = None
    scene.forbids()
    await scene.settled()
    assert scene.forbids()


def test_it_belongs_to_the_loop_that_serves() -> None:
    with pytest.raises(RuntimeError):
        Scene()
