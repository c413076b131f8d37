"""A clock moved by hand, ids that count, and chance that repeats itself."""

from __future__ import annotations

import random

from gateway.kernel.clock import NS_PER_S, US_PER_S
from gateway.kernel.ids import spelled

START_US = 1_793_000_000 * US_PER_S


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, now_us: int = START_US) -> None:
        self._now_us = now_us
        self._ticks_ns = 0

    def now_us(self) -> int:
        return self._now_us

    def ticks_ns(self) -> int:
        return self._ticks_ns

    def forward(self, *, s: int = 0, ms: int = 0) -> None:
        self._now_us += s * US_PER_S + ms * 1_000
        self._ticks_ns += s * NS_PER_S + ms * 1_000_000


class CountingIds:
    """`pty_…1`, `key_…2`, in one row."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, kind: str) -> str:
        self._count += 1
        return spelled(kind, self._count)


class SeededChance:
    """Numbers that look random and are the same each time."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def __call__(self, limit: int, /) -> int:
        return self._random.randrange(limit)
