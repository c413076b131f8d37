"""Which gateway this is: a name that stays with its set-up, held by one process.

The name orphans the intents of its own dead runs and of nobody else's, so it must
survive a new container or host name, and two live processes must never share it.
"""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gateway.kernel.errors import Misconfigured, Unavailable

NODE_FILE = "node"
NAME_BYTES = 8


@contextmanager
def node_of(folder: Path) -> Iterator[str]:
    """The set-up's node name, for as long as this process serves it.

    The lock ends with the process, however it ends.

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
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            detail = f"another process serves {folder} already; stop it first"
            raise Unavailable(detail) from None
        file.seek(0)
        name = file.read().strip()
        if not name:
            name = f"node-{secrets.token_hex(NAME_BYTES)}"
            file.write(f"{name}\n")
            file.flush()
        try:
            yield name
        finally:
            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_UN)
