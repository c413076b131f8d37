"""What a collection carries, live: several processes, and no payment buys more."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.journeys.archive import archive_running
from tests.journeys.command_line import copyfair
from tests.journeys.crowd import asked_at_once
from tests.journeys.metered import Taker, house_of, invoiced_company, settled
from tests.journeys.running import Gateway, ask, eventually, free_port
from tests.journeys.workers import SOON_S, is_whole, say, set_up_with

pytestmark = pytest.mark.timeout(180)

CARRIED, CROWD = 20, 90
COLLECTION = "policies/collections/whole-site.yaml"
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101"
    " Firefox/130.0"
}


def carries(gateway: Gateway, capacity: str) -> None:
    file = gateway.folder / COLLECTION
    with file.open("a", encoding="utf-8") as written:
        written.write(f"\ncapacity: {capacity}\n")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    """Two workers before an archive that carries 20 metered requests a day."""
    folder = tmp_path_factory.mktemp("capacity")
    with archive_running() as archive:
        gateway = set_up_with(folder, archive, workers=2)
        carries(gateway, f"{{requests: {CARRIED}, per: day}}")
        door = free_port()
        listen = f"{{listen: '127.0.0.1:{door}', trusted: [127.0.0.1]}}"
        say(gateway, "forward_auth", listen)
        gateway.start()
        try:
            eventually(lambda: is_whole(gateway, 2), within_s=SOON_S, what="whole")
            yield gateway
        finally:
            gateway.stop()


@pytest.fixture(scope="module")
def companies(gateway: Gateway) -> list[Taker]:
    with house_of(gateway) as house:
        names = ("Mapworks", "Atlas", "Globe")
        return [invoiced_company(house, name) for name in names]


def targets(name: str) -> list[str]:
    return [f"/plain/1024/{name}-{number}" for number in range(CROWD // 3)]


async def test_three_that_pay_get_together_what_is_carried_and_readers_all(
    gateway: Gateway, companies: list[Taker]
) -> None:
    crowds = await asyncio.gather(
        *(
            asked_at_once(gateway.port, targets(one.party_id), one.headers)
            for one in companies
        )
    )
    answers = [answer for crowd in crowds for answer in crowd]
    statuses = Counter(answer.status for answer in answers)
    assert statuses == {200: CARRIED, 429: CROWD - CARRIED}
    refused = [answer for answer in answers if answer.status == 429]
    assert all(0 < int(each.fields["retry-after"]) <= 86_400 for each in refused)
    assert all("throttle" in each.fields["copyfair-decision"] for each in refused)
    ledger = await asyncio.to_thread(settled, gateway)
    assert len(ledger.events) == CARRIED

    readers = await asked_at_once(gateway.port, targets("readers"), BROWSER)
    assert {answer.status for answer in readers} == {200}


def test_a_front_server_is_told_the_same(
    gateway: Gateway, companies: list[Taker]
) -> None:
    door = int(
        Path(gateway.config)
        .read_text(encoding="utf-8")
        .split("listen: '127.0.0.1:")[1]
        .split("'")[0]
    )
    fields = {
        "X-Original-URI": "/plain/1024/front",
        "X-Original-Method": "GET",
        "X-Original-Host": "archive.example",
        "X-Original-Id": "f00d",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "http",
    }
    paying = ask(door, "/decide/nginx", headers={**fields, **companies[0].headers})
    reading = ask(door, "/decide/nginx", headers={**fields, **BROWSER})
    assert reading.status in {200, 204}
    assert paying.headers["copyfair-status"] == "429", "nginx cannot relay it itself"


def test_a_faulty_capacity_is_named_with_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    words = ("--upstream", "http://127.0.0.1:9", "--public-url", "https://a.example")
    copyfair("init", folder, *words)
    file = folder / COLLECTION
    text = file.read_text(encoding="utf-8")
    for capacity, says in (
        ("{requests: many, per: day}", "whole number"),
        ("{bytes: 5 lightyears, per: day}", "200 GiB"),
        ("{energy: 5 kW, per: month}", "5 kWh"),
        ("{requests: 5, per: fortnight}", "span"),
        ("{requests: 5}", "per"),
        ("{per: day}", "how many"),
    ):
        file.write_text(f"{text}\ncapacity: {capacity}\n", encoding="utf-8")
        said = copyfair("policy", "check", folder / "policies")
        line = text.count("\n") + 2
        assert said.status == 2, capacity
        assert f"whole-site.yaml:{line}:" in said.out + said.err, said
        assert says in said.out + said.err, said
    file.write_text(
        f"{text}\ncapacity: {{bytes: 5 GiB, energy: 5 kWh, per: month}}\n",
        encoding="utf-8",
    )
    assert copyfair("policy", "check", folder / "policies").status == 0
