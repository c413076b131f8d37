"""Express and the handler are one gateway: whatever comes, nobody can tell them apart.

The same requests meet the same upstream twice, once with express and once without.
Every byte to the client and to the upstream, what became of each request, who was
judged how often, and what the pressure gauge heard must be equal.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from gateway.kernel.request import Request
from gateway.licensing.decision import Allow, Decision, Deny, Throttle
from gateway.metering.usage_event import Ending
from gateway.proxy.connection import Connection
from gateway.proxy.outflow import Outflow
from gateway.proxy.phase import Asked
from tests.integration.proxy.fakes import ALLOW, FREE, METER, FakeAdmission
from tests.integration.proxy.origins import RawOrigin, raw_origin
from tests.integration.proxy.standing import Gateway, gateway, until
from tests.integration.proxy.ways import here, opened

SEQUENCES = 40
DATE = re.compile(rb"Date: [^\r]*\r\n")
SOMETIME = b"Date: sometime\r\n"
STAMP = b"Date: Fri, 27 Nov 2026 12:00:00 GMT\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
SIGNED = b'Signature-Input: a=("@authority");nonce="n"\r\nSignature: a=:AAAA:\r\n'

ANSWERS = {
    "page": OK + b"Content-Length: 4\r\nETag: x\r\n\r\npage",
    "dated": OK + STAMP + b"Content-Length: 4\r\n\r\npage",
    "empty": OK + b"Content-Length: 0\r\n\r\n",
    "cookie": OK + b"Set-Cookie: a=b\r\nContent-Length: 2\r\n\r\nhi",
    "label": OK + b"Link: </l>; rel=x\r\nContent-Length: 2\r\n\r\nhi",
    "labels": OK + b"Content-Usage: n\r\nContent-Length: 2\r\nlink: a\r\n\r\nhi",
    "sealed": OK + b"SET-COOKIE: a=b\r\nContent-Length: 2\r\n" + STAMP + b"\r\nhi",
    "bounded": OK + STAMP + b"Content-Length: 65536\r\n\r\n" + b"x" * 65_536,
    "unchanged": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    "nothing": b"HTTP/1.1 204 No Content\r\n\r\n",
    "missing": b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
    "moved": b"HTTP/1.1 302 Found\r\nLocation: /page\r\nContent-Length: 0\r\n\r\n",
    "chunked": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "until-end": OK + b"\r\nall of it",
    "last": OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi",
    "hinted": b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi",
    "large": OK + b"Content-Length: 70000\r\n\r\n" + b"x" * 70_000,
    "huge": OK + b"Content-Length: 400000\r\n\r\n" + b"x" * 400_000,
    "long": OK + b"Content-Length: 2\r\n\r\nhi, and more",
    "garbage": b"220 mail.example ESMTP\r\n\r\n",
    "folded": OK + b"A: b\r\n c\r\nContent-Length: 2\r\n\r\nhi",
    "twice": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
    "silence": b"",
}
# None is cut half-way: how much of that arrives depends on who is quicker.
ENDS = frozenset(("until-end", "last", "garbage", "silence"))
PLAIN = (
    "page",
    "dated",
    "empty",
    "cookie",
    "label",
    "labels",
    "sealed",
    "unchanged",
    "nothing",
    "missing",
)
NOBODY = Request("", "GET", "http", "", "", "/", "/")


def decided(asked: Request) -> Decision:
    """By the last segment of the address."""
    words: dict[str, Decision] = {
        "deny": Deny(FREE, "steward@archive.example"),
        "wait": Throttle(FREE, "anonymous", retry_after_s=9),
        "meter": METER,
        "rung": Allow(FREE, rung="nowhere"),
    }
    return words.get(asked.path.rpartition("/")[2], ALLOW)


@dataclass
class Seen:
    """Everything that can be told of one run."""

    client: list[bytes] = field(default_factory=list)
    upstream: list[bytes] = field(default_factory=list)
    outcomes: list[tuple[object, ...]] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)
    pressure: tuple[int, int] = (0, 0)
    faults: int = 0
    events: list[tuple[object, ...]] = field(default_factory=list)


@pytest.fixture
def both_ways() -> Iterator[None]:
    yield
    here.is_express = True


async def script(
    head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Answer by the first segment of the address; in two pieces if it says so."""
    target = head.split(b" ")[1].decode()
    name = target.split("?")[0].split("/")[1]
    answer = ANSWERS.get(name, ANSWERS["page"])
    if head.startswith(b"HEAD"):
        answer = answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    if "slowly" in target:
        half = len(answer) // 2
        writer.write(answer[:half])
        await writer.drain()
        await asyncio.sleep(0.002)
        answer = answer[half:]
    writer.write(answer)
    return name not in ENDS and "dies" not in target


def requests_of(chance: random.Random) -> list[bytes]:
    """A few requests; the last one asks to close."""
    number = chance.randint(1, 5)
    return [one_request(chance, is_last=n == number - 1) for n in range(number)]


def one_request(chance: random.Random, *, is_last: bool) -> bytes:
    method = chance.choices(("GET", "HEAD", "POST"), (8, 2, 1))[0]
    names = PLAIN if chance.random() < 0.6 else tuple(ANSWERS)
    target = "/" + chance.choice(names)
    target += chance.choices(
        ("", "/deny", "/wait", "/meter", "/rung", "/a%2Fb"), (12, 1, 1, 4, 1, 1)
    )[0]
    target += chance.choices(("", "?a=b", "?slowly", "?dies"), (6, 2, 2, 1))[0]
    if chance.random() < 0.05:
        target = chance.choice(("/robots.txt", "/license.xml"))
    lines = [f"{method} {target} HTTP/1.1", "Host: archive.example"]
    lines += chance.choices(
        (
            [],
            ["Accept: text/html"],
            ["Authorization: Bearer cg_test_key", "Accept: */*"],
            ["Authorization: Basic dTpw"],
            ["X-Forwarded-For: 192.0.2.1", "Te: trailers"],
            ["Bad"],
        ),
        (10, 10, 4, 2, 2, 1),
    )[0]
    if chance.random() < 0.5:
        # A crowd: another block of fields with every request.
        lines += [f"Cookie: s={chance.random()}", f"Referer: /{chance.random()}"]
        lines += [f"User-Agent: Mozilla/5.0 (X11; rv:{chance.randint(1, 9)}) Gecko"]
    lines += ["Connection: close"] if is_last else []
    body = "hello" if method == "POST" else ""
    lines += [f"Content-Length: {len(body)}"] if body else []
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def conversed(gate: Gateway, asked: list[bytes], *, is_pipelined: bool) -> bytes:
    """Ask on one connection, all at once or one after the other; read to its end."""
    reader, writer = await opened(gate.port)
    reading = asyncio.create_task(_read_all(reader))
    before = len(gate.watching.outcomes)
    if is_pipelined:
        writer.write(b"".join(asked))
    else:
        for number, request in enumerate(asked, start=1):
            writer.write(request)
            heard = before + number
            await until(
                lambda h=heard: reading.done() or len(gate.watching.outcomes) >= h  # type: ignore[misc]
            )
    async with asyncio.timeout(30):
        got = await reading
    writer.close()
    return DATE.sub(SOMETIME, got)


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    got = b""
    try:
        while piece := await reader.read(65_536):
            got += piece
    except ConnectionError:
        pass
    return got


async def seen_of(seed: int) -> tuple[Seen, int]:
    """One run, and how many requests went by express."""
    chance, seen = random.Random(seed), Seen()
    admission = FakeAdmission(decided)
    by_express = 0
    async with (
        raw_origin(script) as origin,
        gateway(origin.url, admission=admission) as gate,
    ):
        begin = gate.server.begin

        def counted(connection: Connection, head: Asked) -> Asked | None:
            nonlocal by_express
            left = begin(connection, head)
            by_express += left is None
            return left

        gate.server.begin = counted
        for _ in range(SEQUENCES):
            asked, is_pipelined = requests_of(chance), chance.random() < 0.5
            seen.client.append(await conversed(gate, asked, is_pipelined=is_pipelined))
            await until(lambda: not gate.server.busy_connections)
        await until(lambda: not gate.pressure.inside)
        _note(seen, gate, admission, origin)
    return seen, by_express


def _note(
    seen: Seen, gate: Gateway, admission: FakeAdmission, origin: RawOrigin
) -> None:
    seen.upstream = list(origin.heads)
    # Express gives a name to what it judged when somebody wants to know it.
    seen.judged = [f"{asked.method} {asked.target}" for asked in admission.seen]
    seen.pressure = gate.pressure.inside, gate.pressure.answers
    seen.faults = len(gate.watching.faults)
    seen.outcomes = [
        (
            outcome._replace(asked=NOBODY, elapsed_ns=0, first_byte_ns=0, facts=None),
            outcome.asked.id,
            outcome.asked.target,
            outcome.facts is None,
        )
        for outcome in gate.watching.outcomes
    ]
    seen.events = [
        (event.id, event.body_bytes, event.status, event.ending)
        for event in gate.recorder.events
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nobody_can_tell_express_from_the_handler(
    seed: int, both_ways: None
) -> None:
    here.is_express = False
    by_handler, none = await seen_of(seed)
    here.is_express = True
    by_express, many = await seen_of(seed)

    assert none == 0
    assert many > SEQUENCES / 2
    assert by_express == by_handler
    assert by_express.pressure[0] == 0
    assert by_express.faults == 0


async def test_a_block_of_fields_that_was_never_seen_goes_by_express() -> None:
    here.is_express = True
    async with raw_origin(script) as origin, gateway(origin.url) as gate:
        begin, left = gate.server.begin, []

        def counted(connection: Connection, head: Asked) -> Asked | None:
            left.append(begin(connection, head))
            return left[-1]

        gate.server.begin = counted
        reader, writer = await opened(gate.port)
        for number in range(1, 5):
            field = b"Upgrade: h2c" if number == 4 else b"Cookie: a=%d" % number
            writer.write(
                b"GET /page HTTP/1.1\r\nHost: archive.example\r\n%b\r\n\r\n" % field
            )
            await gate.watching.until(number)
        writer.close()

    # The first has no connection to the upstream yet; the last one is not plain.
    assert [one is None for one in left] == [False, True, True, False]
    assert all(head.count(b"Cookie: a=") == 1 for head in origin.heads[:3])
    del reader


@pytest.mark.parametrize("is_express", [True, False])
async def test_a_client_that_leaves_before_the_answer_is_accounted_for(
    *, is_express: bool, both_ways: None
) -> None:
    here.is_express = is_express
    may_answer = asyncio.Event()

    async def waits(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if b"/late" in head:
            await may_answer.wait()
        writer.write(ANSWERS["page"])
        return True

    async with raw_origin(waits) as origin, gateway(origin.url) as gate:
        _reader, writer = await opened(gate.port)
        plain = b"GET /%b HTTP/1.1\r\nHost: archive.example\r\n\r\n"
        writer.write(plain % b"soon")
        await gate.watching.until(1)
        writer.write(plain % b"late")
        await until(lambda: len(origin.heads) == 2)
        writer.transport.abort()
        await until(lambda: not gate.server.open_connections)
        assert gate.pressure.inside == 1
        may_answer.set()
        last = (await gate.watching.until(2))[-1]

        assert (last.status, last.body_bytes) == (0, 0)
        assert last.ending is not None
        assert last.ending.value == "aborted"
        assert gate.pressure.inside == 0
        assert not gate.watching.faults


@pytest.mark.parametrize("is_express", [True, False])
async def test_a_drain_counts_what_was_under_way_by_express(
    *, is_express: bool, both_ways: None
) -> None:
    here.is_express = is_express
    may_answer = asyncio.Event()

    async def waits(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if b"/late" in head:
            await may_answer.wait()
        writer.write(ANSWERS["page"])
        return True

    async with raw_origin(waits) as origin, gateway(origin.url) as gate:
        _reader, writer = await opened(gate.port)
        plain = b"GET /%b HTTP/1.1\r\nHost: archive.example\r\n\r\n"
        writer.write(plain % b"soon")
        await gate.watching.until(1)
        writer.write(plain % b"late")
        await until(lambda: len(origin.heads) == 2)
        draining = asyncio.create_task(gate.server.drain(0.05))
        await until(lambda: not gate.server.open_connections)
        may_answer.set()
        await draining

        assert len(gate.watching.outcomes) == 2
        assert gate.watching.outcomes[-1].body_bytes == 0
        assert gate.pressure.inside == 0
        writer.close()


async def test_a_mistake_of_ours_on_the_way_back_leaves_nobody_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with raw_origin(script) as origin, gateway(origin.url) as gate:
        reader, writer = await opened(gate.port)
        plain = b"GET /page HTTP/1.1\r\nHost: archive.example\r\n\r\n"
        writer.write(plain)
        await gate.watching.until(1)
        mistake = RuntimeError("not made for this")

        def breaks(*_arguments: object) -> bool:
            raise mistake

        with monkeypatch.context() as patched:
            patched.setattr(Outflow, "send_whole", breaks)
            writer.write(plain)
            await gate.watching.until(2)
            answers = await reader.read()
        writer.close()

    assert answers.count(b"HTTP/1.1 200 OK") == 1
    assert gate.watching.faults == [mistake]
    assert gate.pressure.inside == 0
    last = gate.watching.outcomes[-1]
    assert (last.status, last.body_bytes) == (200, 0)
    assert last.ending is Ending.ABORTED


@pytest.mark.parametrize(("fields", "have_names"), [(b"", False), (SIGNED, True)])
async def test_a_signed_request_has_a_name_before_it_is_judged(
    *, fields: bytes, have_names: bool
) -> None:
    """A signature counts once, for the request of that name; others need none yet."""
    admission = FakeAdmission(decided)
    here.is_express = True
    async with (
        raw_origin(script) as origin,
        gateway(origin.url, admission=admission) as gate,
    ):
        _reader, writer = await opened(gate.port)
        for number in range(1, 4):
            writer.write(
                b"GET /page HTTP/1.1\r\nHost: archive.example\r\n%b\r\n" % fields
            )
            await gate.watching.until(number)
        writer.close()

    names = [asked.id for asked in admission.seen][1:]
    assert all(names) == have_names
    assert len(set(names)) == (len(names) if have_names else 1)
