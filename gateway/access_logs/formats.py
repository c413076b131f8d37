"""Log formats that usage is metered from: one function per front server.

Each is JSON, one object a line, as the files in `deploy/` write it. A line without a
usage reference is somebody's whom nobody meters. nginx and HAProxy write what came in
as text, so every value is taken with care: a line that is not as promised is no line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue
from gateway.metering.logged import Logged

HEAD_BYTES_MAX = 16 * 1024

Format = Callable[[bytes], Logged | None]
"""From a line, without its end, to what it says; None where nothing is metered.

Raises:
    InvalidValue: it is not a line of that format.
"""


def nginx(line: bytes) -> Logged | None:
    """`log_format copyfair escape=json` of deploy/nginx/decide.conf."""
    said = _object(line)
    usage = _text(said, "usage")
    if not usage:
        return None
    ended_us, took_us = _us(said.get("ended")), _us(said.get("elapsed"))
    return Logged(
        usage=usage,
        front_id=_text(said, "id"),
        method=_text(said, "method"),
        host=_text(said, "host"),
        target=_text(said, "target"),
        status=_number(said.get("status")),
        sent_bytes=_number(said.get("sent")),
        length=_perhaps(said.get("length")),
        # After a retry nginx writes `0, 512`: the last one was passed on.
        received_bytes=_perhaps(_text(said, "received").rpartition(",")[2].strip()),
        etag=_text(said, "etag"),
        is_complete=_text(said, "complete") == "OK",
        started_us=ended_us - took_us,
    )


def haproxy(line: bytes) -> Logged | None:
    """`log-format` of deploy/haproxy/decide.cfg.

    HAProxy counts head and body together. What has no Content-Length, or broke off, is
    counted without the longest head that HAProxy passes on.
    """
    said = _object(line)
    usage = _text(said, "usage")
    if not usage:
        return None
    is_complete = _text(said, "ended") == "--"
    length = _perhaps(said.get("length"))
    sent = _number(said.get("sent"))
    is_exact = is_complete and length is not None
    return Logged(
        usage=usage,
        front_id=_text(said, "id"),
        method=_text(said, "method"),
        host=_text(said, "host"),
        target=_text(said, "target"),
        status=_number(said.get("status")),
        sent_bytes=(length or 0) if is_exact else max(0, sent - HEAD_BYTES_MAX),
        length=length,
        received_bytes=0 if _text(said, "ended").startswith("S") else None,
        etag=_text(said, "etag"),
        is_complete=is_complete,
        started_us=_us(said.get("started")),
    )


def caddy(line: bytes) -> Logged | None:
    """Caddy's own JSON access log, of the site in deploy/caddy/decide.Caddyfile."""
    said = _object(line)
    answered, asked = _inner(said, "resp_headers"), _inner(said, "request")
    usage = _first(answered, "Copyfair-Usage")
    if not usage:
        return None
    length, sent = _perhaps(_first(answered, "Content-Length")), _number(said["size"])
    status = _number(said.get("status"))
    has_body = _text(asked, "method") != "HEAD" and status not in {204, 304}
    return Logged(
        usage=usage,
        front_id=_first(answered, "Copyfair-Front-Id"),
        method=_text(asked, "method"),
        host=_text(asked, "host"),
        target=_text(asked, "uri"),
        status=status,
        sent_bytes=sent,
        length=length if length is not None else sent,
        received_bytes=None,
        etag=_first(answered, "Etag"),
        # Without a length nothing tells a whole body from a part of one.
        is_complete=not has_body or length == sent,
        started_us=_us(said.get("ts")) - _us(said.get("duration")),
    )


FORMATS: Mapping[str, Format] = MappingProxyType(
    {"nginx": nginx, "haproxy": haproxy, "caddy": caddy}
)
"""Every format, by its name in gateway.yaml."""


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        # nginx writes an ETag as it came, and that may be no UTF-8.
        said = json.loads(line.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise InvalidValue("the line is no JSON object")
    return said


def _inner(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _first(fields: Mapping[str, Any], name: str) -> str:
    values = fields.get(name)
    is_said = isinstance(values, list) and values and isinstance(values[0], str)
    return str(values[0]) if is_said and values else ""


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name, "")
    if not isinstance(found, str):
        detail = f"{name} is a text"
        raise InvalidValue(detail)
    return "" if found == "-" else found


def _number(found: Any) -> int:
    number = _perhaps(found)
    if number is None:
        raise InvalidValue("a number is missing")
    return number


def _perhaps(found: Any) -> int | None:
    if found in {"", "-"} or found is None:
        return None
    is_number = isinstance(found, int) and not isinstance(found, bool)
    text = str(found) if is_number or isinstance(found, str) else ""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidValue("a number is no whole number")
    return int(text)


def _us(found: Any) -> int:
    """Seconds, as nginx and Caddy write them with a fraction, to microseconds."""
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise InvalidValue("a time is missing")
    try:
        return round(float(found) * US_PER_S)
    except (ValueError, OverflowError):
        raise InvalidValue("a time is no number") from None
