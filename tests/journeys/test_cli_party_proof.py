"""The command line on a domain challenge, with a name server and a site on loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.name_server import NameServer, Zone
from tests.journeys.command_line import Archive, an_archive

DOMAIN = "mapworks.example"


@contextmanager
def name_server(zone: Zone) -> Iterator[str]:
    """Its address, while it answers in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def begin() -> asyncio.DatagramTransport:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: NameServer(zone), local_addr=("127.0.0.1", 0)
        )
        return transport

    async def end(transport: asyncio.DatagramTransport) -> None:
        transport.close()
        await asyncio.sleep(0)

    made = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    host, port = made.get_extra_info("sockname")
    try:
        yield f"{host}:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(end(made), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return an_archive(tmp_path / "my-archive")


def a_party(archive: Archive, name: str, entity: str) -> None:
    words = ("party", "add", name, "--set", f"entity={entity}")
    archive.tells(*words, "--source", "self-declared")


def level_of(archive: Archive, name: str, attribute: str) -> str:
    shown = archive.tells("party", "show", name)["attributes"]
    return str(shown[attribute]["level"]) if attribute in shown else "unknown"


def test_a_company_that_answers_in_its_dns_becomes_creditworthy(
    archive: Archive,
) -> None:
    a_party(archive, "Mapworks", "company")
    asked = archive.tells("party", "challenge", "Mapworks", "--domain", DOMAIN)
    zone: Zone = {
        (f"{asked['record']}.", "TXT"): ['"v=spf1 -all"', f'"{asked["answer"]}"']
    }
    with name_server(zone) as server:
        words = ("party", "verify", "Mapworks", "--domain", DOMAIN)
        told = archive.tells(*words, "--name-server", server)

    assert (told["via"], told["entity_verified"]) == ("dns", True)
    assert level_of(archive, "Mapworks", "entity") == "verified"
    assert level_of(archive, "Mapworks", "domain") == "verified"

    a_party(archive, "Copycat", "company")
    said = archive.says("party", "challenge", "Copycat", "--domain", f"a.{DOMAIN}")
    assert said.status == 1
    assert "is proven to be Mapworks" in said.err


def test_another_partys_answer_proves_nothing(archive: Archive) -> None:
    a_party(archive, "Mapworks", "company")
    a_party(archive, "Copycat", "company")
    asked = archive.tells("party", "challenge", "Mapworks", "--domain", DOMAIN)
    zone: Zone = {(f"{asked['record']}.", "TXT"): [f'"{asked["answer"]}"']}
    with name_server(zone) as server:
        words = ("party", "verify", "Copycat", "--domain", DOMAIN)
        said = archive.says(*words, "--name-server", server)

    assert said.status == 1
    assert "stands neither in" in said.out
    assert level_of(archive, "Copycat", "entity") == "claimed"


def test_an_association_proves_its_domain_and_not_that_it_is_one(
    archive: Archive,
) -> None:
    a_party(archive, "Friends", "nonprofit")
    asked = archive.tells("party", "challenge", "Friends", "--domain", DOMAIN)
    zone: Zone = {(f"{asked['record']}.", "TXT"): [f'"{asked["answer"]}"']}
    with name_server(zone) as server:
        words = ("party", "verify", "Friends", "--domain", DOMAIN)
        said = archive.says(*words, "--name-server", server)

    assert said.status == 0
    assert "still a steward's to confirm" in said.out
    assert level_of(archive, "Friends", "domain") == "verified"
    assert level_of(archive, "Friends", "entity") == "claimed"


def test_who_never_said_what_it_is_is_asked_first(archive: Archive) -> None:
    archive.tells("party", "add", "Silent")
    said = archive.says("party", "verify", "Silent", "--domain", DOMAIN)

    assert said.status == 2
    assert "never said what it is" in said.err
    shown = archive.says("party", "challenge", "Silent", "--domain", DOMAIN)
    assert f"_copyfair.{DOMAIN}. TXT copyfair-party=" in shown.out


def test_a_name_server_is_an_address(archive: Archive) -> None:
    a_party(archive, "Mapworks", "company")
    words = ("party", "verify", "Mapworks", "--domain", DOMAIN)
    said = archive.says(*words, "--name-server", "127.0.0.1:dns")
    assert (said.status, "is no name server" in said.err) == (2, True)
