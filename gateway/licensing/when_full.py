"""What is given instead of an expensive page while its lane is full.

A collection says so by class of page. Each of it is less than the page: an earlier
copy, or the same page without what makes it endless.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote_plus


@dataclass(frozen=True, slots=True)
class WhenFull:
    """What may stand for a page of one class.

    Attributes:
        stale_s: How old an earlier copy may be, in seconds; 0 for no copies.
        canonical: The query parameters that the plain page keeps; None where nobody
            is led to a plainer page.
    """

    stale_s: int = 0
    canonical: frozenset[str] | None = None


NOTHING = WhenFull()
BY_CLASS: Mapping[str, WhenFull] = MappingProxyType({})


def plainer(path: str, query: str, kept: frozenset[str]) -> str:
    """The target of the plainer page; empty where there is no plainer one.

    Args:
        path: As it was asked for, in origin-form.
        query: The raw query.
        kept: Names of the parameters that stay; they stay as they were written.
    """
    fields = [field for field in query.split("&") if field]
    left = [field for field in fields if _name(field) in kept]
    # A browser takes `//` for another host, and a backslash for a slash.
    if len(left) == len(fields) or path[:1] != "/" or path[1:2] in {"/", "\\"}:
        return ""
    return f"{path}?{'&'.join(left)}" if left else path


def _name(field: str) -> str:
    return unquote_plus(field.partition("=")[0])
