"""Real time and real chance; everything below is handed these."""

from __future__ import annotations

import secrets
import time

from gateway.kernel.ids import TAIL_LETTERS, head_of, tails_of

IDS_AT_ONCE = 256
NS_PER_MS = 1_000_000


class SystemClock:
    """The machine's clocks."""

    # Nanoseconds of the monotonic clock.
    ticks_ns = staticmethod(time.monotonic_ns)

    def now_us(self) -> int:
        """Microseconds since the epoch, UTC."""
        return time.time_ns() // 1_000


class RandomIds:
    """Fresh ids from the system's source of randomness, taken in blocks.

    Each is larger than the one before, also within a millisecond and when the clock
    is set back: rows that are ordered by their ids stand as they were made. No
    randomness is ever used twice, also where several threads ask: each tail is taken
    off the list in one step.
    """

    __slots__ = ("_head", "_tails")

    def __init__(self) -> None:
        self._tails: list[str] = []
        self._head = (-1, "")

    def new(self, kind: str) -> str:
        """A fresh id of *kind*."""
        now_ms = time.time_ns() // NS_PER_MS
        at_ms, head = self._head
        if now_ms > at_ms:
            head = head_of(now_ms)
            self._head = (now_ms, head)
        try:
            return f"{kind}_{head}{self._tails.pop()}"
        except IndexError:
            return f"{kind}_{self._next_block()}"

    def _next_block(self) -> str:
        # A block ascends; the next one begins in a millisecond of its own.
        at_ms = self._head[0] + 1
        fresh = tails_of(secrets.token_bytes(IDS_AT_ONCE * TAIL_LETTERS))
        fresh.sort(reverse=True)
        tail = fresh.pop()
        self._head = (at_ms, head_of(at_ms))
        self._tails = fresh
        return f"{self._head[1]}{tail}"
