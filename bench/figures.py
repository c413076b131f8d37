"""A figure: the median of several rounds, with its extremes and their number.

A number alone says nothing on a shared machine. Whoever reads a figure sees how
far the rounds lay apart, and a ratio is made round by round before its median is
taken, so that a slow minute of the machine falls on both sides of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

DIGITS = 4


@dataclass(frozen=True, slots=True)
class Figure:
    """What several rounds gave; the unit is in the name of whatever holds it."""

    median: float
    min: float
    max: float
    n: int

    def document(self) -> dict[str, float | int]:
        """The promised shape: `{"median","min","max","n"}`."""
        return {
            "median": significant(self.median),
            "min": significant(self.min),
            "max": significant(self.max),
            "n": self.n,
        }


def figure(rounds: Sequence[float]) -> Figure | None:
    """The figure of *rounds*; None when nothing was measured."""
    if not rounds:
        return None
    return Figure(median(rounds), min(rounds), max(rounds), len(rounds))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Figure | None:
    """Ours over theirs, round by round."""
    pairs = zip(ours, theirs, strict=False)
    return figure([one / other for one, other in pairs if other > 0])


def difference(more: Sequence[float], less: Sequence[float]) -> Figure | None:
    """What *more* costs over *less*, round by round; noise may make it negative."""
    return figure([one - other for one, other in zip(more, less, strict=False)])


def significant(number: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{number:.{DIGITS}g}")
