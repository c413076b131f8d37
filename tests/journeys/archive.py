"""An archive for tests: a process of its own that sends bodies to order.

    python -m tests.journeys.archive PORT

`/{how}/{bytes}/{name}` answers with so many bytes, and `how` says in which way.
`paused`, `dripping`, `late` and `kept` wait for the gate, which `/gate/open` and
`/gate/shut` move; `/seen` gives every request head that came. Nothing else is kept.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from tests.journeys.running import free_port, running

ROOT = Path(__file__).parents[2]
PIECE_BYTES = 64 * 1024
DROP_BYTES, DROP_S = 1024, 0.5
SEEN_MAX = 5_000


@cache
def _page() -> bytes:
    return random.Random(20261123).randbytes(1024 * 1024)


@cache
def body_of(size: int) -> bytes:
    """The body of that size: the same bytes in every process."""
    return (_page() * (size // len(_page()) + 1))[:size]


@contextmanager
def archive_running(port: int | None = None) -> Generator[int]:
    """An archive for the time of a test; the port it listens on."""
    port = port or free_port()
    command = [sys.executable, "-m", "tests.journeys.archive", str(port)]
    with running(command, port=port, target="/gate/shut", cwd=ROOT):
        yield port


@dataclass
class Archive:
    """The archive's state, inside its own process."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    seen: deque[str] = field(default_factory=lambda: deque(maxlen=SEEN_MAX))

    async def converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while await self._answer(reader, writer):
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; may another one follow on the connection?"""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        how, _, rest = head.split(" ", 2)[1].lstrip("/").partition("/")
        if how in {"gate", "seen"}:
            said = self._told(how, rest)
            writer.write(_head(len(said)) + said)
            return True
        self.seen.append(head)
        await reader.readexactly(_body_bytes(head))
        size, _, name = rest.partition("/")
        answer = ANSWERS.get(how, _whole)
        number = int(size) if size.isdigit() else 0
        return await answer(self, writer, Asked(number, name))

    def _told(self, how: str, rest: str) -> bytes:
        if how == "seen":
            return "".join(self.seen).encode("latin-1")
        if rest == "open":
            self.gate.set()
        else:
            self.gate.clear()
        return rest.encode("latin-1")


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which body."""

    size: int
    name: str

    @property
    def body(self) -> bytes:
        return body_of(self.size)

    @property
    def etag(self) -> str:
        return f'ETag: "{self.name}-{self.size}"'


def _body_bytes(head: str) -> int:
    found = re.search(r"^content-length: *([0-9]+)", head, re.MULTILINE | re.IGNORECASE)
    return int(found[1]) if found else 0


def _head(size: int, *fields: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {size}", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _sent(writer: asyncio.StreamWriter, body: bytes) -> None:
    for start in range(0, len(body), PIECE_BYTES):
        writer.write(body[start : start + PIECE_BYTES])
        await writer.drain()


async def _whole(_: Archive, writer: asyncio.StreamWriter, asked: Asked) -> bool:
    """A length and a strong ETag, as a static server sends."""
    writer.write(_head(asked.size, asked.etag))
    await _sent(writer, asked.body)
    return True


async def _robots(_: Archive, writer: asyncio.StreamWriter, _asked: Asked) -> bool:
    """What machines are asked to leave alone."""
    said = b"User-agent: *\nDisallow: /kept/10/left-alone\n"
    writer.write(_head(len(said), "Content-Type: text/plain") + said)
    return True


async def _plain(_: Archive, writer: asyncio.StreamWriter, asked: Asked) -> bool:
    """A length and no ETag, as an application sends."""
    writer.write(_head(asked.size))
    await _sent(writer, asked.body)
    return True


async def _stream(_: Archive, writer: asyncio.StreamWriter, asked: Asked) -> bool:
    """No length before the end, and a strong ETag."""
    lines = ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", asked.etag]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    body = asked.body
    for start in range(0, len(body), PIECE_BYTES):
        piece = body[start : start + PIECE_BYTES]
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    return True


async def _paused(archive: Archive, writer: asyncio.StreamWriter, asked: Asked) -> bool:
    """The second half waits for the gate."""
    half = asked.size // 2
    writer.write(_head(asked.size))
    await _sent(writer, asked.body[:half])
    await archive.gate.wait()
    await _sent(writer, asked.body[half:])
    return True


async def _dripping(
    archive: Archive, writer: asyncio.StreamWriter, asked: Asked
) -> bool:
    """A drop now and then, so that nobody takes it for silence; then the rest."""
    writer.write(_head(asked.size))
    sent = 0
    while not archive.gate.is_set() and sent < asked.size:
        await _sent(writer, asked.body[sent : sent + DROP_BYTES])
        sent += DROP_BYTES
        with suppress(TimeoutError):
            await asyncio.wait_for(archive.gate.wait(), DROP_S)
    await _sent(writer, asked.body[sent:])
    return True


async def _late(archive: Archive, writer: asyncio.StreamWriter, asked: Asked) -> bool:
    """Nothing at all before the gate opens."""
    await archive.gate.wait()
    return await _plain(archive, writer, asked)


async def _kept(archive: Archive, writer: asyncio.StreamWriter, asked: Asked) -> bool:
    """Nothing before the gate opens; then what its name says about keeping it."""
    await archive.gate.wait()
    word = re.split(r"[-?]", asked.name.removeprefix("off-"))[0]
    fields = KEEPING.get(word, KEEPING["public"])
    writer.write(_head(asked.size, asked.etag, *fields))
    await _sent(writer, asked.body)
    return True


async def _tagged(archive: Archive, writer: asyncio.StreamWriter, asked: Asked) -> bool:
    """304 to whoever names its version, or any, or tells a date (RFC 9110 §13.1)."""
    named = re.search(
        r"^if-none-match: *(.*)\r$", archive.seen[-1], re.MULTILINE | re.IGNORECASE
    )
    is_dated = not named and "\nif-modified-since:" in archive.seen[-1].lower()
    if is_dated or (named and named[1] in {asked.etag.removeprefix("ETag: "), "*"}):
        writer.write(f"HTTP/1.1 304 Not Modified\r\n{asked.etag}\r\n\r\n".encode())
        return True
    return await _whole(archive, writer, asked)


async def _short(_: Archive, writer: asyncio.StreamWriter, asked: Asked) -> bool:
    """Half of what was announced, then the end."""
    writer.write(_head(asked.size))
    await _sent(writer, asked.body[: asked.size // 2])
    return False


async def _long(_: Archive, writer: asyncio.StreamWriter, asked: Asked) -> bool:
    """Twice as much as was announced."""
    writer.write(_head(asked.size))
    await _sent(writer, asked.body * 2)
    return False


async def _hung(_: Archive, writer: asyncio.StreamWriter, asked: Asked) -> bool:
    """The connection ends where an answer should begin."""
    return False


KEEPING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "public": ("Cache-Control: public, max-age=0",),
        "private": ("Cache-Control: private, max-age=600",),
        "cookie": ("Cache-Control: public, max-age=600", "Set-Cookie: session=1"),
    }
)
Answering = Callable[[Archive, asyncio.StreamWriter, Asked], Awaitable[bool]]
ANSWERS: Mapping[str, Answering] = MappingProxyType(
    {
        "robots.txt": _robots,
        "whole": _whole,
        "plain": _plain,
        "stream": _stream,
        "paused": _paused,
        "dripping": _dripping,
        "late": _late,
        "kept": _kept,
        "tagged": _tagged,
        "short": _short,
        "long": _long,
        "hung": _hung,
    }
)


async def serve(port: int) -> None:
    server = await asyncio.start_server(
        Archive().converse, "127.0.0.1", port, backlog=512
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
