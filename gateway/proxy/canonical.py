"""The one spelling of a page, where its collection wants only one.

By default every spelling that `target` accepts is kept: passed on byte for byte,
and judged by its strictest reading. A collection may refuse some, or send readers on
to the plain one; which, and what may be chosen, is the table in
`gateway.licensing.spellings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Redirect, Ruling
from gateway.licensing.spellings import KEEP, REDIRECT, REJECT, Spellings
from gateway.metering.relief.shown_ticket import without_ticket
from gateway.proxy.strictest import CollectionOf, strictest_reading
from gateway.proxy.target import read_target

RULE = "other-spelling"
REDIRECTED = frozenset(("GET", "HEAD"))
Rewriting = Callable[[re.Match[str]], str]


def _decoded(escape: re.Match[str]) -> str:
    return chr(int(escape[0][1:], 16))


def _upper(escape: re.Match[str]) -> str:
    return escape[0].upper()


def _a_slash(_found: re.Match[str]) -> str:
    return "/"


def _nothing(_found: re.Match[str]) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Odd:
    """How one kind of spelling is recognised in a path, and written plainly.

    Attributes:
        found: What it looks like.
        plainly: What each find becomes; None where nobody can say.
    """

    found: re.Pattern[str]
    plainly: Rewriting | None = None


# Unreserved characters (RFC 3986 §2.3) mean the same encoded; nothing else does.
UNRESERVED = r"%(?:2[DE]|3[0-9]|[46][1-9A-F]|5[0-9AF]|7[0-9AE])"
LOWER_HEX = r"%(?:[0-9A-Fa-f][a-f]|[a-f][0-9A-F])"
KINDS: Mapping[str, Odd] = MappingProxyType(
    {
        "needless-encoding": Odd(re.compile(UNRESERVED, re.IGNORECASE), _decoded),
        "lower-case-hex": Odd(re.compile(LOWER_HEX), _upper),
        "encoded-slash": Odd(re.compile("%2F", re.IGNORECASE), _a_slash),
        "parameters": Odd(re.compile(r";[^/]*"), _nothing),
        "double-slash": Odd(re.compile(r"/{2,}"), _a_slash),
        "encoded-semicolon": Odd(re.compile("%3B", re.IGNORECASE)),
        "encoded-backslash": Odd(re.compile("%5C", re.IGNORECASE)),
        "encoded-delimiter": Odd(re.compile("%3F|%23", re.IGNORECASE)),
        "double-encoding": Odd(re.compile("%25[0-9A-F]{2}", re.IGNORECASE)),
    }
)
"""By name, in the order in which they are written plainly: once is enough."""


def policy_reading(asked: Request, collection_of: CollectionOf) -> Request | Redirect:
    """What policies shall see of a request, or where its one spelling is.

    Returns:
        The request with the path that policies judge; or a redirect whose location
        is a target in origin-form, on the same host.

    Raises:
        InvalidValue: its readings belong to different collections, or its
            collection refuses a spelling.
    """
    asked = without_ticket(asked)
    strict = strictest_reading(asked, collection_of)
    collection = collection_of(strict)
    if collection is None or not collection.spellings:
        return strict
    return _respelled(asked, collection) or strict


def canonical(path: str, spellings: Spellings) -> str:
    """A raw path, written plainly as far as a collection wants that; again is the same.

    Args:
        path: As `read_target` accepted it, without the query.
        spellings: The collection's own choices.
    """
    for name, odd in KINDS.items():
        if spellings.get(name, KEEP) is REDIRECT and odd.plainly is not None:
            path = odd.found.sub(odd.plainly, path)
    return path


def _respelled(asked: Request, collection: Collection) -> Redirect | None:
    raw, mark, query = asked.target.partition("?")
    spellings = collection.spellings
    plain = canonical(raw, spellings)
    for name, treatment in spellings.items():
        if treatment is REJECT and _is_any(name, raw, asked.path, plain):
            detail = f"this collection takes no path with the spelling {name}"
            raise InvalidValue(f"{detail}; write it plainly")
    if plain == raw:
        return None
    read_target(plain)  # a redirect leads nowhere that is refused anyway
    names = ", ".join(
        name
        for name in KINDS
        if spellings.get(name, KEEP) is REDIRECT and _is_any(name, raw)
    )
    if asked.method not in REDIRECTED:
        detail = f"this page has one address, without the spelling {names}"
        raise InvalidValue(f"{detail}; a {asked.method} goes there itself")
    reason = f"This page has one address; this is another spelling of it ({names})."
    ruling = Ruling(RULE, reason, collection=collection.id, file=collection.file)
    return Redirect(ruling, plain + mark + query, is_same_page=True)


def _is_any(name: str, *paths: str) -> bool:
    found = KINDS[name].found
    return any(found.search(path) for path in paths)
