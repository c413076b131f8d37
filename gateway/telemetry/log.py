"""One JSON line per event on standard error, written beside the hot path.

Whoever has something to say leaves a small value in a bounded queue and goes on; a
thread turns values into lines and writes them, several at once, at most
`GATHER_S` later. A full queue loses lines and counts them: a slow disk must not slow
a reader. Names of events are dotted and public: `request.answered`,
`request.refused`, `policy.reloaded`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from gateway.kernel.clock import Clock
from gateway.telemetry.answered import Answered
from gateway.telemetry.lines import Cut, Lines

__all__ = ["Cut", "Log"]

QUEUE_LINES_MAX = 10_000
GATHER_S = 0.05
AT_ONCE = 256
"""Lines between two writes: so long, at most, the loop waits for this thread."""
STOP_S = 5

Describe = Callable[[Any, str], Answered]
"""From an outcome and the policy version to the request as it is written."""
Line = tuple[int, "str | Describe", Any, str]
"""When; an event's name with its fields, or how to describe an outcome."""


def _nothing() -> None:
    """Nobody counts what is lost."""


def _itself(said: Any, _version: str) -> Any:
    return said


class Log:
    """The log of one process.

    Entries may be made from any thread. Between `start` and `stop` a thread
    writes them; what is said before is written then.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        clock: Clock,
        cut: Cut | None = None,
        on_drop: Callable[[], None] = _nothing,
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._lines_of = Lines(cut or Cut())
        self._on_drop = on_drop
        self._waiting: deque[Line] = deque()
        self._thread: threading.Thread | None = None
        self._is_asleep = False
        self._woken = threading.Event()
        self._stopping = threading.Event()

    def say(self, event: str, **fields: Any) -> None:
        """Something happened; *fields* are texts, numbers, flags or lists of them."""
        self._put((self._clock.now_us(), event, fields, ""))

    def answered(self, request: Answered) -> None:
        """A request was answered or refused."""
        self.outcome(request, _itself, "")

    def outcome(
        self,
        outcome: Any,
        describe: Describe,
        version: str,
        *,
        at_us: int = 0,
    ) -> None:
        """A request is over; it is described when it is written.

        Args:
            outcome: An immutable value; nothing of it is written but what
                *describe* says.
            describe: Makes the words of it; called on another thread.
            version: Hash of the policies that decided.
            at_us: When, for whoever knows it; the clock is asked without.
        """
        waiting = self._waiting
        if len(waiting) >= QUEUE_LINES_MAX or self._is_asleep:
            self._put((at_us or self._clock.now_us(), describe, outcome, version))
        else:
            waiting.append((at_us or self._clock.now_us(), describe, outcome, version))

    @property
    def is_idle(self) -> bool:
        """Is everything written that was said?"""
        return self._is_asleep and not self._waiting

    def start(self) -> None:
        """Begin to write."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(
                target=self._write_all, name="copyfair-log", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Write what is there, then end; waits at most five seconds."""
        if self._thread is None:
            return
        self._stopping.set()
        self._woken.set()
        self._thread.join(STOP_S)
        self._thread = None

    def _put(self, line: Line) -> None:
        if len(self._waiting) >= QUEUE_LINES_MAX:
            self._on_drop()
            return
        self._waiting.append(line)
        if self._is_asleep:
            self._is_asleep = False
            self._woken.set()

    def _write_all(self) -> None:
        while not self._stopping.is_set():
            self._sleep()
            # Several lines in one write cost little more than one.
            self._stopping.wait(GATHER_S)
            self._write_waiting()
        self._write_waiting()

    def _sleep(self) -> None:
        """Until there is something to write; nobody is missed on the way to bed."""
        self._woken.clear()
        self._is_asleep = True
        if not self._waiting and not self._stopping.is_set():
            self._woken.wait()
        self._is_asleep = False

    def _write_waiting(self) -> None:
        while self._waiting:
            lines: list[str] = []
            while self._waiting and len(lines) < AT_ONCE:
                try:
                    lines.append(self._line(self._waiting.popleft()))
                except (ValueError, TypeError):  # a value that JSON cannot hold
                    self._on_drop()
            try:
                self._stream.write("".join(lines))
                self._stream.flush()
            except (OSError, ValueError):  # a full disk, a closed stream
                for _ in lines:
                    self._on_drop()

    def _line(self, line: Line) -> str:
        at_us, what, said, version = line
        if not isinstance(what, str):
            return self._lines_of.answered(what(said, version), at_us)
        fields: Mapping[str, Any] = said
        return self._lines_of.event(what, fields, at_us)
