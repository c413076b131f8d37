"""New processes for a gateway at work: nobody at its door notices."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from tests.figures import publish, so_many
from tests.journeys.archive import archive_running
from tests.journeys.crowd import Answer, answer_of, asked_at_once
from tests.journeys.metered import Taker, house_of, invoiced_company, settled
from tests.journeys.running import COPYFAIR, ENVIRONMENT, Gateway, ask, eventually
from tests.journeys.workers import (
    LOOK_AGAIN_S,
    SOON_S,
    children,
    health,
    say,
    set_up_with,
    wait_until_whole,
)

RESTARTS = 10
RESTARTS_IN_SOAK = 50
BETWEEN_S = 0.06  # nine visitors ask 150 times a second, and leave starts some room
FORM = b"name=Baptiste"


@pytest.fixture(scope="module")
def archive() -> Generator[int]:
    with archive_running() as port:
        yield port


@pytest.fixture(scope="module")
def kept(archive: int, tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    """One gateway for all who want no other archive."""
    gateway = set_up_with(tmp_path_factory.mktemp("restarts"), archive)
    say(gateway, "drain", "5m")
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture
def gateway(kept: Gateway) -> Gateway:
    wait_until_whole(kept)
    return kept


@pytest.fixture(scope="module")
def company(kept: Gateway) -> Taker:
    with house_of(kept) as house:
        return invoiced_company(house)


@dataclass
class Tally:
    """What became of the requests of everybody."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    closed: int = 0
    restarts: int = 0

    def note(self, who: str, answer: Answer) -> None:
        self.statuses[answer.status] += 1
        if answer.status != 200 or not answer.is_complete:
            self.failures.append(f"{who}: {answer}")


@dataclass
class Visitor:
    """Asks again and again and tries nothing twice."""

    port: int
    method: str
    taker: Taker | None
    stays: bool

    def request(self, number: int) -> bytes:
        lines = [
            f"{self.method} /plain/2000/{number} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "User-Agent: Lynx/2.9.0dev.12 libwww-FM/2.14",
        ]
        body = FORM if self.method == "POST" else b""
        if body:
            lines.append(f"Content-Length: {len(body)}")
        if self.taker:
            lines += [f"{k}: {v}" for k, v in self.taker.headers.items()]
        if not self.stays:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    async def visit(self, tally: Tally, stopping: asyncio.Event) -> None:
        number = 0
        while not stopping.is_set():
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                is_open = True
                while is_open and not stopping.is_set():
                    number += 1
                    writer.write(self.request(number))
                    answer = await answer_of(reader)
                    tally.note(f"{self.method} {number}", answer)
                    is_open = self.stays and "close" not in answer.fields.get(
                        "connection", "nothing" if answer.status else "close"
                    )
                    await asyncio.sleep(BETWEEN_S)
                tally.closed += self.stays
            finally:
                writer.close()


@asynccontextmanager
async def visited(gateway: Gateway, taker: Taker) -> AsyncGenerator[Tally]:
    """Everybody comes: who stays and who does not, who reads, pays and posts."""
    tally, stopping = Tally(), asyncio.Event()
    visitors = [
        Visitor(gateway.port, method, paying, stays)
        for method, paying in (("GET", None), ("GET", taker), ("POST", None))
        for stays in (True, True, False)
    ]
    async with asyncio.TaskGroup() as group:
        for visitor in visitors:
            group.create_task(visitor.visit(tally, stopping))
        try:
            yield tally
        finally:
            stopping.set()


def restart(gateway: Gateway) -> None:
    """Replace everybody, and wait until it is done and the old have gone."""
    assert gateway.process
    before = set(children(gateway))
    done, failed = said(gateway, "restart.done"), said(gateway, "restart.failed")
    os.kill(gateway.process.pid, signal.SIGUSR2)
    eventually(
        lambda: (
            not before & set(children(gateway)) and said(gateway, "restart.done") > done
        ),
        within_s=2 * SOON_S,
        what="new processes",
        again_s=LOOK_AGAIN_S,
    )
    assert said(gateway, "restart.failed") == failed


def said(gateway: Gateway, event: str) -> int:
    """How often its log says so."""
    return gateway.log().count(f'"{event}"')


async def restarted(times: int, gateway: Gateway, company: Taker) -> Tally:
    before = await asyncio.to_thread(settled, gateway)
    async with visited(gateway, company) as tally:
        for _ in so_many(times):
            await asyncio.to_thread(restart, gateway)
            tally.restarts += 1
    await asyncio.to_thread(wait_until_whole, gateway)
    ledger = (await asyncio.to_thread(settled, gateway)).without(before)
    assert ledger.count("orphaned") == 0
    assert ledger.count("released") == 0
    assert gateway.copyfair("audit")["ok"]
    return tally


@pytest.mark.timeout(900)
async def test_10_restarts_under_load_fail_no_request(
    gateway: Gateway, company: Taker
) -> None:
    tally = await restarted(RESTARTS, gateway, company)

    assert tally.failures == []
    assert tally.statuses[200] > 50 * RESTARTS
    assert tally.closed > RESTARTS  # who stays was asked to come in anew


@pytest.mark.soak
async def test_50_restarts_under_load_fail_no_request(
    gateway: Gateway, company: Taker
) -> None:
    tally = await restarted(RESTARTS_IN_SOAK, gateway, company)

    publish(
        "restarts",
        {
            "restarts": tally.restarts,
            "answered": tally.statuses.total(),
            "failed": tally.failures[:20],
        },
    )
    assert tally.failures == []
    assert tally.statuses[200] > 50 * tally.restarts


async def test_a_long_download_outlives_a_restart_and_is_metered_whole(
    archive: int, gateway: Gateway, company: Taker
) -> None:
    ask(archive, "/gate/shut")
    target = "/paused/300000/film"
    asked = asyncio.create_task(asked_at_once(gateway.port, [target], company.headers))
    await asyncio.to_thread(
        eventually, lambda: "paused" in seen(archive), within_s=SOON_S
    )
    await asyncio.to_thread(restart_by_command, gateway)
    ask(archive, "/gate/open")
    (answer,) = await asked

    await asyncio.to_thread(wait_until_whole, gateway)
    ledger = await asyncio.to_thread(settled, gateway)

    assert answer.is_complete
    assert ledger.of(answer.fields["request-id"]).billable_bytes == 300_000


def seen(archive: int) -> str:
    return ask(archive, "/seen").body.decode("latin-1")


def restart_by_command(gateway: Gateway) -> None:
    done = said(gateway, "restart.done")
    gateway.copyfair("restart")
    eventually(lambda: said(gateway, "restart.done") > done, within_s=2 * SOON_S)


async def test_a_websocket_outlives_a_reload_and_a_restart(tmp_path: Path) -> None:
    async def echo(socket: ServerConnection) -> None:
        async for said in socket:
            await socket.send(said)

    async with serve(echo, "127.0.0.1", 0) as origin:
        port = next(iter(origin.sockets)).getsockname()[1]
        gateway = set_up_with(tmp_path, port)
        say(gateway, "drain", "5m")
        gateway.start()
        try:
            await asyncio.to_thread(wait_until_whole, gateway)
            async with connect(f"ws://127.0.0.1:{gateway.port}/chat") as socket:
                assert await told(socket, "before") == "before"
                await asyncio.to_thread(reload, gateway)
                assert await told(socket, "reloaded") == "reloaded"
                await asyncio.to_thread(restart_by_command, gateway)
                assert await told(socket, "restarted") == "restarted"
        finally:
            await asyncio.to_thread(gateway.stop)


async def told(socket: object, text: str) -> str:
    await socket.send(text)  # type: ignore[attr-defined]
    heard: str = await socket.recv()  # type: ignore[attr-defined]
    return heard


def reload(gateway: Gateway) -> None:
    """Change the policies, and wait until every worker follows them."""
    before = {each["policy_version"] for each in health(gateway)["workers"]}
    page = gateway.folder / "policies" / "collections" / "whole-site.yaml"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("steward:", "steward: The"), encoding="utf-8")

    def is_followed() -> bool:
        now = {each["policy_version"] for each in health(gateway)["workers"]}
        return len(now) == 1 and now != before

    eventually(is_followed, within_s=SOON_S)


def test_a_restart_that_cannot_succeed_leaves_everybody_in_place(
    gateway: Gateway,
) -> None:
    family, failed = set(children(gateway)), said(gateway, "restart.failed")
    page = gateway.folder / "policies" / "collections" / "whole-site.yaml"
    good = page.read_text(encoding="utf-8")
    page.write_text("rules: [{then: dney}]\n", encoding="utf-8")

    gateway.copyfair("restart")

    eventually(lambda: said(gateway, "restart.failed") > failed, within_s=SOON_S)
    page.write_text(good, encoding="utf-8")
    assert set(children(gateway)) == family
    assert gateway.ask("/plain/10/page").status == 200


def test_where_nothing_runs_nothing_is_restarted(archive: int, tmp_path: Path) -> None:
    gateway = set_up_with(tmp_path, archive)

    done = subprocess.run(
        [COPYFAIR, "restart", "--config", gateway.config],
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
        text=True,
        timeout=60,
    )

    assert done.returncode == 69
    assert "no gateway with two workers or more" in " ".join(done.stderr.split())
