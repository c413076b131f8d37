"""JSON access logs: Caddy, Traefik, and what people write with nginx.

Each names its fields in its own way; a table says which name is which field. The
first name that is there counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gateway.access_logs.fields import Field, past_of
from gateway.kernel.clock import NS_PER_S, US_PER_S
from gateway.kernel.past import Past

Names = Mapping[Field, Sequence[str]]

CADDY: Names = MappingProxyType(
    {
        Field.ADDRESS: ("request.client_ip", "request.remote_ip"),
        Field.TIME: ("ts",),
        Field.METHOD: ("request.method",),
        Field.TARGET: ("request.uri",),
        Field.HOST: ("request.host",),
        Field.STATUS: ("status",),
        Field.SIZE: ("size",),
        Field.AGENT: ("request.headers.User-Agent",),
        Field.REFERER: ("request.headers.Referer",),
        Field.TOOK_S: ("duration",),
    }
)
TRAEFIK: Names = MappingProxyType(
    {
        Field.ADDRESS: ("ClientHost",),
        Field.TIME: ("StartUTC", "StartLocal", "time"),
        Field.METHOD: ("RequestMethod",),
        Field.TARGET: ("RequestPath",),
        Field.HOST: ("RequestHost",),
        Field.STATUS: ("DownstreamStatus", "OriginStatus"),
        Field.SIZE: ("DownstreamContentSize", "OriginContentSize"),
        Field.AGENT: ("request_User-Agent",),
        Field.REFERER: ("request_Referer",),
        Field.TOOK_S: ("OriginDuration", "Duration"),
    }
)
# Names that people give nginx' variables: the variable's own, or a shorter one.
NGINX: Names = MappingProxyType(
    {
        Field.ADDRESS: ("remote_addr", "client_ip", "remote_ip", "client", "ip"),
        Field.FORWARDED: ("http_x_forwarded_for", "x_forwarded_for"),
        Field.TIME: (
            *("time_iso8601", "time_local", "msec", "time", "timestamp"),
            *("@timestamp", "ended", "ts"),
        ),
        Field.REQUEST: ("request",),
        Field.METHOD: ("request_method", "method"),
        Field.TARGET: ("request_uri", "target", "uri", "url", "path"),
        Field.HOST: ("http_host", "host", "server_name", "vhost"),
        Field.STATUS: ("status",),
        Field.SIZE: ("body_bytes_sent", "bytes_sent", "size", "bytes", "sent"),
        Field.AGENT: ("http_user_agent", "user_agent", "agent", "ua"),
        Field.REFERER: ("http_referer", "http_referrer", "referer", "referrer"),
        Field.TOOK_S: ("upstream_response_time", "request_time", "elapsed"),
    }
)
OPTIONAL = frozenset(
    (
        *(Field.FORWARDED, Field.REQUEST, Field.METHOD, Field.TARGET, Field.HOST),
        *(Field.STATUS, Field.SIZE, Field.AGENT, Field.REFERER, Field.TOOK_S),
    )
)
TRAEFIK_SPANS = ("OriginDuration", "Duration")


@dataclass(frozen=True, slots=True)
class JsonLines:
    """One JSON object a line.

    Attributes:
        names: Field to the names it may have; a dot leads inside an object.
    """

    names: Names

    def read(self, text: str) -> Past:
        """The requests of a block; lines that are none are left out."""
        rows = [row for line in text.split("\n") if line and (row := self._row(line))]
        return _past(rows, tuple(self.names))

    def _row(self, line: str) -> tuple[str, ...]:
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            return ()
        if not isinstance(said, dict):
            return ()
        row = tuple(_first(said, names) for names in self.names.values())
        is_whole = all(
            text or field in OPTIONAL
            for field, text in zip(self.names, row, strict=True)
        )
        fields = dict(zip(self.names, row, strict=True))
        is_asked = fields.get(Field.REQUEST) or fields.get(Field.TARGET)
        return row if is_whole and is_asked else ()


def _past(rows: list[tuple[str, ...]], names: tuple[Field, ...]) -> Past:
    """One log may say `request` or its parts; where any line says it, it counts."""
    if Field.REQUEST in names:
        place = names.index(Field.REQUEST)
        if not any(row[place] for row in rows):
            rows = [row[:place] + row[place + 1 :] for row in rows]
            names = names[:place] + names[place + 1 :]
    return past_of(names, rows)


def _first(said: Mapping[str, Any], names: Sequence[str]) -> str:
    for name in names:
        found = _inside(said, name)
        if found not in ("", "-"):
            return found
    return ""


def _inside(said: Mapping[str, Any], name: str) -> str:
    found: Any = said.get(name)
    if found is None and "." in name:
        found = said
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, list):
        found = found[0] if found else None
    if isinstance(found, str):
        # As a quoted text of another format would write it.
        return found.replace("\\", "\\\\")
    if isinstance(found, bool) or not isinstance(found, int | float):
        return ""
    if name in TRAEFIK_SPANS:
        return _in_seconds(found, NS_PER_S)
    if name == "ts" and found > 1e14:
        return _in_seconds(found, US_PER_S)
    return str(found)


def _in_seconds(number: float, parts: int) -> str:
    try:
        return f"{number / parts:.6f}"
    except OverflowError:  # no clock shows it
        return ""
