"""fetch.document: what a stranger names never leads us home."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.fetch.document import BYTES_MAX, Documents, Fetched
from gateway.fetch.pinned import Refused

BODY = b'{"keys":[]}'


def head(*fields: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode()


WHOLE = head(f"Content-Length: {len(BODY)}", "Cache-Control: max-age=90") + BODY
ANSWERS = {
    "/keys": WHOLE,
    "/moved": head("Location: http://127.0.0.1/", "Content-Length: 0", status="302 F"),
    "/gone": head("Content-Length: 0", status="404 Not Found"),
    "/big": head(f"Content-Length: {BYTES_MAX + 1}") + b"x" * (BYTES_MAX + 1),
    "/endless": head("Transfer-Encoding: chunked")
    + b"".join(b"8000\r\n" + b"x" * 0x8000 + b"\r\n" for _ in range(4)),
    "/packed": head("Content-Encoding: gzip", "Content-Length: 2") + b"\x1f\x8b",
    "/broken": b"HTTP/1.1 nonsense\r\n\r\n",
}


@asynccontextmanager
async def a_server(seen: list[str]) -> AsyncIterator[int]:
    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen.append(asked)
        writer.write(ANSWERS[asked.split()[1]])
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def resolving_to(*answers: str) -> Callable[[str, int], object]:
    async def resolve(host: str, port: int) -> list[str]:
        return list(answers)

    return resolve


async def test_a_document_is_fetched_whole_with_nothing_of_ours_in_it() -> None:
    seen: list[str] = []
    documents = Documents(allows_loopback=True)

    async with a_server(seen) as port:
        found = await documents(f"http://127.0.0.1:{port}/keys")
    await documents.close()

    assert found == Fetched(BODY, 90)
    fields = seen[0].lower()
    assert "cookie" not in fields
    assert "accept-encoding: identity" in fields


@pytest.mark.parametrize("path", sorted(set(ANSWERS) - {"/keys"}))
async def test_anything_but_a_small_plain_200_is_refused(path: str) -> None:
    seen: list[str] = []
    documents = Documents(allows_loopback=True)

    async with a_server(seen) as port:
        with pytest.raises(Refused) as caught:
            await documents(f"http://127.0.0.1:{port}{path}")
    await documents.close()

    assert caught.value.reason == "directory-unreachable"
    assert len(seen) == 1


FORMS = [
    "http://bot.example/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://intranet/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://017700000001/",
    "https://[fe80::1%25eth0]/",
    "https://user@bot.example/",
    "https://bot.example:22/",
    "https://bot.example:8443/",
    "https://bot.example:99999/",
    "https://[::1/",
    "file:///etc/passwd",
    "ftp://bot.example/",
    "gopher://bot.example/",
    "data:application/json,{}",
    "https://",
    "",
]


@pytest.mark.parametrize("url", FORMS)
async def test_what_is_not_the_public_internet_is_not_even_resolved(url: str) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34"]

    documents = Documents(resolve=resolve)
    with pytest.raises(Refused) as caught:
        await documents(url)
    await documents.close()

    assert caught.value.reason == "address-refused"
    assert asked == []


@pytest.mark.parametrize(
    "answers",
    [
        ("127.0.0.1",),
        ("169.254.169.254",),
        ("10.1.2.3",),
        ("::1",),
        ("fd00::1",),
        ("::ffff:10.0.0.1",),
        ("93.184.216.34", "127.0.0.1"),
    ],
)
async def test_a_name_that_leads_home_is_not_connected_to(
    answers: tuple[str, ...],
) -> None:
    documents = Documents(resolve=resolving_to(*answers))  # type: ignore[arg-type]

    with pytest.raises(Refused) as caught:
        await documents("https://bot.example/keys")
    await documents.close()

    assert caught.value.reason == "address-refused"


async def test_a_name_is_resolved_once_for_a_fetch() -> None:
    """A second answer, for whoever asks again, is never asked for."""
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    connected: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        return answers.pop(0)

    documents = Documents(resolve=resolve)
    with pytest.MonkeyPatch.context() as patch:

        async def refuse(
            _loop: object, _sock: object, address: tuple[str, int]
        ) -> None:
            connected.append(address[0])
            raise ConnectionRefusedError

        patch.setattr(asyncio.get_running_loop().__class__, "sock_connect", refuse)
        with pytest.raises(Refused) as caught:
            await documents("https://bot.example/keys")
    await documents.close()

    assert caught.value.reason == "directory-unreachable"
    assert connected == ["93.184.216.34"]
    assert len(answers) == 1


async def test_a_server_that_says_nothing_is_given_up() -> None:
    documents = Documents(allows_loopback=True)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        with pytest.raises(Refused) as caught:
            await documents(f"http://127.0.0.1:{port}/keys")
    await documents.close()

    assert caught.value.reason == "directory-unreachable"
