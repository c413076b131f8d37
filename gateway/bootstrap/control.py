"""The wire between the parent and one child: a few letters, and descriptors.

The parent hands a child one end of a socket pair (`LINK`: a worker's line to the
writer) and says when a new writer has them all (`COMPLETE`). A child says `READY`
once it serves, and a writer `DONE` when it will write nothing more. Beside the wire
runs a *lifeline*, a pipe whose other end only the parent holds: when it breaks the
parent is dead, and so is the child, at once.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

LINK, COMPLETE, READY, DONE = b"L", b".", b"R", b"D"
ORPHANED_STATUS = 75


class ParentWire:
    """The child's end.

    Args:
        wire: One end of a socket pair.
    """

    def __init__(self, wire: socket.socket) -> None:
        wire.setblocking(False)
        self._wire = wire

    def listen(
        self,
        *,
        linked: Callable[[socket.socket], None],
        complete: Callable[[], None],
    ) -> None:
        """Hear the parent, on the running loop."""

        def heard() -> None:
            try:
                letter, fds, _, _ = socket.recv_fds(self._wire, 1, 1)
            except BlockingIOError:
                return
            if not letter:
                asyncio.get_running_loop().remove_reader(self._wire.fileno())
            elif letter == LINK:
                for fd in fds:
                    linked(socket.socket(fileno=fd))
            elif letter == COMPLETE:
                complete()

        asyncio.get_running_loop().add_reader(self._wire.fileno(), heard)

    def say_ready(self) -> None:
        """This child serves."""
        self._wire.send(READY)

    def say_done(self) -> None:
        """This child writes nothing more."""
        with suppress(OSError):
            self._wire.send(DONE)


def die_with_parent(lifeline: int) -> None:
    """End this process at once when the parent is gone, however it went.

    On a thread, so that a loop that is busy or stuck does not outlive it either.
    """

    def watch() -> None:
        while os.read(lifeline, 1):
            pass
        os._exit(ORPHANED_STATUS)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
