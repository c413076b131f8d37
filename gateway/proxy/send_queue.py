"""How much of what was written has really left this machine.

The kernel counts a byte as queued until the other end has acknowledged it, so what
it reports is never less than what has not left. Where it also tells how many bytes
were acknowledged in all, that is exact, whatever a dead transport has dropped.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import termios
from typing import Any

TCP_INFO_BYTES = 128
QUEUED = struct.Struct("i")
# Above 1 KiB Python asks in place and keeps hold of the interpreter. Below it lets go
# for a question that takes less time than to get it back from a busy thread.
# One for all: it is read where it is written, on the thread of the event loop.
ROOM = bytearray(1_025)
# tcpi_bytes_acked, behind eight bytes, 24 words and two pacing rates (Linux 4.1).
ACKED_OFFSET = 120


def queued_bytes(transport: asyncio.BaseTransport | None) -> int:
    """Bytes in the kernel's send queue of a connection.

    Returns:
        0 where the system does not tell: no socket, or one that is closed.
    """
    wire = _socket_of(transport)
    if wire is None:
        return 0
    try:
        fcntl.ioctl(wire.fileno(), termios.TIOCOUTQ, ROOM)
    except (OSError, ValueError):
        return 0
    queued: int = QUEUED.unpack_from(ROOM)[0]
    return queued


def acknowledged_bytes(transport: asyncio.BaseTransport | None) -> int | None:
    """What the other end has acknowledged since the connection began.

    Returns:
        Bytes, and one each for the beginning and the end of what was sent, where
        the kernel counts those; None where the system does not tell.
    """
    wire = _socket_of(transport)
    option = getattr(socket, "TCP_INFO", None)
    if wire is None or option is None:
        return None
    try:
        told = wire.getsockopt(socket.IPPROTO_TCP, option, TCP_INFO_BYTES)
    except (OSError, ValueError):
        return None
    if len(told) < TCP_INFO_BYTES:
        return None
    acknowledged: int = struct.unpack_from("=Q", told, ACKED_OFFSET)[0]
    return acknowledged


def _socket_of(transport: asyncio.BaseTransport | None) -> Any:
    return transport.get_extra_info("socket") if transport is not None else None
