"""A small file of the upstream: whole, uncoded, and never longer than asked for."""

from __future__ import annotations

import pytest

from gateway.kernel.errors import UpstreamFailed
from gateway.kernel.request import Headers, Request
from gateway.upstream.client import UpstreamClient
from gateway.upstream.order import Order
from gateway.upstream.small_file import small_file
from tests.integration.proxy.origins import raw_origin, says

ASKED = Request(
    "req_1",
    "HEAD",
    "http",
    "archive.example",
    "archive.example",
    "/robots.txt",
    "/robots.txt",
    headers=Headers(
        [
            ("Accept-Encoding", "gzip"),
            ("Range", "bytes=0-1"),
            ("If-None-Match", '"x"'),
            ("User-Agent", "reader"),
        ]
    ),
)
ORDER = Order(ASKED, "archive", "/robots.txt")


@pytest.mark.parametrize(
    ("most", "body"), [(100, b"hello"), (5, b"hello"), (3, b"hel")]
)
async def test_it_is_asked_for_in_full(most: int, body: bytes) -> None:
    async with raw_origin() as origin:
        client = UpstreamClient({"archive": origin.url})
        head, read = await small_file(client, ORDER, body_bytes_max=most)
        await client.close()

    assert (head.status, read) == (200, body)
    assert origin.heads[0].startswith(b"GET /robots.txt HTTP/1.1\r\n")
    assert origin.field("accept-encoding") == ["identity"]
    assert not {"range", "if-none-match"} & set(origin.names())
    assert origin.field("user-agent") == ["reader"]


async def test_a_broken_one_is_a_failure() -> None:
    script = says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort")
    async with raw_origin(script) as origin:
        client = UpstreamClient({"archive": origin.url})
        with pytest.raises(UpstreamFailed):
            await small_file(client, ORDER, body_bytes_max=100)
        await client.close()
