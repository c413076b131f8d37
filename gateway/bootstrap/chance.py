"""Real time and real chance; everything below is handed these."""

from __future__ import annotations

import os
import time

from gateway.kernel.ids import RANDOM_BITS, spelled, uuid7

DRAW_BYTES = 10
POOL_BYTES = 4_000


class SystemClock:
    """The machine's clocks."""

    def now_us(self) -> int:
        """Microseconds since the epoch, UTC."""
        return time.time_ns() // 1_000

    def ticks_ns(self) -> int:
        """Nanoseconds of the monotonic clock."""
        return time.monotonic_ns()


class RandomIds:
    """Fresh ids from the system's source of randomness, asked for many at a time."""

    def __init__(self) -> None:
        self._pool = b""
        self._used = 0
        # A child process must never draw what its parent draws.
        os.register_at_fork(after_in_child=self._forget)

    def new(self, kind: str) -> str:
        """A fresh id of *kind*."""
        start = self._used
        end = start + DRAW_BYTES
        pool = self._pool
        if end > len(pool):
            pool = self._pool = os.urandom(POOL_BYTES)
            start, end = 0, DRAW_BYTES
        self._used = end
        drawn = int.from_bytes(pool[start:end]) >> DRAW_BYTES * 8 - RANDOM_BITS
        return spelled(kind, uuid7(time.time_ns() // 1_000_000, drawn))

    def _forget(self) -> None:
        self._pool, self._used = b"", 0
