"""Which answers may be kept for others, and for how long (RFC 9111), read strictly.

A copy is kept only where the archive says that others may have it: `public`, or a
lifetime. Nothing that came with a cookie or a credential, or was varied by who asks,
is ever kept, and nobody who shows one is given a copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from gateway.kernel.request import Headers, Request

HeaderPairs = tuple[tuple[str, str], ...]
Selected = tuple[tuple[str, str], ...]
"""The fields of a request that its answer was chosen by (`Vary`), with their values."""

OK = 200
PERSONAL = ("cookie", "authorization", "proxy-authorization", "x-api-key")
"""Whoever sends one of these may be told what others are not."""
UNFIT = ("range", "if-range", "upgrade", "expect")
PRIVATE = frozenset(("no-store", "private", "no-cache"))
MUST_ASK = frozenset(("must-revalidate", "proxy-revalidate", "s-maxage"))
COOKIES = frozenset(("set-cookie", "set-cookie2"))
OTHER_CONTROLS = frozenset(("cdn-cache-control", "surrogate-control"))
SET_BY_US = frozenset(
    ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via")
)
"""The archive sees another value of these than the client sent."""
SECONDS_MAX = 2**31
_DIRECTIVE = re.compile(r"([a-z0-9_-]+)(?:\s*=\s*(\"[^\"]*\"|[^,\s]*))?")


def is_fit(asked: Request) -> bool:
    """May a copy be kept of what this is answered, or be given for it?"""
    fields = asked.headers
    if any(name in fields for name in PERSONAL) or any(
        name in fields for name in UNFIT
    ):
        return False
    if "no-cache" in fields.get("pragma").lower():
        return False
    said = directives(fields.all("cache-control"))
    return not said.keys() & {"no-store", "no-cache", "only-if-cached"}


def age_wanted_s(fields: Headers) -> int:
    """How old a copy may be for whoever asks with these fields, seconds."""
    said = directives(fields.all("cache-control"))
    return seconds(said, "max-age", default=SECONDS_MAX)


def directives(values: Iterable[str]) -> Mapping[str, str]:
    """Directives of `Cache-Control` with their arguments, the smallest of two."""
    said: dict[str, str] = {}
    for name, value in _DIRECTIVE.findall(",".join(values).lower()):
        told = value.strip('"')
        before = said.get(name)
        said[name] = told if before is None else min(told, before, key=_whole)
    return said


def seconds(said: Mapping[str, str], name: str, *, default: int = 0) -> int:
    """A directive's seconds; 0 for what is no number, *default* if it is not said."""
    return _whole(said[name]) if name in said else default


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        return 0
    return min(int(text[:12]), SECONDS_MAX)


class Lifetime:
    """What an answer's fields say about keeping it.

    Attributes:
        fresh_s: How long it holds by itself.
        must_ask: Once it no longer holds, it may not be given without asking.
        age_s: How old it was when it came.
    """

    __slots__ = ("age_s", "fresh_s", "must_ask")

    def __init__(self, fresh_s: int, age_s: int, *, must_ask: bool) -> None:
        self.fresh_s = fresh_s
        self.age_s = age_s
        self.must_ask = must_ask


def lifetime_of(status: int, headers: HeaderPairs) -> Lifetime | None:
    """How long an answer may be kept for others; None where it may not be."""
    if status != OK or any(name.lower() in COOKIES for name, _ in headers):
        return None
    said = directives(values_of(headers, "cache-control"))
    others = directives(
        value for name in OTHER_CONTROLS for value in values_of(headers, name)
    )
    if (said.keys() | others.keys()) & PRIVATE or values_of(headers, "pragma"):
        return None
    fresh_s = _fresh_s(said, headers)
    if "public" not in said and fresh_s <= 0:
        return None  # nobody has said that others may have it
    ages = values_of(headers, "age")
    age_s = _whole(ages[0].strip()) if ages else 0
    return Lifetime(fresh_s, age_s, must_ask=bool(said.keys() & MUST_ASK))


def _fresh_s(said: Mapping[str, str], headers: HeaderPairs) -> int:
    for name in ("s-maxage", "max-age"):
        if name in said:
            return seconds(said, name)
    expires, date = (_moment(headers, name) for name in ("expires", "date"))
    if expires is None or date is None:
        return 0
    return max(0, int((expires - date).total_seconds()))


def _moment(headers: HeaderPairs, name: str) -> datetime | None:
    values = values_of(headers, name)
    try:
        return parsedate_to_datetime(values[0]) if len(values) == 1 else None
    except ValueError:
        return None


def selected_by(asked: Request, headers: HeaderPairs) -> Selected | None:
    """What of a request its answer was chosen by; None where that is not to be told."""
    names = {
        name.strip().lower()
        for value in values_of(headers, "vary")
        for name in value.split(",")
        if name.strip()
    }
    if "*" in names or names & SET_BY_US:
        return None
    if values_of(headers, "content-encoding") and "accept-encoding" not in names:
        return None  # whoever cannot read it would get it all the same
    return tuple((name, sent(asked, name)) for name in sorted(names))


def sent(asked: Request, name: str) -> str:
    """A field of a request as one text, to be compared."""
    return ",".join(" ".join(value.split()) for value in asked.headers.all(name))


def values_of(headers: HeaderPairs, name: str) -> list[str]:
    """Every value of an answer's field, *name* in lower case."""
    return [value for key, value in headers if key.lower() == name]


def has_it(asked: Request, headers: HeaderPairs) -> bool:
    """Does the client name the very version that a copy holds (RFC 9110 §13.1.2)?"""
    known = sent(asked, "if-none-match")
    tags = values_of(headers, "etag")
    if not known or len(tags) != 1:
        return False
    if known == "*":
        return True
    tag = tags[0].strip().removeprefix("W/")
    return tag in re.findall(r"\"[^\"]*\"", known)
