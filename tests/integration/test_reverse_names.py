"""resolver.reverse_names: a name counts both ways, and no name server is waited for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from gateway.resolver.reverse_names import ConfirmedNames, is_within
from tests.fakes.name_server import NameServer, Zone
from tests.fakes.time_and_chance import HandClock

ADDRESS = "192.0.2.66"
POINTER = "66.2.0.192.in-addr.arpa."
NAME = "crawl-192-0-2-66.googlebot.com."
DOMAINS = ("googlebot.com",)


@asynccontextmanager
async def asking(
    zone: Zone, clock: HandClock | None = None, *, is_silent: bool = False
) -> AsyncIterator[tuple[ConfirmedNames, NameServer]]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer(zone, is_silent=is_silent), local_addr=("127.0.0.1", 0)
    )
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    names = ConfirmedNames(clock or HandClock(), resolver)
    try:
        yield names, server
    finally:
        await names.close()
        transport.close()


CONFIRMED: Zone = {(POINTER, "PTR"): [NAME], (NAME, "A"): [ADDRESS]}


async def test_the_first_asker_does_not_wait_and_the_next_one_knows() -> None:
    async with asking(CONFIRMED) as (names, server):
        first = names(ADDRESS, DOMAINS)
        await names.settled(ADDRESS)

        assert first is None
        assert names(ADDRESS, DOMAINS) is True
        assert names(ADDRESS, ("bing.com",)) is False
        assert server.asked == ["PTR", "A"]


@pytest.mark.parametrize(
    "zone",
    [
        {(POINTER, "PTR"): [NAME]},
        {(POINTER, "PTR"): [NAME], (NAME, "A"): ["192.0.2.67"]},
        {(POINTER, "PTR"): ["host.example."], ("host.example.", "A"): [ADDRESS]},
        {
            (POINTER, "PTR"): ["googlebot.com.evil.example."],
            ("googlebot.com.evil.example.", "A"): [ADDRESS],
        },
        {},
    ],
    ids=["no way back", "back elsewhere", "another name", "in front", "no name"],
)
async def test_a_name_that_does_not_lead_back_is_not_theirs(zone: Zone) -> None:
    async with asking(zone) as (names, _):
        names(ADDRESS, DOMAINS)
        await names.settled(ADDRESS)

        assert names(ADDRESS, DOMAINS) is False


async def test_a_silent_server_leaves_it_unknown_and_is_not_asked_again_at_once() -> (
    None
):
    async with asking(CONFIRMED, is_silent=True) as (names, server):
        names(ADDRESS, DOMAINS)
        await names.settled(ADDRESS)
        asked = len(server.asked)

        assert names(ADDRESS, DOMAINS) is None
        await names.settled(ADDRESS)
        assert len(server.asked) == asked


async def test_what_was_known_holds_on_while_it_is_asked_anew() -> None:
    clock = HandClock()
    async with asking(CONFIRMED, clock) as (names, server):
        names(ADDRESS, DOMAINS)
        await names.settled(ADDRESS)
        clock.forward(s=86_400)
        server.zone.clear()

        assert names(ADDRESS, DOMAINS) is True
        await names.settled(ADDRESS)
        assert names(ADDRESS, DOMAINS) is False


def test_a_name_is_within_its_own_domain_alone() -> None:
    assert is_within("a.googlebot.com", "googlebot.com")
    assert is_within("googlebot.com", "googlebot.com")
    assert not is_within("notgooglebot.com", "googlebot.com")
    assert not is_within("googlebot.com.evil.example", "googlebot.com")
