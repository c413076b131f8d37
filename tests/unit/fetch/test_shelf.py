"""fetch.shelf: nobody waits, failures take nothing away, strangers are counted."""

import asyncio
from dataclasses import dataclass, field

from gateway.fetch.document import Fetched
from gateway.fetch.pinned import Refused
from gateway.fetch.shelf import FAILED_S, PER_MINUTE_EACH_MAX, Shelf
from gateway.kernel.errors import InvalidValue
from tests.fakes.time_and_chance import HandClock

URL = "https://bot.example/keys"


@dataclass
class Web:
    """What lies at any address, and what was asked."""

    body: bytes = b"one"
    fault: str = ""
    fresh_s: int | None = None
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        if self.fault:
            raise Refused(self.fault)
        return Fetched(self.body, self.fresh_s)


def read(body: bytes, url: str) -> bytes:
    if body == b"bad":
        raise InvalidValue("unreadable")
    return body


def a_shelf(web: Web, clock: HandClock) -> Shelf[bytes]:
    return Shelf(web.fetch, read, clock)


async def test_the_first_asker_does_not_wait_and_the_next_one_knows() -> None:
    web = Web()
    shelf = a_shelf(web, HandClock())

    first = shelf.at_hand(URL)
    also = shelf.at_hand(URL)
    await shelf.settled(URL)

    assert (first, also) == ("directory-pending", "directory-pending")
    assert shelf.at_hand(URL) == b"one"
    assert web.asked == [URL]


async def test_what_is_old_is_handed_out_while_it_is_renewed() -> None:
    web, clock = Web(fresh_s=60), HandClock()
    shelf = a_shelf(web, clock)
    shelf.at_hand(URL)
    await shelf.settled(URL)
    web.body = b"two"
    clock.forward(s=61)

    stale = shelf.at_hand(URL)
    await shelf.settled(URL)

    assert stale == b"one"
    assert shelf.at_hand(URL) == b"two"


async def test_a_failure_takes_nothing_away_and_is_not_repeated_at_once() -> None:
    web, clock = Web(fresh_s=60), HandClock()
    shelf = a_shelf(web, clock)
    shelf.at_hand(URL)
    await shelf.settled(URL)
    web.fault = "directory-unreachable"
    clock.forward(s=61)

    for _ in range(3):
        assert shelf.at_hand(URL) == b"one"
        await shelf.settled(URL)

    assert len(web.asked) == 2


async def test_a_failure_is_remembered_for_five_minutes() -> None:
    web, clock = Web(fault="address-refused"), HandClock()
    shelf = a_shelf(web, clock)
    shelf.at_hand(URL)
    await shelf.settled(URL)

    assert shelf.at_hand(URL) == "address-refused"
    clock.forward(s=FAILED_S - 1)
    shelf.at_hand(URL)
    assert len(web.asked) == 1
    clock.forward(s=1)
    web.fault = ""
    shelf.at_hand(URL)
    await shelf.settled(URL)
    assert shelf.at_hand(URL) == b"one"


async def test_what_cannot_be_read_is_a_failure() -> None:
    shelf = a_shelf(Web(body=b"bad"), HandClock())
    shelf.at_hand(URL)
    await shelf.settled(URL)

    assert shelf.at_hand(URL) == "directory-unreadable"


async def test_a_stranger_makes_us_fetch_a_few_times_a_minute() -> None:
    web, clock = Web(), HandClock()
    shelf = a_shelf(web, clock)

    said = []
    for number in range(PER_MINUTE_EACH_MAX + 2):
        url = f"https://b{number}.example/"
        said.append(shelf.at_hand(url, whose="198.51.100.7"))
        await shelf.settled(url)

    assert said[-2:] == ["fetches-exhausted"] * 2
    assert len(web.asked) == PER_MINUTE_EACH_MAX
    assert shelf.at_hand("https://k.example/", whose="198.51.100.7", is_known=True) == (
        "directory-pending"
    )
    clock.forward(s=60)
    assert shelf.at_hand("https://z.example/", whose="198.51.100.7") == (
        "directory-pending"
    )
    await shelf.close()


async def test_a_new_key_is_looked_for_but_not_often() -> None:
    web, clock = Web(), HandClock()
    shelf = a_shelf(web, clock)
    shelf.at_hand(URL)
    await shelf.settled(URL)

    for _ in range(5):
        shelf.at_hand(URL, older_s=60)
        await shelf.settled(URL)
    assert len(web.asked) == 1
    clock.forward(s=60)
    shelf.at_hand(URL, older_s=60)
    await shelf.settled(URL)

    assert len(web.asked) == 2


async def test_a_mistake_of_ours_is_told_once_and_costs_nobody_an_answer() -> None:
    asked: list[str] = []
    told: list[object] = []

    async def fetch(url: str) -> Fetched:
        asked.append(url)
        raise RecursionError(url)

    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: told.append(context["exception"])
    )
    clock = HandClock()
    shelf = Shelf(fetch, read, clock)

    first = shelf.at_hand(URL)
    await shelf.settled(URL)
    again = [shelf.at_hand(URL) for _ in range(3)]
    await shelf.settled(URL)

    assert (first, set(again)) == ("directory-pending", {"directory-unreadable"})
    assert asked == [URL]
    assert [type(fault) for fault in told] == [RecursionError]
    clock.forward(s=FAILED_S)
    shelf.at_hand(URL)
    await shelf.settled(URL)
    assert asked == [URL, URL]
