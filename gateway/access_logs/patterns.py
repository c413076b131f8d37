"""Format strings of Apache and nginx, as a host has them in the configuration.

`LogFormat '%h %l %u %t …'` and `log_format main '$remote_addr …'` become
one regular expression over whole blocks. Between two literals a value may be anything
but the literal that ends it; in quotes it may hold escapes. Every expression is linear
in the line's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.access_logs.fields import Field
from gateway.kernel.errors import InvalidValue

PATTERN_CHARS_MAX = 4_096
# Never given back: what ends a value is no part of it.
QUOTED = r'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+'

APACHE_DIRECTIVE = re.compile(
    r"%[<>!0-9,]*(?:\{(?P<of>[^}]*)\})?[<>]?(?P<what>\^?[A-Za-z%]{2}(?<=\^..)|[A-Za-z%])"
)
NGINX_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<name>\w+))", re.ASCII)

APACHE: Mapping[str, Field] = MappingProxyType(
    {
        "h": Field.ADDRESS,
        "a": Field.ADDRESS,
        "t": Field.TIME,
        "r": Field.REQUEST,
        "m": Field.METHOD,
        "U": Field.PATH,
        "q": Field.QUERY,
        "v": Field.HOST,
        "V": Field.HOST,
        "s": Field.STATUS,
        "b": Field.SIZE,
        "B": Field.SIZE,
        "O": Field.SIZE,
        "T": Field.TOOK_S,
        "D": Field.TOOK_US,
    }
)
APACHE_FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "user-agent": Field.AGENT,
        "referer": Field.REFERER,
        "host": Field.HOST,
        "x-forwarded-for": Field.FORWARDED,
    }
)
APACHE_TOOK: Mapping[str, Field] = MappingProxyType(
    {"s": Field.TOOK_S, "ms": Field.TOOK_MS, "us": Field.TOOK_US}
)
NGINX: Mapping[str, Field] = MappingProxyType(
    {
        "remote_addr": Field.ADDRESS,
        "http_x_forwarded_for": Field.FORWARDED,
        "time_local": Field.TIME,
        "time_iso8601": Field.TIME,
        "msec": Field.TIME,
        "request": Field.REQUEST,
        "request_method": Field.METHOD,
        "request_uri": Field.TARGET,
        "uri": Field.PATH,
        "document_uri": Field.PATH,
        "args": Field.QUERY,
        "query_string": Field.QUERY,
        "host": Field.HOST,
        "http_host": Field.HOST,
        "server_name": Field.HOST,
        "status": Field.STATUS,
        "body_bytes_sent": Field.SIZE,
        "bytes_sent": Field.SIZE,
        "http_user_agent": Field.AGENT,
        "http_referer": Field.REFERER,
        "upstream_response_time": Field.TOOK_S,
        "request_time": Field.TOOK_S,
    }
)
# What is told twice: the first of these counts.
BETTER_FIRST = (
    *("%a", "%h", "%B", "%b", "%O", "%V", "%v", "%D"),
    *("body_bytes_sent", "bytes_sent", "request_uri", "http_host", "host"),
    *("upstream_response_time", "request_time", "msec", "time_local"),
)
SHAPES: Mapping[Field, str] = MappingProxyType(
    {Field.STATUS: r"\d{3}", Field.SIZE: r"\d+|-"}
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A literal of a format string, or a value with what it is called there."""

    literal: str
    name: str = ""
    field: Field = Field.NOTHING


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled format string.

    Attributes:
        expression: Matches one whole line; over a block, every line that fits.
        names: What each group is.
    """

    expression: re.Pattern[str]
    names: tuple[Field, ...]

    def rows(self, text: str) -> list[tuple[str, ...]]:
        """The texts of every line that fits, in order."""
        return self.expression.findall(text)


def apache(text: str, *, tail: str = "") -> Pattern:
    """The pattern of an Apache `LogFormat`.

    Args:
        text: As in the configuration, quotes escaped or not.
        tail: An expression for what may follow.

    Raises:
        InvalidValue: it cannot be read, or lacks address, time or request.
    """
    return _compiled(list(_apache(text.replace('\\"', '"'))), text, tail)


def nginx(text: str) -> Pattern:
    """The pattern of an nginx `log_format`; see `apache`."""
    return _compiled(list(_nginx(text)), text, "")


def _apache(text: str) -> Iterator[Piece]:
    end = 0
    for found in APACHE_DIRECTIVE.finditer(text):
        yield Piece(text[end : found.start()])
        end = found.end()
        what, of = found["what"], found["of"]
        if what == "%":
            yield Piece("%")
        elif what == "t" and not of:
            yield from (Piece("["), Piece("", "%t", Field.TIME), Piece("]"))
        else:
            yield Piece("", f"%{what}", _apache_field(what, of))
    yield Piece(text[end:])


def _apache_field(what: str, of: str | None) -> Field:
    if what == "i":
        return APACHE_FIELDS.get((of or "").lower(), Field.NOTHING)
    if what == "T" and of:
        return APACHE_TOOK.get(of, Field.NOTHING)
    if what == "t" and of:
        return Field.TIME if of == "sec" else Field.NOTHING
    return APACHE.get(what, Field.NOTHING)


def _nginx(text: str) -> Iterator[Piece]:
    end = 0
    for found in NGINX_VARIABLE.finditer(text):
        yield Piece(text[end : found.start()])
        end = found.end()
        name = found["braced"] or found["name"]
        yield Piece("", name, NGINX.get(name, Field.NOTHING))
    yield Piece(text[end:])


def _compiled(pieces: list[Piece], text: str, tail: str) -> Pattern:
    if len(text) > PATTERN_CHARS_MAX:
        raise InvalidValue("the format string is too long")
    pieces = _joined(pieces)
    chosen = _chosen(pieces)
    parts, names = ["^"], []
    for number, piece in enumerate(pieces):
        if piece.literal:
            parts.append(re.escape(piece.literal))
            continue
        before = pieces[number - 1].literal if number else ""
        after = pieces[number + 1].literal if number + 1 < len(pieces) else ""
        shape = _shape(piece, before, after)
        if chosen.get(piece.field) is piece:
            names.append(piece.field)
            parts.append(f"({shape})")
        else:
            parts.append(f"(?:{shape})")
    parts.append(rf"{tail}\r?$")
    _assert_enough(set(names), text)
    return Pattern(re.compile("".join(parts), re.MULTILINE), tuple(names))


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Literals beside each other as one; two values beside each other are refused."""
    joined: list[Piece] = []
    for piece in pieces:
        if not piece.name and not piece.literal:
            continue
        if joined and piece.literal and joined[-1].literal:
            joined[-1] = Piece(joined[-1].literal + piece.literal)
        elif joined and piece.name and joined[-1].name:
            detail = f"nothing stands between {joined[-1].name} and {piece.name}"
            raise InvalidValue(f"the format string cannot be read: {detail}")
        else:
            joined.append(piece)
    return joined


def _chosen(pieces: list[Piece]) -> dict[Field, Piece]:
    """Of pieces that mean the same field, the one that is taken."""
    chosen: dict[Field, Piece] = {}
    for piece in pieces:
        if piece.field is Field.NOTHING:
            continue
        other = chosen.get(piece.field)
        if other is None or _rank(piece) < _rank(other):
            chosen[piece.field] = piece
    return chosen


def _rank(piece: Piece) -> int:
    known = piece.name in BETTER_FIRST
    return BETTER_FIRST.index(piece.name) if known else len(BETTER_FIRST)


def _shape(piece: Piece, before: str, after: str) -> str:
    if before.endswith('"') and after.startswith('"'):
        return QUOTED
    if piece.field in SHAPES:
        return SHAPES[piece.field]
    return rf"[^{re.escape(after[0])}\n]*+" if after else r"[^\r\n]*+"


def _assert_enough(fields: set[Field], text: str) -> None:
    has_request = bool({Field.REQUEST, Field.TARGET, Field.PATH} & fields)
    if {Field.ADDRESS, Field.TIME} <= fields and has_request:
        return
    detail = "it must name the client's address, the time and the request"
    raise InvalidValue(
        f"a log of the format {text[:80]!r} cannot be replayed: {detail}"
    )
