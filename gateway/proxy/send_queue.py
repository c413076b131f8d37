"""How much of what was written is still on this machine.

The kernel counts a byte as queued until the other end has acknowledged it, so what
it reports is never less than what has not left.
"""

from __future__ import annotations

import asyncio
import fcntl
import struct
import termios


def queued_bytes(transport: asyncio.BaseTransport | None) -> int:
    """Bytes in the kernel's send queue of a connection.

    Returns:
        0 where the system does not tell: no socket, or one that is closed.
    """
    socket = transport.get_extra_info("socket") if transport is not None else None
    if socket is None:
        return 0
    try:
        answer = fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    except (OSError, ValueError):
        return 0
    queued: int = struct.unpack("i", answer)[0]
    return queued


def buffered_bytes(transport: asyncio.WriteTransport | None) -> int:
    """Bytes that wait in this process for room in the kernel's queue."""
    return 0 if transport is None else transport.get_write_buffer_size()
