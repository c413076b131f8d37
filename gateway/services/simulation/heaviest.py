"""The heaviest: sums for many names in bounded memory.

Up to `names_max` names are counted exactly. Beyond that the lightest half is let go
into one remainder, and what comes back later starts from nothing: sums are then at
least what is shown, and `is_exact` says no.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

NAMES_MAX = 200_000

Sums = list[int]
"""Requests, bytes, cost units, microseconds that the archive was kept busy."""


def no_sums() -> Sums:
    """Nothing so far."""
    return [0, 0, 0, 0]


def add(into: Sums, more: Sequence[int]) -> None:
    """Add sums to sums."""
    requests, body_bytes, cost, busy_us = more
    into[0] += requests
    into[1] += body_bytes
    into[2] += cost
    into[3] += busy_us


class Heaviest:
    """Sums by name.

    Attributes:
        of: Sums by name, of those that are still kept.
        remainder: Sums of those that were let go.
        is_exact: Nobody was let go.
    """

    __slots__ = ("_names_max", "is_exact", "of", "remainder")

    def __init__(self, names_max: int = NAMES_MAX) -> None:
        self._names_max = names_max
        self.of: dict[str, Sums] = {}
        self.remainder = no_sums()
        self.is_exact = True

    def add(self, name: str, sums: Sequence[int]) -> None:
        """Add to the sums of *name*."""
        add(self.sums(name), sums)

    def sums(self, name: str) -> Sums:
        """The sums of *name*, to be added to at once."""
        found = self.of.get(name)
        if found is None:
            if len(self.of) >= self._names_max:
                self._let_go()
            found = self.of[name] = no_sums()
        return found

    def ranked(self, place: int) -> Iterator[tuple[str, Sums]]:
        """The heaviest first, by one of the sums; of equal ones by name."""
        return iter(sorted(self.of.items(), key=lambda it: (-it[1][place], it[0])))

    def total(self, place: int) -> int:
        """One of the sums over everybody."""
        return sum(each[place] for each in self.of.values()) + self.remainder[place]

    def _let_go(self) -> None:
        by_weight = sorted(self.of.items(), key=lambda item: item[1][1])
        self.is_exact = False
        for name, sums in by_weight[: len(by_weight) // 2]:
            add(self.remainder, sums)
            del self.of[name]
