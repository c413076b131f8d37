"""What was needed lately: a bounded memory for answers that never change.

Two halves. What is kept goes into the younger one; when that is full it becomes the
older one, and the older one is forgotten. What is found in the older half moves up,
so whatever is asked for again and again stays. A look-up that finds something costs
one look into a dictionary, and no flood of new keys makes the memory larger.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from gateway.kernel.errors import InvalidValue

K = TypeVar("K")
V = TypeVar("V")


class Lately(Generic[K, V]):
    """Keeps the last entries that were asked for: *entries_max* at most."""

    __slots__ = ("_half_max", "_older", "_younger")

    def __init__(self, entries_max: int) -> None:
        if entries_max < 2:
            raise InvalidValue("a memory keeps two entries or more")
        self._half_max = entries_max // 2
        self._younger: dict[K, V] = {}
        self._older: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._younger) + len(self._older)

    def get(self, key: K) -> V | None:
        """What is kept under *key*; None where nothing is."""
        found = self._younger.get(key)
        if found is None and (found := self._older.pop(key, None)) is not None:
            self.keep(key, found)
        return found

    def peek(self, key: K) -> V | None:
        """As `get`, and nothing moves: another thread may look."""
        found = self._younger.get(key)
        return self._older.get(key) if found is None else found

    def keep(self, key: K, value: V) -> V:
        """Keep *value*, and hand it back."""
        self._older.pop(key, None)
        if len(self._younger) >= self._half_max and key not in self._younger:
            self._older, self._younger = self._younger, {}
        self._younger[key] = value
        return value

    def values(self) -> tuple[V, ...]:
        """Everything that is kept."""
        return (*self._younger.values(), *self._older.values())

    def items(self) -> tuple[tuple[K, V], ...]:
        """Everything that is kept, with its key."""
        return (*self._younger.items(), *self._older.items())

    def forget(self) -> None:
        """Keep nothing."""
        self._younger, self._older = {}, {}
