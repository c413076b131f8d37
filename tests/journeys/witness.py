"""Witnesses: each client comes from an address of its own, and what it gets is noted.

A witness listens where the client is sent, hands on every byte as it came, from that
same address, and writes down what was asked and answered. It changes nothing: names,
ports and links are those the client sees.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.journeys.loop_beside import loop_beside
from tests.journeys.running import joined

HEAD_BYTES_MAX = 64 * 1024
PIECE_BYTES = 64 * 1024
BODILESS = (204, 304)
LENGTH = re.compile(r"^content-length: *([0-9]+)\r?$", re.MULTILINE | re.IGNORECASE)
CHUNKED = re.compile(r"^transfer-encoding: *chunked", re.MULTILINE | re.IGNORECASE)
FIELD = re.compile(r"^([!-9;-~]+): *(.*?)\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request, and its answer as it was read.

    Attributes:
        fields: Of the request, by lower-case name.
        said: Of the answer, by lower-case name.
        digest: SHA-256 of the body, framing of chunks taken off.
        took_s: From the whole head of the request to the end of the answer.
    """

    method: str
    target: str
    fields: Mapping[str, str]
    status: int
    said: Mapping[str, str]
    digest: str
    body: bytes
    took_s: float


@dataclass(slots=True)
class Witness:
    """What one client asked and got.

    Attributes:
        address: The client's.
        origin: Where it is sent, `http://127.60.7.1:8700`.
        begun: Targets, as soon as they were asked for.
        seen: What was answered to the end.
    """

    address: str
    origin: str
    begun: list[str] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def began(self, start: str) -> int:
        """How many requests began for targets that start so."""
        return sum(target.startswith(start) for target in self.begun)

    def statuses(self, start: str) -> list[int]:
        """What was answered for targets that start so."""
        return [one.status for one in self.seen if one.target.startswith(start)]


def address_of(number: int) -> str:
    """Of the client with this number: nobody else is in its /16."""
    return f"127.{60 + number}.{number}.1"


class Relay:
    """Hands on what one client says and hears, byte by byte."""

    def __init__(self, witness: Witness, gateway_port: int) -> None:
        self._witness = witness
        self._port = gateway_port

    async def converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        theirs, ours = await asyncio.open_connection(
            "127.0.0.1",
            self._port,
            limit=HEAD_BYTES_MAX,
            local_addr=(self._witness.address, 0),
        )
        try:
            while await self._turn((reader, ours), (theirs, writer)):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # one of both is gone, or the test is over
        finally:
            for end in (ours, writer):
                end.close()

    async def _turn(self, there: Way, back: Way) -> bool:
        """One request and its answer; may another follow?"""
        head = await _head(there)
        method, target, _ = head.split(" ", 2)
        self._witness.begun.append(target)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await _body(there, head)
        said = await _head(back)
        while (status := int(said.split(" ", 2)[1])) < 200:
            said = await _head(back)
        has_body = method != "HEAD" and status not in BODILESS
        body = await _body(back, said, to_the_end=True) if has_body else b""
        self._witness.seen.append(
            Seen(
                method,
                target,
                _fields(head),
                status,
                _fields(said),
                hashlib.sha256(body).hexdigest(),
                body,
                loop.time() - began_s,
            )
        )
        return "close" not in _fields(said).get("connection", "").lower()


Way = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _head(way: Way) -> str:
    reader, writer = way
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write(head)
    await writer.drain()
    return head.decode("latin-1")


async def _body(way: Way, head: str, *, to_the_end: bool = False) -> bytes:
    """Hand a body on; what it says."""
    if CHUNKED.search(head):
        return await _chunks(way)
    if found := LENGTH.search(head):
        return await _bytes(way, int(found[1]))
    return await _bytes(way, None) if to_the_end else b""


async def _bytes(way: Way, wanted: int | None) -> bytes:
    reader, writer = way
    read = bytearray()
    while wanted is None or len(read) < wanted:
        most = PIECE_BYTES if wanted is None else min(PIECE_BYTES, wanted - len(read))
        piece = await reader.read(most)
        if not piece:
            break
        read += piece
        writer.write(piece)
        await writer.drain()
    return bytes(read)


async def _chunks(way: Way) -> bytes:
    reader, writer = way
    read = bytearray()
    while True:
        line = await reader.readuntil(b"\r\n")
        writer.write(line)
        size = int(line.split(b";")[0], 16)
        piece = await reader.readexactly(size + 2)
        writer.write(piece)
        await writer.drain()
        read += piece[:-2]
        if not size:
            return bytes(read)


def _fields(head: str) -> dict[str, str]:
    lines = head.partition("\r\n")[2]
    return joined(FIELD.findall(lines))


@contextmanager
def witnesses(port: int, gateway_port: int, count: int) -> Generator[list[Witness]]:
    """So many witnesses on *port*, each at its own address, for the time of a test."""
    all_of_them = [
        Witness(address_of(number), f"http://{address_of(number)}:{port}")
        for number in range(count)
    ]

    async def listening() -> list[asyncio.Server]:
        return [
            await asyncio.start_server(
                Relay(one, gateway_port).converse,
                one.address,
                port,
                limit=HEAD_BYTES_MAX,
            )
            for one in all_of_them
        ]

    async def over(servers: list[asyncio.Server]) -> None:
        for server in servers:
            server.close()

    with loop_beside() as start:
        servers = start(listening()).result(timeout=30)
        yield all_of_them
        start(over(servers)).result(timeout=30)
