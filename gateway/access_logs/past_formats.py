"""Formats of past traffic: every one by its name, and the two kinds of format string.

`formats.py` holds the lines that usage is metered from; these here only say what was
asked, by whom and when, in any log that a host already has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from gateway.access_logs import json_lines, patterns
from gateway.access_logs.fields import Field, past_of
from gateway.access_logs.json_lines import JsonLines
from gateway.access_logs.patterns import Pattern
from gateway.kernel.errors import InvalidValue
from gateway.kernel.past import Past

ReadBlock = Callable[[str], Past]
"""From whole lines to the requests of those that can be read; never fails."""

COMMON = '%h %l %u %t "%r" %>s %b'
COMBINED = COMMON + ' "%{Referer}i" "%{User-agent}i"'
VHOST_COMBINED = '%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-agent}i"'
# The LogFormat of apache-logs-to-mysql.
CSV2MYSQL = (
    "%v,%p,%h,%l,%u,%t,%I,%O,%S,%B,%{ms}T,%D,%^FB,%>s,"
    '"%H","%m","%U","%q","%{Referer}i","%{User-Agent}i","%{VARNAME}C",%L'
)
# What people append to the combined format: times, forwarded addresses, cookies.
TAIL = r"(?: [^\n]*?)?"

# HAProxy's `option httplog`, with or without syslog's beginning; captures are in
# braces (https://docs.haproxy.org/dev/configuration.html, 8.2.3).
HAPROXY = re.compile(
    r"^[^\n]*?(?<![^ ])([0-9A-Fa-f:.]+):\d+ \[([^\]\n]{1,64})\] \S+ \S+ "
    r"[+-]?\d+/[+-]?\d+/[+-]?\d+/([+-]?\d+)/[+]?\d+ (\d{3}|-1) [+]?(\d+) "
    r"\S+ \S+ \S+ \S+ \S+ (?:\{([^}\n]*)\} )?(?:\{[^}\n]*\} )?"
    rf'"({patterns.QUOTED})"?[^\n]*$',
    re.MULTILINE,
)
HAPROXY_NAMES = (
    *(Field.ADDRESS, Field.TIME, Field.TOOK_MS, Field.STATUS, Field.SIZE),
    *(Field.HOST, Field.REFERER, Field.AGENT, Field.REQUEST),
)
PRODUCT = re.compile(r"^[A-Za-z][\w.!-]*/\S|[(;]|[Bb]ot\b")
HOST_NAME = re.compile(r"[A-Za-z0-9.-]+\.[A-Za-z0-9-]+(?::\d+)?|localhost(?::\d+)?")


def _by(pattern: Pattern) -> ReadBlock:
    def read(text: str) -> Past:
        return past_of(pattern.names, pattern.rows(text))

    return read


def haproxy(text: str) -> Past:
    """HAProxy's HTTP log.

    Which fields are captured is the host's choice, so each capture is taken for what
    it looks like: an address of a page, the name of a client, the name of a site.
    """
    rows = [
        (address, time, took, status, size, *captured(captures), request)
        for address, time, took, status, size, captures, request in HAPROXY.findall(
            text
        )
    ]
    return past_of(HAPROXY_NAMES, rows)


def captured(captures: str) -> tuple[str, str, str]:
    """Host, referer and user agent among the captured fields of a line."""
    host = referer = agent = ""
    for capture in captures.split("|"):
        if capture.startswith(("http://", "https://")):
            referer = referer or capture
        elif HOST_NAME.fullmatch(capture) and not host:
            host = capture
        elif PRODUCT.search(capture):
            agent = agent or capture
    return host, referer, agent


PAST_FORMATS: Mapping[str, ReadBlock] = MappingProxyType(
    {
        "vhost_combined": _by(patterns.apache(VHOST_COMBINED, tail=TAIL)),
        "combined": _by(patterns.apache(COMBINED, tail=TAIL)),
        "common": _by(patterns.apache(COMMON)),
        "csv2mysql": _by(patterns.apache(CSV2MYSQL)),
        "haproxy": haproxy,
        "caddy": JsonLines(json_lines.CADDY).read,
        "traefik": JsonLines(json_lines.TRAEFIK).read,
        "nginx-json": JsonLines(json_lines.NGINX).read,
    }
)
"""Every format by its name, the more telling ones first."""


@lru_cache(maxsize=64)
def past_format(said: str) -> ReadBlock:
    """The format that `--format` means: a name, or a format string.

    Raises:
        InvalidValue: there is no such name, or the string cannot be read.
    """
    if said in PAST_FORMATS:
        return PAST_FORMATS[said]
    if "%" in said:
        return _by(patterns.apache(said))
    if "$" in said:
        return _by(patterns.nginx(said))
    names = ", ".join(PAST_FORMATS)
    raise InvalidValue(
        f"no log format {said!r}; one of {names}, or the LogFormat or log_format of "
        "your server in quotes"
    )


def detected(sample: str) -> str:
    """The name of the format that reads most lines of a sample; empty for none."""
    found = {name: len(read(sample).times_us) for name, read in PAST_FORMATS.items()}
    best = max(found, key=lambda name: found[name])
    return best if found[best] else ""
