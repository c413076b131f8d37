"""The fields of a log line, whatever its format: from texts to past requests.

A format gives each line as a row of texts and says which field each one is. Texts
repeat from line to line, so each is read once for a block and then found again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address, ip_network
from operator import itemgetter
from typing import TypeVar

from gateway.kernel.clock import US_PER_S, to_us
from gateway.kernel.past import NOTHING_PAST, UNKNOWN_US, Past

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Field(StrEnum):
    """What a text of a line means."""

    ADDRESS = "address"
    FORWARDED = "forwarded"  # X-Forwarded-For, as it came in
    TIME = "time"
    REQUEST = "request"  # method, target and version in one
    METHOD = "method"
    TARGET = "target"
    PATH = "path"
    QUERY = "query"  # with or without its question mark
    HOST = "host"
    STATUS = "status"
    SIZE = "size"
    AGENT = "agent"
    REFERER = "referer"
    TOOK_S = "took_s"
    TOOK_MS = "took_ms"
    TOOK_US = "took_us"
    NOTHING = ""


MONTH_NAMES = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
MONTHS = {name: f"{number:02}" for number, name in enumerate(MONTH_NAMES, start=1)}
CLF_TIME = re.compile(
    r"(\d{2})/(\w{3})/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?"
    r"(?: ([+-])(\d{2})(\d{2}))?",
    re.ASCII,
)
EPOCH_TIME = re.compile(r"\d{9,11}(?:\.\d+)?", re.ASCII)
ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
WHITESPACE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "v": "\v", "f": "\f"}
REQUEST = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^ ]+)(?: HTTP/\d(?:\.\d)?)?")
UNKNOWN_TIME = -1
LATEST_US = to_us(datetime(9999, 1, 1, tzinfo=UTC))
"""Whatever says a later time is no log: nobody could write its day."""
NUMBER_CHARS = 19
# What Apache and nginx write by default: `18/Dec/2024:09`, `:00:01`, ` +0000`.
TO_HOUR, IN_HOUR, ZONE = map(itemgetter, (slice(14), slice(14, 20), slice(20, None)))
# Nearly all request lines; whatever else is one is read by `REQUEST`.
METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS"))
VERSIONS = frozenset(("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/3.0", "HTTP/2"))
WITHIN_HOUR = {
    f":{number // 60:02}:{number % 60:02}": number * US_PER_S for number in range(3_600)
}
OWN_NETWORKS = tuple(
    ip_network(text)
    for text in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        *("::1/128", "fc00::/7"),
    )
)
TOOK: Sequence[tuple[Field, int]] = (
    (Field.TOOK_US, 1),
    (Field.TOOK_MS, 1_000),
    (Field.TOOK_S, US_PER_S),
)


class Once(dict[K, V]):
    """Answers of a pure function, each worked out once."""

    def __init__(self, answer: Callable[[K], V]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, key: K) -> V:
        found = self[key] = self._answer(key)
        return found


def past_of(names: Sequence[Field], rows: Sequence[Sequence[str]]) -> Past:
    """The requests of a block.

    Args:
        names: What each text of a row is; each field at most once.
        rows: One for each line that fits the format.

    Returns:
        The requests, without those whose time cannot be read.
    """
    if not rows:
        return NOTHING_PAST
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    times = _times(columns[Field.TIME])
    if UNKNOWN_TIME in times:
        whole = [row for row, at in zip(rows, times, strict=True) if at >= 0]
        return past_of(names, whole)
    methods, targets = _asked(columns, len(rows))
    nothing = [""] * len(rows)

    def texts(field: Field) -> list[str]:
        return _all(text_of, columns[field]) if field in columns else nothing

    return Past(
        times_us=times,
        addresses=_addresses(columns),
        methods=methods,
        targets=targets,
        hosts=_all(host_of, columns[Field.HOST]) if Field.HOST in columns else nothing,
        statuses=_all(number_of, columns.get(Field.STATUS, nothing)),
        sizes=_sizes(columns.get(Field.SIZE, nothing)),
        agents=texts(Field.AGENT),
        referers=texts(Field.REFERER),
        took_us=_took(columns, len(rows)),
    )


Columns = dict[Field, tuple[str, ...]]


def _all(answer: Callable[[str], V], column: Sequence[str]) -> list[V]:
    return list(map(Once(answer).__getitem__, column))


def _asked(columns: Columns, length: int) -> tuple[list[str], list[str]]:
    if Field.REQUEST in columns:
        asked = _all(asked_of, columns[Field.REQUEST])
        return [each[0] for each in asked], [each[1] for each in asked]
    nothing = ("",) * length
    methods = _all(text_of, columns.get(Field.METHOD, nothing))
    if Field.TARGET in columns:
        return methods, _all(text_of, columns[Field.TARGET])
    queries = columns.get(Field.QUERY, nothing)
    whole: Once[tuple[str, str], str] = Once(lambda parts: _target(*parts))
    paths = columns.get(Field.PATH, nothing)
    return methods, [whole[parts] for parts in zip(paths, queries, strict=True)]


def _target(path: str, query: str) -> str:
    query = text_of(query).removeprefix("?")
    return f"{text_of(path)}?{query}" if query else text_of(path)


def _addresses(columns: Columns) -> list[str]:
    peers = columns[Field.ADDRESS]
    if Field.FORWARDED not in columns:
        return list(peers)
    client: Once[tuple[str, str], str] = Once(lambda pair: client_of(*pair))
    return [client[pair] for pair in zip(peers, columns[Field.FORWARDED], strict=True)]


def _times(column: Sequence[str]) -> list[int]:
    """As `time_of` says of each; nearly all lie in an hour that is known."""
    ends = zip(map(TO_HOUR, column), map(ZONE, column), strict=True)
    hours = map(_hours.get, ends)
    within = map(WITHIN_HOUR.get, map(IN_HOUR, column))
    return [
        time_of(text) if hour is None or rest is None else hour + rest
        for hour, rest, text in zip(hours, within, column, strict=True)
    ]


def _sizes(column: Sequence[str]) -> list[int]:
    """As `number_of` says of each; nearly all are plain numbers."""
    whole = "".join(column)
    if whole.isascii() and whole.isdigit() and max(map(len, column)) < NUMBER_CHARS:
        try:
            return list(map(int, column))
        except ValueError:  # some say nothing
            pass
    return _all(number_of, column)


def _took(columns: Columns, length: int) -> list[int]:
    for field, factor in TOOK:
        if field in columns:
            return _all(lambda text: span_of(text, factor), columns[field])  # noqa: B023
    return [UNKNOWN_US] * length


def time_of(text: str) -> int:
    """Microseconds UTC; `UNKNOWN_TIME` where it is no time from 1970 to 9998.

    Takes what Apache and nginx write by default, ISO 8601, and seconds since 1970.
    """
    hour, rest = _hours.get((TO_HOUR(text), ZONE(text))), WITHIN_HOUR.get(IN_HOUR(text))
    if hour is not None and rest is not None:
        return hour + rest
    try:
        at_us = _read_time(text)
    except (ValueError, KeyError, OverflowError):
        return UNKNOWN_TIME
    return at_us if 0 <= at_us < LATEST_US else UNKNOWN_TIME


def _read_time(text: str) -> int:
    found = CLF_TIME.fullmatch(text)
    if found is not None:
        return _clf(found)
    if EPOCH_TIME.fullmatch(text):
        return round(float(text) * US_PER_S)
    said = datetime.fromisoformat(text)
    return to_us(said if said.tzinfo else datetime.fromisoformat(text + "+00:00"))


_midnights: dict[tuple[str, str, str], int] = {}
_hours: dict[tuple[str, str], int] = {}


def _clf(found: re.Match[str]) -> int:
    day, month, year, hours, minutes, seconds, rest, sign, ahead, more = found.groups()
    midnight = _midnights.get((day, month, year))
    if midnight is None:
        if len(_midnights) > 4_096:
            _midnights.clear()
        text = f"{year}-{MONTHS[month]}-{day}T00:00:00+00:00"
        midnight = _midnights[day, month, year] = to_us(datetime.fromisoformat(text))
    at_s = int(hours) * 3_600 + int(minutes) * 60 + int(seconds)
    if sign:
        offset_s = int(ahead) * 3_600 + int(more) * 60
        at_s -= offset_s if sign == "+" else -offset_s
    if rest is None and 0 <= midnight < LATEST_US:
        if len(_hours) > 4_096:
            _hours.clear()
        since_s = int(minutes) * 60 + int(seconds)
        hour_us = midnight + (at_s - since_s) * US_PER_S
        _hours[found.string[:14], found.string[20:]] = hour_us
    return midnight + at_s * US_PER_S + int((rest or "").ljust(6, "0"))


def text_of(text: str) -> str:
    """A text as it was sent: escapes undone; `-` is none."""
    if text == "-":
        return ""
    return ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(escape: re.Match[str]) -> str:
    code, letter = escape.groups()
    return chr(int(code, 16)) if code else WHITESPACE.get(letter, letter)


def asked_of(text: str) -> tuple[str, str]:
    """Method and target of a request line; both empty where it is none."""
    if text[:5] == "GET /" and text[-9:] == " HTTP/1.1":
        target = text[4:-9]
        if " " not in target:
            return "GET", text_of(target)
    parts = text.split(" ")
    if len(parts) == 3 and parts[2] in VERSIONS and parts[0] in METHODS and parts[1]:
        return parts[0], text_of(parts[1])
    found = REQUEST.fullmatch(text)
    if found is None:
        return "", ""
    return found[1], text_of(found[2])


def host_of(text: str) -> str:
    """A host in lower case, without its port."""
    host = text_of(text).lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def number_of(text: str) -> int:
    """A whole number; 0 where there is none."""
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) < NUMBER_CHARS
        else 0
    )


def span_of(text: str, factor_us: int) -> int:
    """Microseconds; after retries (`0.1, 0.3`) those of the last."""
    try:
        span = float(text.rpartition(",")[2].strip() or "x")
        return round(span * factor_us) if 0 <= span < 1e9 else UNKNOWN_US
    except ValueError:
        return UNKNOWN_US


def client_of(peer: str, forwarded: str) -> str:
    """The client's address: what a proxy of one's own says about it, else the peer.

    Whoever writes from outside may write anything into `X-Forwarded-For`, so it counts
    only where the peer is this machine or its own network.
    """
    said = text_of(forwarded).rpartition(",")[2].strip()
    try:
        is_own = any(ip_address(peer) in network for network in OWN_NETWORKS)
        return str(ip_address(said)) if said and is_own else peer
    except ValueError:
        return peer
