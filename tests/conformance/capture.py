"""An upstream that keeps every byte it gets, and the bytes a client gets back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.integration.proxy.origins import RawOrigin, Script, _body

HEAD_BYTES_MAX = 1024 * 1024
BODILESS = {204, 304}
SWITCHING = 101


class Recording(asyncio.StreamReader):
    """Notes every byte before anybody reads it."""

    def __init__(self, wire: bytearray) -> None:
        super().__init__(limit=HEAD_BYTES_MAX)
        self._wire = wire

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]
        self._wire += data
        super().feed_data(data)


@dataclass
class Capture(RawOrigin):
    """An upstream that writes what it is told, and keeps what it is sent.

    Attributes:
        wires: Of each connection, in the order they were made, every byte.
        is_early: It answers when the head is there, and reads no body.
    """

    wires: list[bytearray] = field(default_factory=list)
    is_early: bool = False

    def protocol(self) -> asyncio.StreamReaderProtocol:
        wire = bytearray()
        self.wires.append(wire)
        return asyncio.StreamReaderProtocol(Recording(wire), self.converse)

    async def converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                if not self.is_early:
                    self.bodies.append(await _body(head, reader))
                if not await self.script(head, reader, writer):
                    await writer.drain()
                    return
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            return
        finally:
            writer.close()


async def said(
    head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Answer with what was asked, so that nobody gets another's answer unnoticed."""
    method, target, _ = head.split(b" ", 2)
    writer.write(saying(b"%b %b" % (method, target), is_head=method == b"HEAD"))
    return True


def saying(body: bytes, *, status: bytes = b"200 OK", is_head: bool = False) -> bytes:
    """An answer with a length."""
    sent = b"" if is_head else body
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), sent)


@asynccontextmanager
async def captured(
    script: Script = said, *, is_early: bool = False
) -> AsyncIterator[Capture]:
    capture = Capture(script, is_early=is_early)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(capture.protocol, "127.0.0.1", 0)
    capture.port = server.sockets[0].getsockname()[1]
    try:
        yield capture
    finally:
        server.close()


@dataclass(frozen=True, slots=True)
class Answered:
    """One final answer, whole.

    Attributes:
        status: Never 1xx but 101.
        fields: Names in lower case.
        body: As read, framing of chunks taken off.
    """

    status: int
    fields: dict[str, str]
    body: bytes


async def answer_from(
    reader: asyncio.StreamReader, *, method: str = "GET"
) -> Answered | None:
    """Read the next final answer; None where the connection ends before it.

    Raises:
        AssertionError: what came is no answer, or ends within its body.
    """
    status, fields = 100, dict[str, str]()
    while 100 <= status < 200 and status != SWITCHING:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError as rest:
            if rest.partial:
                raise AssertionError(f"half an answer: {rest.partial!r}") from rest
            return None
        except ConnectionError:
            return None
        first, *lines = head[:-4].split("\r\n")
        assert first.startswith("HTTP/1."), first
        status = int(first.split(" ")[1])
        pairs = (line.partition(":") for line in lines)
        fields = {name.lower(): value.strip() for name, _, value in pairs}
    if method == "HEAD" or status in BODILESS or status == SWITCHING:
        return Answered(status, fields, b"")
    try:
        return Answered(status, fields, await _rest(reader, fields))
    except asyncio.IncompleteReadError as rest:
        raise AssertionError(f"half a body: {rest.partial[:200]!r}") from rest


async def _rest(reader: asyncio.StreamReader, fields: dict[str, str]) -> bytes:
    if "transfer-encoding" in fields:
        assert fields["transfer-encoding"] == "chunked"
        assert "content-length" not in fields
        body, size = b"", 1
        while size:
            size = int((await reader.readuntil(b"\r\n")).strip(), 16)
            piece = await reader.readexactly(size + 2)
            assert piece.endswith(b"\r\n")
            body += piece[:-2]
        return body
    if "content-length" in fields:
        return await reader.readexactly(int(fields["content-length"]))
    return await reader.read()
