"""The shape of a page's address: what many pages made by the same code have in common.

`/wiki/Ada_Lovelace?action=history&offset=2019` has the shape `/wiki/*?action&offset`.
Shapes are few where addresses are endless, so figures can be kept for them.
"""

from __future__ import annotations

import re

SEGMENTS_MAX = 6
NAMES_MAX = 6
WORD_CHARS_MAX = 24
VARIABLE = "*"
SCRIPTS = frozenset({"php", "cgi", "fcgi", "pl", "asp", "aspx", "jsp", "do", "xml"})
_plain = re.compile(r"[A-Za-z][A-Za-z_.-]*", re.ASCII).fullmatch
# Words by which software names what it does rather than what it shows.
_VERBS = """
about annotate api archive atom authors blame blob bitstreams branches browse
browse-author browse-title calendar changes changeset citation collections commit
commits commons communities compare contributors dataset dataset_search datastore
diff discover download edit entities export facets feed feeds filter find graph
handle history index info items json labels latest list log logs manifest messages
oai patch plain print pulls random raw recent records refs releases render rest
results revisions rss search simple-search snapshot stats statistics summary tag
tags thumbnails tiles tree user users version view viewer wiki zip
"""
VERBS = frozenset(_VERBS.split())


def shape_of(path: str, query: str = "") -> str:
    """The shape of an address.

    The first segment stays if it is a word; later ones stay if they name an action.
    Of a query the names stay, in alphabetical order.

    Args:
        path: The canonical path.
        query: The raw query, without `?`.
    """
    segments = path.split("/", SEGMENTS_MAX + 1)[1 : SEGMENTS_MAX + 1]
    kept = [_segment(word, is_first=not at) for at, word in enumerate(segments)]
    shape = "/" + "/".join(kept)
    return f"{shape}?{'&'.join(names_in(query))}" if query else shape


def names_in(query: str) -> tuple[str, ...]:
    """The names of a query's fields, each once and in order; a few at most."""
    names = {part.partition("=")[0][:WORD_CHARS_MAX] for part in query.split("&", 32)}
    return tuple(sorted(name for name in names if name)[:NAMES_MAX])


def parents_of(shape: str) -> tuple[str, ...]:
    """Wider shapes, the next wider first: with any query at all; the path alone."""
    path, mark, names = shape.partition("?")
    if not mark:
        return ()
    return (path,) if names == VARIABLE else (f"{path}?{VARIABLE}",)


def _segment(word: str, *, is_first: bool) -> str:
    if not word:
        return ""
    if word in VERBS:
        return word
    if len(word) <= WORD_CHARS_MAX:
        if is_first and _plain(word):
            return word
        if word.rpartition(".")[2] in SCRIPTS and _plain(word):
            return word
    return VARIABLE
