"""One field line of an answer: what it says, to whom, and how it goes out.

Most lines repeat from answer to answer, so what is known of them is kept.
"""

from __future__ import annotations

import re

from gateway.upstream.failures import malformed
from gateway.upstream.headers import HOP_BY_HOP, KEPT_NAME_CHARS_MAX

NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")

KEPT_LINES_MAX = 2048

# Whose business a field is; numbers, because they are asked for with every line.
PASSES, DATES, LINKS, MEASURES, CODES, CONNECTS, SWITCHES, STOPS = range(8)

SPECIAL = {
    "connection": CONNECTS,
    "content-length": MEASURES,
    "date": DATES,
    "transfer-encoding": CODES,
    "upgrade": SWITCHES,
    **dict.fromkeys(("location", "content-location", "link", "refresh"), LINKS),
}

AnswerField = tuple[int, tuple[str, str], bytes]
"""Kind, name and value, and the line as it goes out; empty where it does not."""


# Their values are others in nearly every answer: of those the name alone is kept.
CHANGING = frozenset(("age", "content-length", "etag", "last-modified"))

Name = tuple[str, int, bool]
"""A field's name, its kind, and whether lines of that name are kept."""

_names: dict[bytes, Name] = {}
LINES: dict[bytes, AnswerField] = {}
"""What is known of lines; `kept_field` fills it."""


def answer_field(line: bytes) -> AnswerField:
    """Read a line, without its end.

    Raises:
        UpstreamFailed: it is no field.
    """
    return _field(line)[0]


def kept_field(line: bytes) -> AnswerField:
    """The same of a line that is short, no secret and not among `LINES`: it is kept.

    Raises:
        UpstreamFailed: it is no field.
    """
    field, is_kept = _field(line)
    if is_kept:
        if len(LINES) >= KEPT_LINES_MAX:
            LINES.clear()
        LINES[line] = field
    return field


def _field(line: bytes) -> tuple[AnswerField, bool]:
    name, colon, value = line.partition(b":")
    text, kind, is_kept = _names.get(name) or _name(name)
    if not colon:
        raise malformed("has a malformed header field")
    value = value.strip(b" \t")
    pair = text, value.decode("utf-8", "surrogateescape")
    goes = b"%b: %b\r\n" % (name, value) if kind <= LINKS else b""
    return (kind, pair, goes), is_kept


def _name(name: bytes) -> Name:
    if not NAME.match(name):
        raise malformed("has a malformed header field")
    text = name.decode("ascii")
    lowered = text.lower()
    kind = SPECIAL.get(lowered)
    if kind is None:
        kind = STOPS if lowered in HOP_BY_HOP else PASSES
    read = text, kind, lowered not in CHANGING
    if len(name) <= KEPT_NAME_CHARS_MAX:
        if len(_names) >= KEPT_LINES_MAX:
            _names.clear()
        _names[name] = read
    return read
