"""A log line's text: what happened, as JSON that people can read on a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.kernel.clock import US_PER_S, from_us
from gateway.kernel.lately import Lately
from gateway.telemetry.answered import Answered
from gateway.telemetry.legible import legible, may_hold_secret
from gateway.telemetry.privacy import truncated

PLAIN_CHARS_MAX = 1_500
THEIRS_CHARS_MAX = 512
SHAPES_KEPT = 1_024
SHAPE_CHARS_MAX = PLAIN_CHARS_MAX // 2
NS_PER_MS = 1_000_000
is_quick = re.compile(rf"[ !#-\[\]-~]{{1,{THEIRS_CHARS_MAX}}}\Z").match
"""Short, and printable ASCII that JSON does not escape."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)

Event = dict[str, Any]
Shape = tuple[str | int, ...]
"""What many requests have in common: everything but their id, path and figures."""
Pieces = tuple[str, str, str, str]
"""A line between its time, its id, its path, its figures and its client."""
NO_PIECES: Pieces = ("", "", "", "")


@dataclass(frozen=True, slots=True)
class Cut:
    """How many leading bits of an address are written."""

    v4_bits: int = 24
    v6_bits: int = 48


class Lines:
    """Makes lines; used by one thread."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._second = (-1, "")
        self._shapes: Lately[Shape, Pieces] = Lately(SHAPES_KEPT)
        self._rendered = structlog.processors.JSONRenderer(serializer=_encoded)

    def event(self, name: str, said: Mapping[str, Any], at_us: int) -> str:
        """The line of whatever is not a request.

        Raises:
            TypeError, ValueError: a value that JSON cannot hold.
        """
        fields = {"time": self._instant(at_us), "event": name, **said}
        return f"{self._rendered(None, name, fields)!s}\n"

    def answered(self, said: Answered, at_us: int) -> str:
        """The line of a request.

        Nearly all of them are plain from end to end, and are put together from
        pieces; what is not is made legible text by text.
        """
        shape = (
            said.decision,
            said.rule,
            said.reason,
            said.status,
            said.method,
            said.host,
            said.klass,
            said.kind,
            said.policy_version,
        )
        pieces = self._shapes.get(shape)
        if pieces is None:
            pieces = self._shapes.keep(shape, _pieces_of(said))
        first, second, third, last = pieces
        request_id, path = said.request_id, said.path
        if "?" in path:
            path = path.partition("?")[0]
        theirs = f"{request_id} {path}"
        if not first or not is_quick(theirs) or may_hold_secret(theirs):
            return self.event(event_of(said), self._fields(said), at_us)
        return (
            f'{{"time": "{self._instant(at_us)}{first}{request_id}{second}{path}'
            f'{third}{said.body_bytes}, "duration_ms": '
            f'{said.duration_ns // NS_PER_MS}, "client": "{self._client(said)}{last}'
        )

    def _fields(self, said: Answered) -> Event:
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
            "client": self._client(said),
            "policy_version": said.policy_version[:16],
        }

    def _client(self, said: Answered) -> str:
        cut = self._cut
        return truncated(said.client_ip, v4_bits=cut.v4_bits, v6_bits=cut.v6_bits)

    def _instant(self, at_us: int) -> str:
        second, rest_us = divmod(at_us, US_PER_S)
        known, text = self._second
        if known != second:
            text = from_us(second * US_PER_S).strftime("%Y-%m-%dT%H:%M:%S")
            self._second = (second, text)
        return f"{text}.{rest_us // 1_000:03d}Z"


def event_of(said: Answered) -> str:
    """The name of the event."""
    return "request.refused" if said.is_refused else "request.answered"


def _pieces_of(said: Answered) -> Pieces:
    """What lines of this shape have in common; nothing where it is not plain."""
    ruled = _members(
        decision=said.decision,
        rule=said.rule,
        reason=said.reason,
        status=said.status,
        method=said.method,
        host=said.host,
    )
    known = _members(**{"class": said.klass, "kind": said.kind})
    last = _members(policy_version=said.policy_version[:16])
    whole = f"{ruled}{known}{last}"
    if len(whole) > SHAPE_CHARS_MAX or not is_plain(whole):
        return NO_PIECES
    return (
        f'", "event": "{event_of(said)}", "request_id": "',
        f'", {ruled}, "path": "',
        f'", {known}, "body_bytes": ',
        f'", {last}}}\n',
    )


def _members(**said: str | int) -> str:
    return _ENCODER.encode(said)[1:-1]


def is_plain(line: str) -> bool:
    """Is there nothing in a text that must be cut, escaped or blotted out?"""
    if not line.isascii() or not line.isprintable() or "\\" in line:
        return False
    return len(line) <= PLAIN_CHARS_MAX and not may_hold_secret(line)


def _encoded(event: Event, **_options: Any) -> str:
    """The line; what is not plain from end to end is made legible text by text."""
    line = _ENCODER.encode(event)
    if is_plain(line):
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
