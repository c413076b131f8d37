"""A log line's text: what happened, as JSON that people can read on a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

import structlog

from gateway.kernel.clock import US_PER_S, from_us
from gateway.kernel.lately import Lately
from gateway.telemetry.answered import Answered
from gateway.telemetry.legible import legible, may_hold_secret
from gateway.telemetry.privacy import truncated

PLAIN_CHARS_MAX = 1_500
THEIRS_CHARS_MAX = 512
RULINGS_KEPT = 1_024
RULED = ("decision", "rule", "reason", "status")
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)

Event = dict[str, Any]
Ruled = tuple[str, str, str, int]


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
        self._rulings: Lately[Ruled, str] = Lately(RULINGS_KEPT)
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
        ruled = (said.decision, said.rule, said.reason, said.status)
        ruling = self._rulings.get(ruled)
        if ruling is None:
            words = _ENCODER.encode(dict(zip(RULED, ruled, strict=True)))[1:-1]
            # What is not plain has no words of its own here.
            ruling = self._rulings.keep(ruled, words if is_plain(words) else "")
        # All that a stranger may have chosen; the rest of a line is ours.
        theirs = f"{said.request_id} {said.method} {said.host} {said.path}"
        if ruling and len(theirs) <= THEIRS_CHARS_MAX and is_plain(theirs):
            return self._plain(said, ruling, at_us)
        name = "request.refused" if said.is_refused else "request.answered"
        return self.event(name, self._fields(said), at_us)

    def _plain(self, said: Answered, ruling: str, at_us: int) -> str:
        text = encode_basestring
        name = "request.refused" if said.is_refused else "request.answered"
        return (
            f'{{"time": "{self._instant(at_us)}", "event": "{name}", '
            f'"request_id": {text(said.request_id)}, {ruling}, '
            f'"method": {text(said.method)}, "host": {text(said.host)}, '
            f'"path": {text(said.path.partition("?")[0])}, '
            f'"class": {text(said.klass)}, "kind": {text(said.kind)}, '
            f'"body_bytes": {said.body_bytes}, "duration_ms": {said.duration_ms}, '
            f'"client": "{self._client(said)}", '
            f'"policy_version": {text(said.policy_version[:16])}}}\n'
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
