"""What an upstream answered, before its body."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gateway.kernel.errors import UpstreamFailed
from gateway.kernel.lately import Lately
from gateway.upstream.text import controls_in

HeaderPairs = tuple[tuple[str, str], ...]

# How a body ends, and whether another answer follows: whoever carries it says so.
CARRIERS = frozenset(("connection", "content-length", "keep-alive"))


class ResponseHead(NamedTuple):
    """The head of an answer that is streamed on.

    Attributes:
        status: HTTP status; 101 only if an upgrade was asked for.
        reason: Reason phrase as the upstream sent it.
        headers: End-to-end fields, in order; framing is the carrier's business.
        body_bytes: The body's length if the upstream announced it, else None.
        lines: The status line and the end-to-end fields as they go on the wire,
            each with its line end. Left out is what the carrier says: length and
            coding of the body, `Connection`, and the empty line at the end. After a
            101 `Connection` and `Upgrade` are there. Checked: no byte in it can end
            a line early.
        is_dated: There is a Date field among them.
    """

    status: int
    reason: str
    headers: HeaderPairs
    body_bytes: int | None = None
    lines: bytes = b""
    is_dated: bool = False

    def first(self, name: str) -> str:
        """The first value of a field, *name* in lower case; empty without one."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return ""

    def and_also(self, ours: HeaderPairs) -> ResponseHead:
        """The same head with fields of ours behind the upstream's."""
        if not ours:
            return self
        return ResponseHead(
            self.status,
            self.reason,
            (*self.headers, *ours),
            self.body_bytes,
            self.lines + rendered(ours),
            self.is_dated,
        )

    def and_once(self, name: str, value: str) -> ResponseHead:
        """The same head with one more field, whose value no other answer has.

        Raises:
            UpstreamFailed: a control character would break out of its line.
        """
        field = (name, value)
        return ResponseHead(
            self.status,
            self.reason,
            (*self.headers, field),
            self.body_bytes,
            self.lines + lines_of((field,)),
            self.is_dated,
        )


_RENDERED: Lately[int, tuple[HeaderPairs, bytes]] = Lately(256)
"""By identity: whoever labels answers hands the same object in again."""


def rendered(fields: HeaderPairs) -> bytes:
    """Fields as lines, without those that the carrier says; kept."""
    known = _RENDERED.get(id(fields))
    if known is None:
        known = _RENDERED.keep(id(fields), (fields, lines_of(fields)))
    return known[1]


def lines_of(fields: Iterable[tuple[str, str]]) -> bytes:
    """Fields as lines, without those that the carrier says.

    Raises:
        UpstreamFailed: a control character would break out of its line.
    """
    lines = [
        f"{name}: {value}".encode("utf-8", "surrogateescape")
        for name, value in fields
        if name.lower() not in CARRIERS
    ]
    if any(controls_in(line) for line in lines):
        raise UpstreamFailed("a response field holds a control character")
    return b"".join([line + b"\r\n" for line in lines])
