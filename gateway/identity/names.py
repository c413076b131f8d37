"""Names of firms: whether two spellings are of the same one.

Case, accents, dots and the order of words do not count; legal forms count as their
short form. Nothing is left out: `Mapworks` is not `Mapworks Holding SA`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType

WORD = re.compile(r"[^\W_]+")
LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "þ": "th"})
FORMS: Mapping[str, str] = MappingProxyType(
    {
        "societe par actions simplifiee": "sas",
        "societe a responsabilite limitee": "sarl",
        "societe anonyme": "sa",
        "gesellschaft mit beschrankter haftung": "gmbh",
        "aktiengesellschaft": "ag",
        "aksjeselskap": "as",
        "incorporated": "inc",
        "corporation": "corp",
        "limited": "ltd",
        "company": "co",
        "eingetragener verein": "ev",
    }
)


def spelled_alike(one: str, other: str) -> bool:
    """Are these two spellings of one name?"""
    words = sorted(_words(one))
    return bool(words) and words == sorted(_words(other))


def _words(name: str) -> Iterator[str]:
    """The words of a name, letters that stand alone put together: S.A.S. is sas."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(LETTERS))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    text = f" {' '.join(WORD.findall(bare.replace('&', ' and ')))} "
    for form, short in FORMS.items():
        text = text.replace(f" {form} ", f" {short} ")
    alone = ""
    for word in text.split():
        if len(word) == 1:
            alone += word
            continue
        if alone:
            yield alone
        alone = ""
        yield word
    if alone:
        yield alone
