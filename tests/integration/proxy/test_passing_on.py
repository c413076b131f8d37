"""What a client asks is what the upstream gets, and the answer comes back unchanged."""

from __future__ import annotations

import asyncio
import gzip
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from gateway.upstream.limits import Limits
from tests.integration.proxy.origins import app_origin, raw_origin, says
from tests.integration.proxy.standing import (
    exchanged,
    gateway,
    request_bytes,
    status_of,
)
from tests.integration.proxy.ways import client_side, opened

TARGETS = (
    "/",
    "/wiki/AC%2FDC",
    "/wiki/What%3F",
    "/wiki/AT%26T",
    "/wiki/100%25",
    "/caf%E9",
    "/%7Euser",
    "/web/2020/http://example.org//a?b=c",
    "/a;b=c/d",
    "/a?",
    "/a??b",
    "/a?b=%2F&c=%zz&d=100%",
    "/a|b/[c]",
    "/a%2fb",
    "/%e2%82%ac",
)


@pytest.mark.parametrize("target", TARGETS)
async def test_the_target_arrives_byte_for_byte(target: str) -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, request_bytes(target))

    assert status_of(answer) == 200
    assert origin.heads[0].split(b"\r\n")[0] == f"GET {target} HTTP/1.1".encode()


async def test_bytes_beyond_ascii_in_a_requests_head_pass_unchanged() -> None:
    latin, utf8 = b"caf\xe9", b"caf\xc3\xa9"
    head = b"GET / HTTP/1.1\r\nHost: archive.example\r\nConnection: close\r\n"
    async with raw_origin() as origin, gateway(origin.url) as standing:
        await exchanged(
            standing.port, head + b"X-Latin: %b\r\nX-Utf: %b\r\n\r\n" % (latin, utf8)
        )

    assert b"\r\nX-Latin: " + latin + b"\r\n" in origin.heads[0]
    assert b"\r\nX-Utf: " + utf8 + b"\r\n" in origin.heads[0]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE", "PROPFIND"])
async def test_a_method_without_a_body_arrives_once(method: str) -> None:
    script = says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", is_kept=True)
    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, request_bytes(method=method))

    assert status_of(answer) == 200
    assert [head.split(b" ")[0] for head in origin.heads] == [method.encode()]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_body_arrives_as_it_was_sent(method: str) -> None:
    body = bytes(range(256)) * 40
    async with raw_origin() as origin, gateway(origin.url) as standing:
        await exchanged(
            standing.port,
            request_bytes(
                "/", f"Content-Length: {len(body)}", method=method, body=body
            ),
        )

    assert origin.bodies == [body]
    assert origin.field("content-length") == [str(len(body))]


async def test_a_chunked_body_arrives_whole_and_framed_anew() -> None:
    request = request_bytes(
        "/",
        "Transfer-Encoding: chunked",
        method="POST",
        body=b"5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n",
    )
    async with raw_origin() as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, request)

    assert status_of(answer) == 200
    assert origin.bodies == [b"hello world"]
    assert "x-trailer" not in origin.names()


async def test_an_upload_is_streamed_and_asked_for() -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        head = request_bytes(
            "/", "Content-Length: 4", "Expect: 100-continue", method="PUT"
        )
        writer.write(head)
        interim = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"body")
        answer = await reader.read()
        writer.close()

    assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert status_of(answer) == 200
    assert origin.bodies == [b"body"]
    assert "expect" not in origin.names()


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[str]:
    """An origin with one file of ten thousand bytes."""
    (tmp_path / "file.txt").write_bytes(bytes(range(250)) * 40)
    app = web.Application()
    app.router.add_static("/", tmp_path)
    async with app_origin(app) as url:
        yield url


@pytest.mark.parametrize(
    ("header", "status", "size"),
    [
        ({}, 200, 10_000),
        ({"Range": "bytes=0-99"}, 206, 100),
        ({"Range": "bytes=-7"}, 206, 7),
        ({"Range": "bytes=20000-"}, 416, 0),
        ({"If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"}, 304, 0),
    ],
)
async def test_ranges_and_conditions_are_the_upstreams(
    library: str, header: dict[str, str], status: int, size: int
) -> None:
    async with (
        gateway(library) as standing,
        aiohttp.ClientSession() as session,
        session.get(
            f"{standing.url}/file.txt", ssl=client_side() or True, headers=header
        ) as answer,
    ):
        body = await answer.read()

    assert (answer.status, len(body)) == (status, size)


async def test_several_ranges_pass_as_one_body() -> None:
    body = b"--x\r\nContent-Range: bytes 0-0/9\r\n\r\na\r\n--x--\r\n"
    script = says(
        b"HTTP/1.1 206 Partial Content\r\nContent-Type: multipart/byteranges; "
        b"boundary=x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        answer = await exchanged(
            standing.port, request_bytes("/", "Range: bytes=0-0,2-2")
        )

    assert origin.field("range") == ["bytes=0-0,2-2"]
    assert answer.endswith(b"\r\n\r\n" + body)


async def test_a_head_keeps_the_length_it_promises() -> None:
    script = says(b"HTTP/1.1 200 OK\r\nContent-Length: 123\r\n\r\n")
    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, request_bytes(method="HEAD"))

    assert b"\r\nContent-Length: 123\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


async def test_what_is_compressed_stays_compressed() -> None:
    packed = gzip.compress(b"a" * 100_000)
    script = says(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
        % (len(packed), packed)
    )
    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        answer = await exchanged(
            standing.port, request_bytes("/", "Accept-Encoding: gzip")
        )

    assert origin.field("accept-encoding") == ["gzip"]
    assert answer.endswith(b"\r\n\r\n" + packed)


async def test_a_stream_without_a_length_arrives_chunk_by_chunk() -> None:
    released = asyncio.Event()

    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"5\r\nfirst\r\n")
        await released.wait()
        writer.write(b"6\r\nsecond\r\n0\r\n\r\n")
        await writer.drain()

    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        writer.write(request_bytes())
        early = await reader.readuntil(b"first\r\n")
        released.set()
        late = await reader.read()
        writer.close()

    assert b"transfer-encoding: chunked" in early.lower()
    assert late == b"6\r\nsecond\r\n0\r\n\r\n"


async def test_a_trickle_is_not_cut_while_it_trickles() -> None:
    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n")
        for _ in range(15):
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.1)

    # One second of silence is the limit; the whole takes longer than that.
    limits = Limits(silence_s=1)
    async with (
        raw_origin(script) as origin,
        gateway(origin.url, upstream_limits=limits) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes())

    assert answer.endswith(b"\r\n\r\n" + b"." * 15)


async def test_a_large_download_leaves_memory_flat() -> None:
    mebibyte, count = b"x" * 2**20, 100

    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (count * 2**20))
        for _ in range(count):
            writer.write(mebibyte)
            await writer.drain()

    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        writer.write(request_bytes())
        await reader.readuntil(b"\r\n\r\n")
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        read = 0
        while chunk := await reader.read(2**20):
            read += len(chunk)
        grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
        writer.close()

    assert read == count * 2**20
    assert grown_kib < 16 * 1024


async def test_an_old_client_gets_an_answer_it_can_end() -> None:
    script = says(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    )
    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        answer = await exchanged(
            standing.port, b"GET / HTTP/1.0\r\nHost: archive.example\r\n\r\n"
        )

    assert b"chunked" not in answer
    assert answer.endswith(b"\r\n\r\nhello")


async def test_bytes_beyond_ascii_in_an_answers_head_pass_unchanged() -> None:
    latin, utf8 = b'filename="caf\xe9.pdf"', b'filename="caf\xc3\xa9.pdf"'
    script = says(
        b"HTTP/1.1 200 OK\r\nX-Latin: %b\r\nX-Utf: %b\r\nContent-Length: 0\r\n\r\n"
        % (latin, utf8)
    )
    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, request_bytes())

    assert b"\r\nX-Latin: " + latin in answer
    assert b"\r\nX-Utf: " + utf8 in answer


async def test_nothing_is_added_that_the_upstream_did_not_say() -> None:
    script = says(b"HTTP/1.1 200 Fine\r\nDate: now\r\nContent-Length: 0\r\n\r\n")
    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, request_bytes())

    assert answer == (
        b"HTTP/1.1 200 Fine\r\nDate: now\r\nContent-Length: 0\r\n"
        b"Connection: close\r\n\r\n"
    )


async def test_connections_are_kept_on_both_sides() -> None:
    request = b"GET / HTTP/1.1\r\nHost: archive.example\r\n\r\n"
    async with raw_origin() as origin, gateway(origin.url) as standing:
        reader, writer = await opened(standing.port)
        for _ in range(5):
            writer.write(request)
            await reader.readuntil(b"hello")
        writer.close()

    assert (len(origin.heads), origin.connections) == (5, 1)


async def test_pipelined_requests_are_answered_in_order() -> None:
    async def script(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        path = head.split(b" ")[1]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(path))
        writer.write(path)
        return True

    first = b"GET /1 HTTP/1.1\r\nHost: archive.example\r\n\r\n"
    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, first + request_bytes("/2"))

    assert answer.index(b"\r\n\r\n/1") < answer.index(b"\r\n\r\n/2")


async def test_our_own_pages_are_not_the_upstreams() -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        licence = await exchanged(standing.port, request_bytes("/license.xml"))
        posted = await exchanged(
            standing.port,
            request_bytes(
                "/_copyfair/x", "Content-Length: 3", method="POST", body=b"abc"
            ),
        )
        robots = await exchanged(standing.port, request_bytes("/robots.txt"))

    assert licence.endswith(b"<rsl/>")
    assert posted.endswith(b"\r\n\r\n3")
    assert robots.endswith(b"hello")
    assert [head.split(b" ")[1] for head in origin.heads] == [b"/robots.txt"]
    assert not standing.admission.seen


async def test_the_public_host_goes_to_the_upstream_unless_it_shall_not() -> None:
    async with raw_origin() as origin:
        async with gateway(origin.url) as standing:
            await exchanged(standing.port, request_bytes(host="Archive.Example:8080"))
        async with gateway(origin.url, preserve_host=False) as standing:
            await exchanged(standing.port, request_bytes())

        assert origin.field("host", 0) == ["archive.example:8080"]
        assert origin.field("host", 1) == [f"127.0.0.1:{origin.port}"]
