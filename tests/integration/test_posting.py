"""fetch.posting: what a party names never leads us home."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.fetch.pinned import Refused
from gateway.fetch.posting import Posting


@asynccontextmanager
async def a_receiver(seen: list[bytes], answer: bytes) -> AsyncIterator[int]:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0])
        seen.append(head + await reader.readexactly(length))
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        (b"HTTP/1.1 302 F\r\nLocation: http://127.0.0.1/\r\n\r\n", 302),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 500),
    ],
    ids=["taken", "moved", "broken"],
)
async def test_the_bytes_arrive_as_they_are_and_no_redirect_is_followed(
    answer: bytes, status: int
) -> None:
    seen: list[bytes] = []
    posting = Posting(allows_loopback=True)

    async with a_receiver(seen, answer) as port:
        got = await posting(
            f"http://127.0.0.1:{port}/hook", b'{"a": 1}', [("webhook-id", "msg_1")]
        )
    await posting.close()

    assert got == status
    (message,) = seen
    assert message.startswith(b"POST /hook ")
    assert message.endswith(b'\r\n\r\n{"a": 1}')
    assert b"webhook-id: msg_1" in message


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "http://receiver.example/",
        "https://receiver.example:8443/",
        "https://user@receiver.example/",
        "https://intranet/",
    ],
)
async def test_nobody_is_asked_who_is_not_public(url: str) -> None:
    posting = Posting()

    with pytest.raises(Refused, match="address-refused"):
        await posting(url, b"{}", [])

    await posting.close()


async def test_a_name_that_leads_home_is_not_followed() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "192.168.1.1"]

    posting = Posting(resolve=resolve)

    with pytest.raises(Refused, match="address-refused"):
        await posting("https://receiver.example/", b"{}", [])

    await posting.close()


async def test_who_says_nothing_is_left() -> None:
    left = asyncio.Event()

    async def listen(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read()  # until whoever asks is gone
        writer.close()
        await writer.wait_closed()
        left.set()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    posting = Posting(allows_loopback=True, timeout_s=0.1)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Refused, match="unreachable"):
            await posting(f"http://127.0.0.1:{port}/", b"{}", [])
        await posting.close()
        await left.wait()
