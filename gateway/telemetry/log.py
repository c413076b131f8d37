"""One JSON line per event on standard error, written beside the hot path.

Whoever has something to say puts it in a bounded queue and goes on; a thread makes
the line and writes it. A full queue loses lines and counts them: a slow disk must
not slow a reader. Names of events are dotted and public: `request.answered`,
`request.refused`, `policy.reloaded`.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

import structlog

from gateway.kernel.clock import Clock, from_us
from gateway.telemetry.answered import Answered
from gateway.telemetry.legible import legible, may_hold_secret
from gateway.telemetry.privacy import truncated

QUEUE_LINES_MAX = 10_000
PLAIN_CHARS_MAX = 1_500
STOP_S = 5
_END: Any = None
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)

Event = dict[str, Any]
Line = tuple[int, str, "Answered | Mapping[str, Any]"]


@dataclass(frozen=True, slots=True)
class Cut:
    """How many leading bits of an address are written."""

    v4_bits: int = 24
    v6_bits: int = 48


def _nothing() -> None:
    """Nobody counts what is lost."""


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
        self._cut = cut or Cut()
        self._on_drop = on_drop
        self._lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._logger = structlog.wrap_logger(
            structlog.WriteLogger(stream),
            processors=[
                _ordered,
                structlog.processors.JSONRenderer(serializer=_encoded),
            ],
            wrapper_class=structlog.BoundLogger,
            cache_logger_on_first_use=True,
        )

    def say(self, event: str, **fields: Any) -> None:
        """Something happened; *fields* are texts, numbers, flags or lists of them."""
        self._put((self._clock.now_us(), event, fields))

    def answered(self, request: Answered) -> None:
        """A request was answered or refused."""
        event = "request.refused" if request.is_refused else "request.answered"
        self._put((self._clock.now_us(), event, request))

    def start(self) -> None:
        """Begin to write."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._write_all, name="copyfair-log", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Write what is there, then end; waits at most five seconds."""
        if self._thread is None:
            return
        self._lines.put(_END)
        self._thread.join(STOP_S)
        self._thread = None

    def _put(self, line: Line) -> None:
        # Unbounded by itself, and far cheaper; the bound is kept here.
        if self._lines.qsize() >= QUEUE_LINES_MAX:
            self._on_drop()
        else:
            self._lines.put(line)

    def _write_all(self) -> None:
        while (line := self._lines.get()) is not _END:
            at_us, event, said = line
            fields = self._request(said) if isinstance(said, Answered) else dict(said)
            try:
                self._logger.msg(event, time=_instant(at_us), **fields)
            except (OSError, ValueError, TypeError):
                # A closed stream, or a value that JSON cannot hold.
                self._on_drop()

    def _request(self, said: Answered) -> Event:
        return {
            "request_id": said.request_id,
            "decision": said.decision,
            "rule": said.rule,
            "reason": said.reason,
            "status": said.status,
            "method": said.method,
            "host": said.host,
            "path": said.path.partition("?")[0],
            "class": said.klass,
            "kind": said.kind,
            "body_bytes": said.body_bytes,
            "duration_ms": said.duration_ms,
            "client": truncated(
                said.client_ip, v4_bits=self._cut.v4_bits, v6_bits=self._cut.v6_bits
            ),
            "policy_version": said.policy_version[:16],
        }


def _instant(at_us: int) -> str:
    return from_us(at_us).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ordered(_logger: Any, _method: str, event: Any) -> Event:
    """Time and name first, as people read a line."""
    first: Event = {"time": event.pop("time"), "event": event.pop("event")}
    return {**first, **event}


def _encoded(event: Event, **_options: Any) -> str:
    """The line; what is not plain from end to end is made legible text by text."""
    line = _ENCODER.encode(event)
    is_plain = line.isascii() and "\\" not in line and len(line) <= PLAIN_CHARS_MAX
    if is_plain and "\x7f" not in line and not may_hold_secret(line):
        return line
    return _ENCODER.encode({name: _legible(value) for name, value in event.items()})


def _legible(value: Any) -> Any:
    match value:
        case str():
            return legible(value)
        case bool() | int() | None:
            return value
        case Mapping():
            return {legible(str(name)): _legible(one) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_legible(one) for one in value]
        case _:
            return legible(str(value))
