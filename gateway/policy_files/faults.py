"""Where something is written, and everything that is wrong with it at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from gateway.kernel.errors import Misconfigured

FAULTS_SHOWN_MAX = 5


class Mark(NamedTuple):
    """A place in a file; lines and columns count from 1, as editors do."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong, where, and what to do about it.

    Attributes:
        mark: Where.
        message: One sentence without a full stop.
        suggestion: What was probably meant, or what to do; may be empty.
    """

    mark: Mark
    message: str
    suggestion: str = ""

    @property
    def file(self) -> str:
        """The file, as it was named to the reader."""
        return self.mark.file

    @property
    def line(self) -> int:
        """The line, from 1."""
        return self.mark.line

    @property
    def column(self) -> int:
        """The column, from 1."""
        return self.mark.column

    def __str__(self) -> str:
        hint = f"; {self.suggestion}" if self.suggestion else ""
        return f"{self.mark}  {self.message}{hint}"


class Faults(Misconfigured):
    """The files do not load; carries every fault that was found.

    Attributes:
        faults: In the order of files and lines, never empty.
    """

    def __init__(
        self, faults: Iterable[Fault], *, shown_max: int = FAULTS_SHOWN_MAX
    ) -> None:
        self.faults = tuple(sorted(set(faults)))
        shown = [str(fault) for fault in self.faults[:shown_max]]
        more = len(self.faults) - len(shown)
        tail = [f"and {more} more"] if more else []
        super().__init__("\n".join([*shown, *tail]))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion for a misspelt *word*: the nearest, or all when they are few."""
    names = sorted(known)
    near = difflib.get_close_matches(word[:80], names, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    if 0 < len(names) <= 16:
        return f"known: {', '.join(names)}"
    return ""
