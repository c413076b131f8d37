"""Spellings: what becomes of an address that is written in an odd way.

One table, and one word for each row: *keep* passes it on byte for byte and asks the
policies about its strictest reading, *redirect* sends readers to the one spelling of
the page, *reject* refuses it. Rows with several choices are a collection's to set.
How each is recognised stands in `gateway.proxy.canonical` and `gateway.proxy.target`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Treatment(StrEnum):
    """What becomes of a spelling."""

    KEEP = "keep"
    REDIRECT = "redirect"  # 308 for GET and HEAD, 400 for the rest
    REJECT = "reject"  # 400


KEEP, REDIRECT, REJECT = Treatment.KEEP, Treatment.REDIRECT, Treatment.REJECT
ANY = (KEEP, REDIRECT, REJECT)
NO_REDIRECT = (KEEP, REJECT)
NEVER = (REJECT,)
ALWAYS = (KEEP,)

Spellings = Mapping[str, Treatment]
"""A collection's own choices, by name; what is not in it is treated as by default."""

AS_BY_DEFAULT: Spellings = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Spelling:
    """One kind of odd spelling.

    Attributes:
        name: Kebab-case; a key of `paths` where there is a choice.
        example: A target of that kind and of no other.
        choices: What a collection may choose; the first is the default.
        because: Why that is the default, in one clause.
    """

    name: str
    example: str
    choices: tuple[Treatment, ...]
    because: str

    @property
    def by_default(self) -> Treatment:
        """What becomes of it where the collection says nothing."""
        return self.choices[0]


SPELLINGS: tuple[Spelling, ...] = (
    Spelling("encoded-slash", "/wiki/AC%2FDC", ANY, "titles of wikis, identifiers"),
    Spelling("double-slash", "/web/2020/http://x", ANY, "addresses in web archives"),
    Spelling("parameters", "/matrix;v=1", ANY, "matrix parameters, titles"),
    Spelling("encoded-semicolon", "/a%3Bb", NO_REDIRECT, "titles with a semicolon"),
    Spelling("encoded-backslash", "/a%5Cb", NO_REDIRECT, "titles with a backslash"),
    Spelling("encoded-delimiter", "/What%3F", NO_REDIRECT, "titles with `?` or `#`"),
    Spelling("double-encoding", "/a%2541", NO_REDIRECT, "addresses within addresses"),
    Spelling("needless-encoding", "/%7Euser", ANY, "clients write `~` so each time"),
    Spelling("lower-case-hex", "/caf%c3%a9", ANY, "clients write hex so each time"),
    Spelling("encoded-percent", "/100%25", ALWAYS, "a percent sign has no other form"),
    Spelling("latin-1", "/caf%E9", ALWAYS, "old addresses; nobody knows a better one"),
    Spelling("dot-segment", "/a/../b", NEVER, "clients resolve it; servers differ"),
    Spelling("encoded-dot-segment", "/a/%2e%2e/b", NEVER, "only attacks write it"),
    Spelling("twice-encoded-dot-segment", "/%252e%252e/b", NEVER, "likewise"),
    Spelling("hidden-dot-segment", "/a%2F..%2Fb", NEVER, "likewise, by `%2F` or `;`"),
    Spelling("backslash", "/a\\b", NEVER, "a slash on some systems"),
    Spelling("encoded-control", "/a%00b", NEVER, "ends strings and lines"),
    Spelling("overlong-utf-8", "/a%C0%AFb", NEVER, "a slash to careless decoders"),
    Spelling("malformed-percent", "/100%", NEVER, "decoded, dropped or kept"),
    Spelling("raw-non-ascii", "/café", NEVER, "its encoding is a guess"),
    Spelling("fragment", "/a#b", NEVER, "a client that sends it would send it again"),
    Spelling("empty-path", "http://archive.example", ALWAYS, "the same page as `/`"),
    Spelling("absolute-form", "http://archive.example/a", ALWAYS, "names the Host"),
    Spelling("other-place", "http://other.example/a", NEVER, "two places at once"),
)

CHOICES: Mapping[str, Spelling] = MappingProxyType(
    {each.name: each for each in SPELLINGS if len(each.choices) > 1}
)
"""The rows that a collection may set, by name."""


def folded(text: str) -> str:
    """Text as whoever ignores upper and lower case compares it.

    What any of Python's `lower`, `upper` and `casefold` takes for the same is the
    same here, so it is for every server that folds by Unicode's own tables.
    """
    return text.upper().casefold()
