"""An upstream that fails: told truthfully, never hidden, never repeated."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import pytest

from gateway.upstream.limits import Limits
from tests.integration.proxy.origins import Script, raw_origin, says
from tests.integration.proxy.standing import (
    exchanged,
    gateway,
    request_bytes,
    status_of,
)
from tests.integration.proxy.ways import opened

PUBLIC_A = "Location: http://archive.example/a"


async def silent(
    head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await asyncio.sleep(5)


async def hangs_up(
    head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    return


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (silent, 504),
        (hangs_up, 502),
        (says(b"this is no HTTP\r\n\r\n"), 502),
        (
            says(
                b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
            ),
            502,
        ),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nab"), 502),
        (says(b"HTTP/1.1 200 OK\r\nX-A: b\x01c\r\nContent-Length: 0\r\n\r\n"), 502),
        (says(b"HTTP/1.1 200 OK\r\nX-A: " + b"y" * 200_000 + b"\r\n\r\n"), 502),
        (says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), 502),
        (says(b"HTTP/1.1 999999 No\r\n\r\n"), 502),
    ],
)
async def test_no_answer_or_a_broken_one_is_said_to_be_that(
    script: Script, status: int
) -> None:
    async with (
        raw_origin(script) as origin,
        gateway(origin.url, upstream_limits=Limits(silence_s=1)) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes())

    assert status_of(answer) == status
    assert b"\r\nRetry-After: " in answer
    assert str(origin.port).encode() not in answer
    assert len(origin.heads) == 1


async def test_an_upstream_that_is_not_there_is_a_502() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        async with gateway(f"http://127.0.0.1:{port}") as standing:
            answer = await exchanged(standing.port, request_bytes())
            outcome = (await standing.watching.until(1))[0]

    assert status_of(answer) == 502
    assert b"cannot be reached" in answer
    assert outcome.upstream_fault == "refused"


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (silent, "timeout"),
        (hangs_up, "broken"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), "broken"),
        (says(b"this is no HTTP\r\n\r\n"), "malformed"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nab"), "malformed"),
        (says(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), ""),
    ],
)
async def test_each_failure_of_the_archive_is_known_by_its_kind(
    script: Script, kind: str
) -> None:
    async with (
        raw_origin(script) as origin,
        gateway(origin.url, upstream_limits=Limits(silence_s=1)) as standing,
    ):
        with suppress(ConnectionResetError):
            await exchanged(standing.port, request_bytes())
        outcome = (await standing.watching.until(1))[0]

    assert outcome.upstream_fault == kind


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_lost_answer_is_never_asked_for_twice(method: str) -> None:
    async with raw_origin(hangs_up) as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, request_bytes(method=method))

    assert status_of(answer) == 502
    assert len(origin.heads) == 1


async def test_a_kept_connection_that_died_is_replaced_for_reading_only() -> None:
    answers = 0

    async def dies_at_the_second(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        nonlocal answers
        answers += 1
        if answers == 2:
            return False
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        return True

    async with (
        raw_origin(dies_at_the_second) as origin,
        gateway(origin.url) as standing,
    ):
        first = await exchanged(standing.port, request_bytes())
        second = await exchanged(standing.port, request_bytes())

    assert (status_of(first), status_of(second)) == (200, 200)
    assert (len(origin.heads), origin.connections) == (3, 2)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nzz\r\n",
    ],
)
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_a_short_body_is_cut_so_that_the_client_sees_it(
    answer: bytes, version: bytes
) -> None:
    request = (
        b"GET / HTTP/%b\r\nHost: archive.example\r\nConnection: close\r\n\r\n" % version
    )
    async with raw_origin(says(answer)) as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        writer.write(request)
        got, is_reset = b"", False
        try:
            while more := await reader.read(1024):
                got += more
        except ConnectionResetError:
            is_reset = True
        writer.close()
        outcome = (await standing.watching.until(1))[0]

    is_visibly_short = b"\r\nContent-Length: 10\r\n" in got or (
        b"chunked" in got and not got.endswith(b"0\r\n\r\n")
    )
    assert is_reset or is_visibly_short or status_of(got) == 502
    assert outcome.error == "upstream-failed"


async def test_surplus_bytes_never_answer_the_next_request() -> None:
    script = says(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
        is_kept=True,
    )
    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        answers = [await exchanged(standing.port, request_bytes()) for _ in range(3)]

    assert not any(b"poison" in answer for answer in answers)
    assert origin.connections == 3


async def test_both_framings_at_once_are_one_framing_for_the_client() -> None:
    script = says(
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\n\r\n"
    )
    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        answer = (await exchanged(standing.port, request_bytes())).lower()

    assert status_of(answer) == 502 or b"content-length" not in answer


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Location: http://{here}/a?b=c", "Location: http://archive.example/a?b=c"),
        ("Location: http://{here}", "Location: http://archive.example/"),
        ("Location: //{here}/a", "Location: http://archive.example/a"),
        ("Location: /a", "Location: /a"),
        ("Location: http://{here}0/a", "Location: http://{here}0/a"),
        ("Location: https://other.example/a", "Location: https://other.example/a"),
        (
            "Content-Location: HTTP://{here}/a",
            "Content-Location: http://archive.example/a",
        ),
        (
            'Link: <http://{here}/n>; rel="next", <https://x.example/>; rel="me"',
            (
                'Link: <http://archive.example/n>; rel="next", '
                '<https://x.example/>; rel="me"'
            ),
        ),
        ("Refresh: 5; url=http://{here}/r", "Refresh: 5; url=http://archive.example/r"),
        # The public host as it was sent, and the upstream's port: nginx does so.
        ("Location: http://archive.example:{port}/a", PUBLIC_A),
        ("Location: //ARCHIVE.example:{port}/a", PUBLIC_A),
        (
            "Link: </a>; rel=up, <http://archive.example:{port}/a>; rel=next",
            "Link: </a>; rel=up, <http://archive.example/a>; rel=next",
        ),
        (
            "Location: http://other.example:{port}/a",
            "Location: http://other.example:{port}/a",
        ),
        (
            "Location: http://archive.example:{port}0/a",
            "Location: http://archive.example:{port}0/a",
        ),
    ],
)
async def test_the_upstreams_own_address_does_not_leak(
    field: str, expected: str
) -> None:
    here, port = "", 0

    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        said = field.format(here=here, port=port)
        writer.write(
            f"HTTP/1.1 302 Found\r\n{said}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        here, port = f"127.0.0.1:{origin.port}", origin.port
        answer = await exchanged(standing.port, request_bytes())

    assert f"\r\n{expected.format(here=here, port=port)}\r\n".encode() in answer


async def test_an_upload_that_stalls_is_not_waited_for_for_ever() -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        request = request_bytes("/", "Content-Length: 9", method="POST", body=b"part")
        answer = await exchanged(standing.port, request)
        outcome = (await standing.watching.until(1))[0]

    assert status_of(answer) == 408
    assert (outcome.error, outcome.ending) == ("request-timeout", None)
    assert not origin.bodies


async def test_an_upload_that_is_broken_off_reaches_the_upstream_as_broken() -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        _, writer = await opened(standing.port)
        writer.write(
            request_bytes("/", "Content-Length: 9", method="POST", body=b"part")
        )
        await writer.drain()
        writer.close()
        outcome = (await standing.watching.until(1))[0]

    assert outcome.status == 0
    assert not origin.bodies
    assert not standing.watching.faults
