"""ONE reading of a request target: what policies see, and what is passed on.

What is passed on is what was sent, byte for byte. What policies see is one
canonical spelling of it. A target that ordinary servers would read in different
ways is refused, or, where archives need such spellings (`%2F` in wiki titles,
`//` in web archives), every other reading is listed so that the policies can be
asked about each; see docs/explanation/one-reading-of-a-url.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.kernel.errors import InvalidValue

# Escapes that stay as they are in the policy path: decoded they would cut it
# (/ ? #), start another escape (%), or pass for a slash (\) or a parameter (;).
OPAQUE = frozenset(b"/?#%\\;")
CONTROLS_END = 0x20
DELETE = 0x7F
DOT_SEGMENTS = frozenset((".", ".."))
READINGS_MAX = 64

PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# Two bytes for one of ASCII, or a longer form than needed (RFC 3629 §3).
OVERLONG = re.compile(rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]")
PARAMETERS = re.compile(r"(?:;|%3B)[^/]*")
SLASHES = re.compile(r"/{2,}")
AFTER_THE_PATH = re.compile(r"%3F|%23")
AMBIGUOUS = re.compile(r"%(?:2F|5C|3B|3F|23|25[0-9A-Fa-f]{2})|;|//", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """A request target that was found to be well-formed.

    Attributes:
        raw: In origin-form, exactly as sent.
        path: The canonical path that policies match.
        query: The raw query, without `?`.
    """

    raw: str
    path: str
    query: str


def read_target(raw: str) -> Target:
    """Read a target in origin-form (RFC 9112 §3.2.1).

    Raises:
        InvalidValue: it is malformed, or servers would not agree on its path.
    """
    if not raw.startswith("/"):
        raise InvalidValue("the address must start with a slash")
    _refuse_characters(raw)
    path, _, query = raw.partition("?")
    if "\\" in path:
        raise InvalidValue("the path holds a backslash; write a slash or %5C")
    if PERCENT.search(path):
        raise InvalidValue("a percent sign in the path starts no escape; write %25")
    canonical = ESCAPES.sub(_decoded, path)
    for reading in other_readings(canonical) or (canonical,):
        if not DOT_SEGMENTS.isdisjoint(reading.split("/")):
            detail = "the path holds a dot segment, plain or encoded; write it resolved"
            raise InvalidValue(detail)
    return Target(raw, canonical, query)


def other_readings(path: str) -> tuple[str, ...]:
    """Every way in which servers may read a canonical path, itself included.

    Returns:
        Nothing where there is only one reading, which is nearly always.

    Raises:
        InvalidValue: there are more than a person would ever write.
    """
    if not AMBIGUOUS.search(path):
        return ()
    readings = {path}
    for understood in MISREADINGS:
        readings |= {understood(reading) for reading in readings}
        if len(readings) > READINGS_MAX:
            raise InvalidValue(
                "the path can be read in too many ways; write it plainly"
            )
    return tuple(sorted(readings))


def _refuse_characters(raw: str) -> None:
    if not raw.isascii():
        detail = "the address holds characters beyond ASCII; percent-encode them"
        raise InvalidValue(detail)
    if "#" in raw:
        raise InvalidValue("the address holds a fragment; leave out `#` and the rest")
    if any(character <= " " or character == chr(DELETE) for character in raw):
        raise InvalidValue("the address holds a control character or a space")


def _decoded(escapes: re.Match[str]) -> str:
    """Decode a run of escapes, as far as that changes no structure.

    Bytes that are no UTF-8 (old Latin-1 addresses) stay escaped, in upper case.
    """
    encoded = bytes.fromhex(escapes[0].replace("%", ""))
    if any(byte < CONTROLS_END or byte == DELETE for byte in encoded):
        raise InvalidValue("the path holds an encoded control character")
    if OVERLONG.search(encoded):
        raise InvalidValue("the path holds an overlong UTF-8 form")
    text = encoded.decode("utf-8", "surrogateescape")
    return "".join(_kept_or_plain(character) for character in text)


def _kept_or_plain(character: str) -> str:
    code = ord(character)
    if code in OPAQUE:
        return f"%{code:02X}"
    if "\udc80" <= character <= "\udcff":
        return f"%{code - 0xDC00:02X}"
    return character


def _decoded_again(path: str) -> str:
    """As a server that decodes twice: `%252F` is `%2F`, `%252e` a dot."""
    once = path.replace("%25", "%")
    return ESCAPE.sub(lambda escape: _kept_or_plain(chr(int(escape[1], 16))), once)


def _slashes_decoded(path: str) -> str:
    return path.replace("%2F", "/")


def _backslashes_turned(path: str) -> str:
    return path.replace("%5C", "/")


def _without_parameters(path: str) -> str:
    """As a servlet container: `/a;b=c/d` is `/a/d`."""
    return PARAMETERS.sub("", path)


def _cut(path: str) -> str:
    """As a server that decodes before it looks for the query."""
    return AFTER_THE_PATH.split(path, maxsplit=1)[0]


def _slashes_merged(path: str) -> str:
    return SLASHES.sub("/", path)


MISREADINGS: tuple[Callable[[str], str], ...] = (
    _decoded_again,
    _slashes_decoded,
    _backslashes_turned,
    _without_parameters,
    _cut,
    _slashes_merged,
)
"""How real servers differ, in the order in which they would do it."""
