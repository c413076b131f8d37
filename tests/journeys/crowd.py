"""A crowd: many raw clients at once, each on a connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What one client of the crowd got.

    Attributes:
        status: 0 where no head came.
        fields: By lower-case name.
        body_bytes: As read, framing of chunks taken off.
        is_complete: The body came to its announced end.
    """

    status: int
    fields: Mapping[str, str]
    body_bytes: int = 0
    is_complete: bool = False


async def asked_at_once(
    port: int, targets: Sequence[str], headers: Mapping[str, str]
) -> list[Answer]:
    """Connect everybody first, then let all requests go at the same moment."""
    start = asyncio.Event()
    ready = asyncio.Semaphore(0)

    async def one(target: str) -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            ready.release()
            await start.wait()
            writer.write(request_bytes(target, port, headers))
            return await answer_of(reader)
        finally:
            writer.close()

    async with asyncio.timeout(TIMEOUT_S), asyncio.TaskGroup() as crowd:
        tasks = [crowd.create_task(one(target)) for target in targets]
        for _ in targets:
            await ready.acquire()
        start.set()
    return [task.result() for task in tasks]


def request_bytes(target: str, port: int, headers: Mapping[str, str]) -> bytes:
    """A request that ends its connection."""
    fields = {"Host": f"127.0.0.1:{port}", "Connection": "close", **headers}
    lines = [f"GET {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def answer_of(reader: asyncio.StreamReader) -> Answer:
    """Read one answer as far as it comes."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return Answer(0, {})
    first, *lines = head.strip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    fields = {name.lower(): value.strip() for name, _, value in pairs}
    status = int(first.split(" ")[1])
    if "chunked" in fields.get("transfer-encoding", ""):
        size, is_complete = await _chunks(reader)
    else:
        announced = int(fields.get("content-length", "0"))
        size = await _bytes(reader, announced)
        is_complete = size == announced
    return Answer(status, fields, size, is_complete)


async def _bytes(reader: asyncio.StreamReader, wanted: int) -> int:
    size = 0
    try:
        while size < wanted and (piece := await reader.read(wanted - size)):
            size += len(piece)
    except ConnectionError:
        return size
    return size


async def _chunks(reader: asyncio.StreamReader) -> tuple[int, bool]:
    size = 0
    try:
        while line := await reader.readline():
            wanted = int(line, 16)
            got = await _bytes(reader, wanted)
            size += got
            if got < wanted or await reader.readexactly(2) != b"\r\n":
                return size, False
            if not wanted:
                return size, True
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        return size, False
    return size, False
