"""What the processes of one gateway share besides the store."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import closing, contextmanager

from gateway.bootstrap.keys import relief_key_of
from gateway.kernel.clock import US_PER_S, Clock
from gateway.kernel.errors import Misconfigured
from gateway.kernel.once import Once, always_fresh
from gateway.settings import Settings
from gateway.storage.spent_once import SpentOnce

TABLE = "spent-once"


@contextmanager
def once_of(settings: Settings, clock: Clock) -> Iterator[Once]:
    """Where tickets and nonces are remembered for all processes.

    One process alone may do without, where the folder cannot be written.

    Raises:
        Misconfigured: several serve, and it cannot be made.
    """
    path = settings.folder / TABLE
    key = hmac.digest(relief_key_of(settings), b"spent once", hashlib.sha256)
    try:
        table = SpentOnce(path, key=key, now_s=lambda: clock.now_us() // US_PER_S)
    except OSError as fault:
        if settings.workers > 1:
            detail = f"{path} cannot be used: {fault.strerror}"
            raise Misconfigured(detail) from None
        yield always_fresh
        return
    with closing(table):
        yield table
