"""Regular expressions of others as lists of plain patterns, as far as they are that.

Most that hosts write are: words, alternatives, optional letters, `.*` between them.
They are never run, so none of them can be slow; what is more is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

EXPRESSION_CHARS_MAX = 8_000
ALTERNATIVES_MAX = 500
DEPTH_MAX = 20
SPECIAL = frozenset("|)*+?{")
ANYTHING, SEGMENT = "\0", "\1"


class NotPlain(ValueError):
    """An expression is more than a list of patterns; says where."""


@dataclass(frozen=True, slots=True)
class Plain:
    """One alternative.

    Attributes:
        text: Letters, and `ANYTHING` and `SEGMENT` where something else may stand.
        is_start: It stands at the beginning.
        is_end: It stands at the end.
    """

    text: str = ""
    is_start: bool = False
    is_end: bool = False

    def __add__(self, other: Plain) -> Plain:
        if self.is_end and (other.text or other.is_start):
            raise NotPlain("something stands behind an end")
        if other.is_start and self.text:
            raise NotPlain("something stands before a beginning")
        return Plain(
            self.text + other.text,
            self.is_start or other.is_start,
            self.is_end or other.is_end,
        )


def alternatives(expression: str) -> list[Plain]:
    """The plain patterns that an expression stands for.

    Raises:
        NotPlain: it is none, or stands for more than 500.
    """
    if len(expression) > EXPRESSION_CHARS_MAX:
        raise NotPlain(f"it is longer than {EXPRESSION_CHARS_MAX} characters")
    reading = _Reading(expression.strip())
    found = reading.either(0)
    if reading.at < len(reading.text):
        raise NotPlain("a bracket is closed that was not opened")
    return list(dict.fromkeys(found))


class _Reading:
    """One pass over an expression."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def either(self, depth: int) -> list[Plain]:
        if depth > DEPTH_MAX:
            raise NotPlain("it is nested too deep")
        found = self.sequence(depth)
        while self._takes("|"):
            found += self.sequence(depth)
            _few(len(found))
        return found

    def sequence(self, depth: int) -> list[Plain]:
        made = [Plain()]
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            item = self.item(depth)
            _few(len(made) * len(item))
            made = [one + more for one, more in product(made, item)]
        return made

    def item(self, depth: int) -> list[Plain]:
        is_open = self.text[self.at]
        atom = self.atom(depth)
        if self._takes("?"):
            if any(each.is_start or each.is_end for each in atom):
                raise NotPlain("an end is optional")
            return [Plain(), *atom]
        if self.at < len(self.text) and self.text[self.at] in "*+{":
            if is_open != "." or self.text[self.at] == "{":
                raise NotPlain(f"something repeats at {self.at + 1}")
            self.at += 1
            return [Plain(ANYTHING)]
        if is_open == ".":
            return [Plain(".")]
        return atom

    def atom(self, depth: int) -> list[Plain]:
        letter = self.text[self.at]
        self.at += 1
        if letter == "(":
            return self._group(depth)
        if letter == "[":
            return [Plain(self._segment())]
        if letter == "\\":
            return [Plain(self._escaped())]
        if letter in "^$":
            return [replace(Plain(), is_start=letter == "^", is_end=letter == "$")]
        if letter in SPECIAL:
            raise NotPlain(f"nothing repeats at {self.at}")
        return [Plain(letter)]

    def _group(self, depth: int) -> list[Plain]:
        if self._takes("?"):
            if self._takes("i)"):
                return [Plain()]
            if not (self._takes(":") or self._takes("i:")):
                raise NotPlain(f"a group of another kind at {self.at}")
        found = self.either(depth + 1)
        if not self._takes(")"):
            raise NotPlain("a bracket is not closed")
        return found

    def _segment(self) -> str:
        for written in ("^/]+", "^/]*"):
            if self._takes(written):
                return SEGMENT
        raise NotPlain(f"a set of letters at {self.at}")

    def _escaped(self) -> str:
        if self.at >= len(self.text) or self.text[self.at].isalnum():
            raise NotPlain(f"a class of letters at {self.at}")
        self.at += 1
        return self.text[self.at - 1]

    def _takes(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False


def _few(count: int) -> None:
    if count > ALTERNATIVES_MAX:
        raise NotPlain(f"it stands for more than {ALTERNATIVES_MAX} alternatives")
