"""gateway.bootstrap.sockets: what connections get from the socket they come in by."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from gateway.bootstrap.sockets import adopted, bound
from gateway.settings import Address


def made(kind: str) -> socket.socket:
    """A listening socket that is ours, or that was handed over."""
    if kind == "bound":
        return bound(Address("127.0.0.1", 0))
    with socket.create_server(("127.0.0.1", 0)) as held:
        return adopted(os.dup(held.fileno()))


@pytest.mark.parametrize("kind", ["bound", "adopted"])
async def test_nothing_waits_for_a_slow_acknowledgement(kind: str) -> None:
    came: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def seen(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = writer.get_extra_info("socket")
        came.set_result(wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with made(kind) as listening:
        listening.setblocking(False)
        async with await asyncio.start_server(seen, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            is_sent_at_once = await came
            writer.close()

    assert is_sent_at_once
