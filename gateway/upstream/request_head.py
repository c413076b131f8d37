"""The head that goes to an upstream, byte for byte ours.

Its parts repeat: a client sends the same fields with each request of a page, and we
say the same about it. They are rendered once each, and joined.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from gateway.kernel.errors import InvalidValue
from gateway.upstream.headers import MAY_OVERRIDE, our_fields, passed_fields
from gateway.upstream.order import Order
from gateway.upstream.origin import Origin
from gateway.upstream.response import HeaderPairs
from gateway.upstream.text import controls_in

PASSED = "passed-lines"
"""Beside header fields: for which consumed ones, whether with an override, as lines."""

# Methods whose request has a body unless it says that it has none (RFC 9110 §8.6).
EXPECTED_WITH_BODY = frozenset(("PATCH", "POST", "PUT"))


class RequestHeads:
    """Renders heads; what repeats is kept with the fields it was rendered from.

    Attributes:
        preserve_host: Say the public Host, rather than the upstream's own.
    """

    __slots__ = ("preserve_host",)

    def __init__(self, *, preserve_host: bool = True) -> None:
        self.preserve_host = preserve_host

    def bytes_of(self, order: Order, origin: Origin, *, is_last: bool) -> bytes:
        """A whole head.

        Args:
            order: What to ask.
            origin: Whom.
            is_last: Nothing will follow on the connection.

        Raises:
            InvalidValue: a part of it could end a line early.
        """
        line = f"{order.asked.method} {origin.prefix}{order.target}"
        start = line.encode("utf-8", "surrogateescape")
        if start.count(b" ") != 1 or controls_in(start):
            raise InvalidValue("the request line holds a blank or a control character")
        return start + self.tail_of(order, origin, is_last=is_last)

    def tail_of(self, order: Order, origin: Origin, *, is_last: bool = False) -> bytes:
        """A head from the version on: what does not depend on the target.

        Raises:
            InvalidValue: a part of it could end a line early.
        """
        asked = order.asked
        host = asked.authority if self.preserve_host else origin.authority
        return b"".join(
            (
                _said_lines(asked.client_ip, asked.scheme, asked.authority, host),
                self._passed_lines(order),
                _framing_lines(order) if is_last else b"\r\n",
            )
        )

    def _passed_lines(self, order: Order) -> bytes:
        """The client's fields, without those that stop here."""
        asked = order.asked
        may_override = asked.method == MAY_OVERRIDE
        kept = asked.headers.memo.get(PASSED)
        if kept is not None and kept[0] == order.consumed and kept[1] is may_override:
            return cast("bytes", kept[2])
        lines = _checked_lines(
            passed_fields(
                asked.headers, consumed=order.consumed, may_override=may_override
            )
        )
        asked.headers.memo[PASSED] = (order.consumed, may_override, lines)
        return lines


@lru_cache(maxsize=4096)
def _said_lines(client_ip: str, scheme: str, authority: str, host: str) -> bytes:  # noqa: PLR0917 kept by position
    """The version, the end of its line, Host, and what we say about the client."""
    return b" HTTP/1.1\r\n" + _checked_lines(
        (("Host", host), *our_fields(client_ip, scheme, authority))
    )


def _framing_lines(order: Order) -> bytes:
    """What is said about the connection and the body, and the end of the head."""
    if order.upgrade:
        says = f"Connection: Upgrade\r\nUpgrade: {order.upgrade}\r\n"
    else:
        says = "Connection: close\r\n"
    if order.body is not None:
        length = order.body_bytes
        says += (
            "Transfer-Encoding: chunked\r\n"
            if length is None
            else f"Content-Length: {length}\r\n"
        )
    elif order.asked.method in EXPECTED_WITH_BODY:
        says += "Content-Length: 0\r\n"
    return f"{says}\r\n".encode()


def _checked_lines(fields: HeaderPairs) -> bytes:
    lines = [f"{name}: {value}" for name, value in fields]
    # Joined by what may stand in a line, so one look finds what may not.
    if controls_in("\t".join(lines).encode("utf-8", "surrogateescape")):
        raise InvalidValue("a header field holds a control character")
    lines.append("")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")
