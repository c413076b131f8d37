"""Which gateway this is: a name that stays with its set-up, held by one gateway.

The name orphans the intents of its own dead runs and of nobody else's, so it must
survive a new container or host name, and two live gateways must never share it.
"""

from __future__ import annotations

import fcntl
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from gateway.kernel.errors import Misconfigured, Unavailable

NODE_FILE = "node"
NAME_BYTES = 8
LOOK_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class Node:
    """A gateway's name, and the lock on it.

    Attributes:
        name: Stays with the set-up.
        lock_fd: Whoever has it open holds the name; it ends with the last of them.
    """

    name: str
    lock_fd: int


@contextmanager
def node_of(folder: Path, *, patience_s: float = 0) -> Iterator[Node]:
    """The set-up's node name, for as long as this process serves it.

    The lock ends with the process, however it ends, and with every process that
    inherited it.

    Args:
        folder: The set-up's.
        patience_s: How long to wait for another one that is just ending.

    Raises:
        Unavailable: another process serves this set-up now.
        Misconfigured: the folder cannot be written.
    """
    path = folder / NODE_FILE
    try:
        file = path.open("a+", encoding="ascii")
    except OSError as error:
        detail = f"{path} cannot be written: {error.strerror}; check who owns {folder}"
        raise Misconfigured(detail) from None
    # Closed, not unlocked: children that inherited it may still hold the name.
    with file:
        _lock(file, folder, patience_s=patience_s)
        file.seek(0)
        name = file.read().strip()
        if not name:
            name = f"node-{secrets.token_hex(NAME_BYTES)}"
            file.write(f"{name}\n")
            file.flush()
        yield Node(name, file.fileno())


def _lock(file: TextIO, folder: Path, *, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                detail = f"another process serves {folder} already; stop it first"
                raise Unavailable(detail) from None
            time.sleep(LOOK_AGAIN_S)
        else:
            return


def is_served(folder: Path) -> bool:
    """Does a process serve the set-up now?"""
    try:
        with (folder / NODE_FILE).open("a+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
