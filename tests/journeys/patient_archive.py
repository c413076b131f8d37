"""An archive that waits for every body, and has one large page.

    python -m tests.journeys.patient_archive PORT

`/large` gives eight mebibytes; everything else a few bytes, once the request's body
is there.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.proxy.origins import RawOrigin
from tests.journeys.running import free_port, running

ROOT = Path(__file__).parents[2]
PIECE = b"l" * 64 * 1024
LARGE_PIECES = 128
BACKLOG = 1024
SENDING_BYTES = 64 * 1024
SMALL = b"a page\n" * 100


async def answered(
    head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """A page; a large one piece by piece, so that nothing of it piles up here."""
    pieces = [PIECE] * LARGE_PIECES if head.startswith(b"GET /large") else [SMALL]
    length = sum(map(len, pieces))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    return True


@contextmanager
def patient_archive() -> Generator[int]:
    """The port it listens on."""
    port = free_port()
    command = [sys.executable, "-m", "tests.journeys.patient_archive", str(port)]
    with running(command, port=port, cwd=ROOT):
        yield port


async def serve(port: int) -> None:
    # Megabytes in the system's buffers for each slow reader would keep this one
    # process too busy to answer anybody, with a gateway before it or without.
    listening = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENDING_BYTES)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Nothing of a request is kept: this runs before ten thousand of them.
    server = await asyncio.start_server(
        lambda *streams: RawOrigin(answered).converse(*streams),
        sock=listening,
        backlog=BACKLOG,
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
