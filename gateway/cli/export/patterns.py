"""Patterns of ours as regular expressions of front servers (PCRE and RE2 alike)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gateway.services.front_maps import AskedPlace, PlaceClass

# A token of nginx's configuration ends at 4,096 bytes.
EXPRESSION_CHARS_MAX = 3_000
# In a word: letters and digits, of any script.
INSIDE_A_WORD = r"a-z0-9\x80-\xff"
END = "\0"
BEFORE = "(?:.*[&?])?"
"""Before a parameter: others, and the end of a path that has a question mark in it."""
ENDS_THERE = f"(?:[^{INSIDE_A_WORD}]|$)"


def expressions_of(tokens: Iterable[str]) -> Iterator[str]:
    """Expressions that find any of some words, as few and as short as can be.

    Words are lower-case; the server compares without regard to case. Each expression
    is a tree of common beginnings, so that a user agent is walked once and not once
    for each word.
    """
    chosen: list[str] = []
    made = ""
    for token in sorted(set(tokens)):
        longer = _alternatives([*chosen, token])
        if made and len(longer) > EXPRESSION_CHARS_MAX:
            yield made
            chosen, longer = [], _alternatives([token])
        chosen.append(token)
        made = longer
    if made:
        yield made


def _alternatives(tokens: list[str]) -> str:
    ended = [token + END if token[-1].isalnum() else token for token in tokens]
    return f"(?:^|[^{INSIDE_A_WORD}]){_tree(ended)}"


def _tree(words: list[str]) -> str:
    """The words, sharing what they begin with."""
    by_letter: dict[str, list[str]] = {}
    has_end = "" in words
    for word in words:
        if word:
            by_letter.setdefault(word[0], []).append(word[1:])
    branches = [
        (ENDS_THERE if letter == END else escaped(letter)) + _tree(rests)
        for letter, rests in sorted(by_letter.items())
    ]
    if not branches:
        return ""
    is_single = len(branches) == 1 and not has_end
    inner = branches[0] if is_single else f"(?:{'|'.join(branches)})"
    return f"(?:{inner})?" if has_end else inner


def escaped(text: str) -> str:
    """Text without a meaning of its own in an expression or between quotes."""
    return "".join(
        letter if letter.isalnum() else f"\\x{byte:02x}" if byte < 0x80 else letter
        for letter in text
        for byte in (ord(letter),)
    )


def path_expression(pattern: str, *, is_before_a_query: bool = False) -> str:
    """A path glob, without the ends `^` and `$`; `/**` is the folder itself too.

    Before a query it ends at the first question mark. Otherwise a server would look
    for its end in as many places as the query has question marks, and at each for the
    parameter behind it: an address made for that costs it a tenth of a second, or
    PCRE gives up and the page passes for a cheap one.
    """
    many, some = ("[^?]*", "[^/?]*") if is_before_a_query else (".*", "[^/]*")
    if pattern.endswith("/**") and "*" not in pattern[:-3]:
        return f"{escaped(pattern[:-3])}(?:/{many})?"
    parts = re.split(r"(\*\*|\*)", pattern)
    stars = {"**": many, "*": some}
    return "".join(stars.get(part) or escaped(part) for part in parts)


def place_expression(
    place: AskedPlace | PlaceClass, *, is_before_a_query: bool = False
) -> str:
    """The path of a place; where it ignores case, what is not ASCII may be it.

    Front servers fold fewer letters than we do, if any, beyond ASCII.
    """
    if not place.ignores_case:
        return path_expression(place.path, is_before_a_query=is_before_a_query)
    wide = "".join(letter if letter.isascii() else "**" for letter in place.path)
    written = path_expression(wide, is_before_a_query=is_before_a_query)
    rest = "[^?]*" if is_before_a_query else ".*"
    plain = r"[\x00-\x3e\x40-\x7f]*" if is_before_a_query else r"[\x00-\x7f]*"
    return rf"(?:(?i:{written})|{plain}[^\x00-\x7f]{rest})"


def query_expression(pattern: str) -> str:
    """A query glob, within raw arguments; an escaped one may be it, and is asked."""
    if "&" in pattern:
        return ".*"
    parts = re.split(r"(\*\*|\*)", pattern)
    written = "".join("[^&]*" if "*" in part else escaped(part) for part in parts)
    return f"{BEFORE}(?:{written}(?:&.*)?|[^&?]*[%+].*)"


def parameter_expression(pattern: str) -> str:
    """A query glob, within raw arguments; what is escaped is taken as it is written."""
    parts = re.split(r"(\*\*|\*)", pattern)
    any_letter = ".*" if "&" in pattern else "[^&]*"
    written = "".join(any_letter if "*" in part else escaped(part) for part in parts)
    return f"{BEFORE}{written}(?:&.*)?"
