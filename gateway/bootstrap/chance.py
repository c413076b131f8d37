"""Real time and real chance; everything below is handed these."""

from __future__ import annotations

import secrets
import time

from gateway.kernel.ids import RANDOM_BITS, spelled, uuid7


class SystemClock:
    """The machine's clocks."""

    def now_us(self) -> int:
        """Microseconds since the epoch, UTC."""
        return time.time_ns() // 1_000

    def ticks_ns(self) -> int:
        """Nanoseconds of the monotonic clock."""
        return time.monotonic_ns()


class RandomIds:
    """Fresh ids from the system's source of randomness."""

    def new(self, kind: str) -> str:
        """A fresh id of *kind*."""
        now_ms = time.time_ns() // 1_000_000
        return spelled(kind, uuid7(now_ms, secrets.randbits(RANDOM_BITS)))
