"""A test outside the loopback folders cannot reach the network by accident."""

import asyncio
import socket

import pytest


def test_listening_is_refused_here() -> None:
    with socket.socket() as listener, pytest.raises(AssertionError, match="network"):
        listener.bind(("127.0.0.1", 0))


async def test_connecting_is_refused_here_also_from_a_coroutine() -> None:
    with pytest.raises(AssertionError, match="network"):
        await asyncio.open_connection("127.0.0.1", 9)
