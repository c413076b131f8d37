"""The wicket: what nginx repeats is known again, and says the same as when read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from gateway.kernel.clock import US_PER_S
from gateway.kernel.request import Headers, Request
from gateway.licensing.decision import Allow, Deny
from gateway.metering.usage_reference import Seal
from gateway.proxy.accept import Doorway
from gateway.proxy.forward_auth.deciding import ForwardAuth
from gateway.proxy.forward_auth.holds import Holds
from gateway.proxy.forward_auth.wicket import PERSONAL_S, Remembered, Told
from gateway.proxy.host import Host
from gateway.proxy.limits import ConnectionLimits
from gateway.web.problems import Problems
from tests.integration.proxy.fakes import (
    ALLOW,
    FREE,
    METER,
    FakeAdmission,
    FakePages,
    Watching,
    always,
)
from tests.integration.proxy.fronts import LIMITS, wicket_at
from tests.integration.proxy.standing import RealClock, our_fields

HERE = (ip_network("127.0.0.0/8"),)
ELSEWHERE = (ip_network("192.0.2.0/24"),)
READER = (
    "X-Original-Host: archive.example\r\n"
    "X-Forwarded-For: 203.0.113.9\r\n"
    "X-Forwarded-Proto: https\r\n"
    "Host: copyfair_decide\r\n"
    "User-Agent: Mozilla/5.0\r\n"
)


def question(
    target: str, *, number: int = 0, method: str = "GET", rest: str = ""
) -> bytes:
    """As nginx sends it with deploy/nginx/decide.conf."""
    return (
        "GET /decide/nginx HTTP/1.1\r\n"
        f"X-Original-URI: {target}\r\n"
        f"X-Original-Method: {method}\r\n"
        f"X-Original-Id: f00d{number}\r\n"
        f"{READER}{rest}\r\n"
    ).encode()


@dataclass
class Nginx:
    """One connection of nginx, and what the gateway made of its questions."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    watching: Watching
    faults: list[BaseException] = field(default_factory=list)

    async def asks(self, asked: bytes) -> tuple[int, str]:
        """The status, and the whole head of the answer."""
        self.writer.write(asked)
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.partition("Content-Length: ")[2].partition("\r")[0])
            await self.reader.readexactly(length)
        return int(head.split(" ")[1]), head

    @property
    def requests(self) -> list[Request]:
        return [outcome.asked for outcome in self.watching.outcomes]


@asynccontextmanager
async def nginx_before(
    admission: FakeAdmission | None = None,
    *,
    fronts: tuple[object, ...] = HERE,
    limits: ConnectionLimits = LIMITS,
    path: Path | None = None,
) -> AsyncIterator[Nginx]:
    admission = admission or FakeAdmission(always(ALLOW))
    watching, clock = Watching(), RealClock()
    auth = ForwardAuth(
        admission,
        Problems(admission.policies, lambda asked: asked.url),
        Doorway("https", HERE),
        fronts,  # type: ignore[arg-type]  # networks of both families
        our_fields,
        Holds(None, clock),
        Seal([b"a secret of the tests"]),
        clock,
        own=FakePages(),
        observer=watching.hear,
    )
    listening = socket.socket(socket.AF_INET if path is None else socket.AF_UNIX)
    listening.bind(("127.0.0.1", 0) if path is None else str(path))
    faults: list[BaseException] = []
    async with wicket_at(listening, auth, faults, limits=limits):
        if path is None:
            port = listening.getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        else:
            reader, writer = await asyncio.open_unix_connection(path)
        try:
            yield Nginx(reader, writer, watching, faults)
        finally:
            writer.close()


def but_for_its_id(asked: Request) -> Request:
    return replace(asked, id="", received_us=0)


@pytest.mark.parametrize("target", ["/page", "/", "/a/b.html?q=%2F&r", "/~x/?"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_is_known_again_is_read_as_before(target: str, method: str) -> None:
    async with nginx_before() as nginx:
        first = await nginx.asks(question(target, method=method))
        again = await nginx.asks(question(target, number=1, method=method))
        await nginx.asks(question(target, number=2, method=method))

    assert first[0] == again[0] == 200
    read, known, known_too = nginx.requests
    assert but_for_its_id(read) == but_for_its_id(known)
    assert read.id != known.id
    assert known.headers is known_too.headers is not read.headers
    assert (known.client_ip, known.scheme, known.host) == (
        "203.0.113.9",
        "https",
        "archive.example",
    )


async def test_each_question_is_about_its_own_page() -> None:
    async with nginx_before() as nginx:
        for number in range(5):
            await nginx.asks(question(f"/page-{number}?n={number}", number=number))

    assert [asked.target for asked in nginx.requests] == [
        f"/page-{number}?n={number}" for number in range(5)
    ]


@pytest.mark.parametrize("target", ["/a/%2e%2e/b", "/a/../b", "/a#b", "http://x/"])
async def test_a_target_without_one_reading_is_no_yes_beside_known_fields(
    target: str,
) -> None:
    async with nginx_before() as nginx:
        assert (await nginx.asks(question("/page")))[0] == 200
        assert (await nginx.asks(question("/page")))[0] == 200
        assert (await nginx.asks(question(target)))[0] == 403

    assert len(nginx.requests) == 2


@pytest.mark.parametrize(
    "rest",
    [
        "X-Original-URI: /robots.txt\r\n",
        "X-Original-Method: HEAD\r\n",
        "X-Original-Id: 00\r\n",
        "X_Original_URI: /robots.txt\r\n",
        "X-Forwarded-Uri: /robots.txt\r\n",
    ],
)
async def test_what_a_reader_claims_is_refused_every_time(rest: str) -> None:
    async with nginx_before() as nginx:
        assert (await nginx.asks(question("/page")))[0] == 200
        for number in range(3):
            asked = question("/page", number=number, rest=rest)
            assert (await nginx.asks(asked))[0] == 403

    assert len(nginx.requests) == 1


async def test_a_no_stays_a_no_when_it_is_known_again() -> None:
    async with nginx_before(FakeAdmission(always(Deny(FREE, "")))) as nginx:
        answers = [await nginx.asks(question("/page", number=n)) for n in range(3)]

    assert [status for status, _ in answers] == [403, 403, 403]
    assert all("Copyfair-Answer: req_" in head for _, head in answers)


@pytest.mark.parametrize("decision", [ALLOW, Deny(FREE, "")])
async def test_what_is_judged_at_once_is_answered_without_a_task(
    decision: Allow | Deny,
) -> None:
    async with nginx_before(FakeAdmission(always(decision))) as nginx:
        await nginx.asks(question("/page"))
        tasks: list[object] = []

        def counted(loop: asyncio.AbstractEventLoop, work: Any) -> asyncio.Task[Any]:
            tasks.append(work)
            return asyncio.Task(work, loop=loop)

        asyncio.get_running_loop().set_task_factory(counted)
        nginx.writer.write(question("/page", number=1))
        await nginx.reader.readuntil(b"\r\n\r\n")
        asyncio.get_running_loop().set_task_factory(None)

    assert tasks == []
    assert len(nginx.requests) == 2


async def test_what_has_to_wait_is_judged_once_and_answered_the_same() -> None:
    admission = FakeAdmission(always(METER))
    async with nginx_before(admission) as nginx:
        answers = [await nginx.asks(question("/page", number=n)) for n in range(3)]

    assert [status for status, _ in answers] == [200, 200, 200]
    assert all("Copyfair-Usage: " in head for _, head in answers)
    assert len(admission.seen) == len(nginx.requests) == 3


async def test_questions_that_come_together_are_answered_in_their_order() -> None:
    number_of = 400
    async with nginx_before() as nginx:
        await nginx.asks(question("/page"))
        asked = [question(f"/p{n}", number=n) for n in range(number_of)]
        nginx.writer.write(b"".join(asked))
        async with asyncio.timeout(30):
            for _ in range(number_of):
                await nginx.reader.readuntil(b"\r\n\r\n")

    assert [one.path for one in nginx.requests[1:]] == [
        f"/p{n}" for n in range(number_of)
    ]
    assert nginx.faults == []


async def test_a_stranger_is_never_known() -> None:
    async with nginx_before(fronts=ELSEWHERE) as nginx:
        answers = [await nginx.asks(question("/page")) for _ in range(3)]

    assert {status for status, _ in answers} == {403}
    assert nginx.requests == []


async def test_whoever_says_close_is_closed() -> None:
    async with nginx_before() as nginx:
        port = nginx.writer.get_extra_info("peername")[1]
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(question("/page", rest="Connection: close\r\n"))
            assert b"Connection: close" in await reader.read()
            writer.close()

    assert len(nginx.requests) == 3


async def test_a_mistake_of_ours_is_a_500_and_is_heard() -> None:
    admission = FakeAdmission(always(ALLOW))
    async with nginx_before(admission) as nginx:
        await nginx.asks(question("/page"))
        admission.decide = None  # type: ignore[assignment, method-assign]
        status, head = await nginx.asks(question("/page"))

    assert (status, "Connection: close" in head) == (500, True)
    assert [type(fault) for fault in nginx.faults] == [TypeError]


async def test_who_may_open_the_unix_socket_counts_as_loopback(tmp_path: Path) -> None:
    async with nginx_before(path=tmp_path / "decide.sock") as nginx:
        statuses = [(await nginx.asks(question("/page")))[0] for _ in range(2)]

    assert statuses == [200, 200]
    assert {asked.client_ip for asked in nginx.requests} == {"203.0.113.9"}


async def test_a_front_server_has_as_many_connections_as_it_likes() -> None:
    async with nginx_before(
        limits=ConnectionLimits(connections_per_address=1)
    ) as nginx:
        port = nginx.writer.get_extra_info("peername")[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        status, _ = await nginx.asks(question("/page"))
        assert not writer.is_closing()
        writer.close()

    assert status == 200


def test_what_names_a_person_is_forgotten_within_seconds() -> None:
    remembered = Remembered()
    host = Host("archive.example", "archive.example", None)
    key = Headers((("Authorization", "License cg_live_x"),))
    plain = Told(Headers(), host, False, "203.0.113.9", "https")
    personal = replace(plain, headers=key)
    remembered.get("127.0.0.1", b"", US_PER_S)
    remembered.keep("127.0.0.1", b"plain", plain)
    remembered.keep("127.0.0.1", b"personal", personal)

    soon_us, late_us = 2 * US_PER_S, (PERSONAL_S + 1) * US_PER_S
    assert remembered.get("127.0.0.1", b"personal", soon_us) is personal
    assert remembered.get("127.0.0.2", b"personal", soon_us) is None
    assert remembered.get("127.0.0.1", b"personal", late_us) is None
    assert remembered.get("127.0.0.1", b"plain", late_us) is plain
