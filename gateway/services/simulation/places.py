"""Places: what one address of a past request is, worked out once."""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.services.simulation.counted import Counted
from gateway.services.simulation.heaviest import no_sums

TERMS = frozenset(("/robots.txt", "/license.xml", "/.well-known/tdmrep.json"))
TEMPLATE_PARTS_MAX = 4
TEMPLATE_KEYS_MAX = 4
WORD_CHARS_MAX = 24
# A part of a path that is one of many: it holds a digit, is long, or is an address.
ONE_OF_MANY = re.compile(r"[\d@]")
FLAG = re.compile(r"[A-Za-z_-]+", re.ASCII)
# A path that has one reading and is its own spelling; `read_target` says the same.
PLAIN = re.compile(
    r"(/|(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?)(?:\?([!\"$-~]*))?", re.ASCII
)


NO_LOT = -1

Asked = tuple[str, str, str, str, str, str, str, str]


class Place(Counted):
    """Where a request went, as the gateway would have read it.

    Attributes:
        asked: The first fields of a `Request`, which are the same each time: id,
            method, scheme, host, authority, target, path and query.
        template: What pages of this shape share: `/wiki/*?diff&oldid`.
        cost: Cost units; below 0 until somebody asked.
        lot: Number of the collection and cost that it shares with others; `NO_LOT`
            where the address itself is looked at each time.
        is_terms: It is where machines read the terms first.
        refused: How much of what it came to would have been refused.
    """

    __slots__ = ("asked", "cost", "is_terms", "lot", "refused", "template")

    def __init__(
        self, method: str, target: str, *, host: str, path: str, query: str
    ) -> None:
        super().__init__()
        self.asked: Asked = ("", method, "https", host, host, target, path, query)
        self.template = template_of(path, query)
        self.cost = -1
        self.lot = NO_LOT
        self.is_terms = path in TERMS
        self.refused = no_sums()

    @property
    def path(self) -> str:
        """The canonical path, as policies see it."""
        return self.asked[6]

    @property
    def query(self) -> str:
        """The raw query."""
        return self.asked[7]


Reading = Callable[[str, str, str], Place | None]
"""From method, raw target and host to the place; None where a live request with them
would have been refused as malformed."""


def template_of(path: str, query: str) -> str:
    """The shape of an address: parts that are one of many become `*`.

    It names no person and no search: values of a query are left out, and what holds a
    digit or is long.
    """
    parts = path.split("/")
    shown = [_part(part) for part in parts[: TEMPLATE_PARTS_MAX + 1]]
    if len(parts) > len(shown):
        shown[-1] = "**"
    shape = "/".join(shown) or "/"
    if not query:
        return shape
    keys = sorted({_key(each) for each in query.split("&") if each})
    names = [_part(key) for key in keys[:TEMPLATE_KEYS_MAX]]
    return f"{shape}?{'&'.join(dict.fromkeys(names))}"


def _key(parameter: str) -> str:
    """What a parameter is called; where it is no more than a value, one of many."""
    key, sign, _ = parameter.partition("=")
    return key if sign or FLAG.fullmatch(key) else "*"


def _part(part: str) -> str:
    if len(part) > WORD_CHARS_MAX or ONE_OF_MANY.search(part):
        return "*"
    return part
