"""How many expensive pages an archive makes at once without labouring.

Additive increase, multiplicative decrease (Chiu and Jain, 1989): one more while the
slowest twentieth of the answers comes about as quickly as it does at rest, a sixth
fewer as soon as it takes much longer. What "at rest" means is learned, never
configured.
"""

from __future__ import annotations

from collections import deque

from gateway.kernel.clock import NS_PER_S

SLOTS_MIN = 2
SLOTS_MAX = 256
SLOTS_AT_FIRST = 4
SAMPLES = 40
SAMPLES_MIN = 20
WINDOW_NS = 10 * NS_PER_S
PERCENTILE = 95
SLOW_NUM, SLOW_DEN = 8, 5
"""Slower than 1.6 times what it takes at rest is labouring."""
DOWN_NUM, DOWN_DEN = 5, 6
# What it takes at rest is learned while some places are free. While all are taken a
# shorter time is believed too; a longer one only where no fewer places are possible,
# for then it is not the lane's own doing: otherwise a crowd could pass off its queue
# as the archive's nature.
AT_REST, WHILE_FULL = 8, 32
LATELY = 8
"""So few answers say what the lane carries now, where they are twice as quick as the
last window: a standstill is in the window long after it is over."""


class Pace:
    """The number of places of one lane.

    Attributes:
        slots: How many at once, now.
        at_rest_ns: What the slowest twentieth takes at rest; 0 while unknown.
        p95_ns: What it took last.
        mean_ns: What an answer took on average; a second while unknown.
    """

    __slots__ = (
        "_changed_ns",
        "_lately",
        "_samples",
        "_slots_max",
        "_slots_min",
        "_was_full",
        "_window_ns",
        "at_rest_ns",
        "mean_ns",
        "p95_ns",
        "slots",
    )

    def __init__(
        self,
        *,
        slots: int = SLOTS_AT_FIRST,
        slots_max: int = SLOTS_MAX,
        shared_by: int = 1,
    ) -> None:
        """A pace at first.

        Args:
            slots: The places of the lane at first.
            slots_max: The most places of the lane.
            shared_by: So many processes have an equal part of it each; a part is a
                whole number of places, rounded down, and one at least.
        """
        self._slots_max = max(1, slots_max // shared_by)
        self._slots_min = max(1, SLOTS_MIN // shared_by)
        self.slots = min(max(1, slots // shared_by), self._slots_max)
        self.at_rest_ns = self.p95_ns = 0
        self.mean_ns = NS_PER_S
        self._samples: list[int] = []
        self._lately: deque[int] = deque(maxlen=LATELY)
        self._was_full = False
        self._changed_ns = self._window_ns = 0

    @property
    def carries_milli_per_s(self) -> int:
        """What the lane carries, thousandths of a page per second."""
        lately, takes_ns = self._lately, self.mean_ns
        if len(lately) == LATELY and sum(lately) * 2 <= takes_ns * LATELY:
            takes_ns = max(1, sum(lately) // LATELY)
        return 1_000 * self.slots * NS_PER_S // takes_ns

    def note(
        self, took_ns: int, *, began_ns: int, now_ns: int, is_full: bool = False
    ) -> None:
        """An answer came.

        Args:
            took_ns: From asking the archive to the first byte of its answer.
            began_ns: Ticks when it was asked; what began before the last decrease
                is no measure of what holds after it.
            now_ns: Ticks now.
            is_full: All places were taken.
        """
        self._was_full = self._was_full or is_full
        if began_ns < self._changed_ns:
            return
        samples = self._samples
        if not samples:
            self._window_ns = now_ns
        samples.append(took_ns)
        self._lately.append(took_ns)
        enough = len(samples) >= SAMPLES
        late = now_ns - self._window_ns >= WINDOW_NS and len(samples) >= SAMPLES_MIN
        if enough or late:
            self._judge(now_ns)

    def _judge(self, now_ns: int) -> None:
        samples = sorted(self._samples)
        p95 = self.p95_ns = samples[(len(samples) * PERCENTILE - 1) // 100]
        self.mean_ns = max(1, sum(samples) // len(samples))
        self._samples = []
        is_slow = self._learn(p95)
        if is_slow:
            self.slots = max(self._slots_min, self.slots * DOWN_NUM // DOWN_DEN)
            self._changed_ns = now_ns
        elif self._was_full:
            self.slots = min(self._slots_max, self.slots + 1)
        self._was_full = False

    def _learn(self, p95: int) -> bool:
        """Compare with what it takes at rest, and learn; is the archive labouring?"""
        rest = self.at_rest_ns
        if not rest:
            self.at_rest_ns = p95
            return False
        if not self._was_full or self.slots <= self._slots_min:
            self.at_rest_ns = rest + (p95 - rest) // AT_REST
        elif p95 < rest:
            self.at_rest_ns = rest - (rest - p95) // WHILE_FULL
        return p95 * SLOW_DEN > rest * SLOW_NUM
