"""The log in memory; held to the same contract as the stored one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.kernel.errors import Conflict
from gateway.transparency.kinds import USAGE
from gateway.transparency.ports import UsageBatch
from gateway.transparency.rows import Row


class MemoryLog:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.parties: dict[str, str] = {}
        self.heads: list[tuple[int, str]] = []

    def size(self) -> int:
        return len(self.rows)

    def append(self, rows: Sequence[Row], *, after: int) -> None:
        names = [row.name for row in (*self.rows, *rows)]
        if after != len(self.rows) or len(set(names)) != len(names):
            raise Conflict("it grew, or a row stands there")
        self.rows = [*self.rows, *rows]

    def lines(self) -> Iterator[str]:
        return iter([row.line for row in self.rows])

    def line(self, kind: str, key: str) -> str | None:
        found = [row.line for row in self.rows if (row.kind, row.key) == (kind, key)]
        return found[0] if found else None

    def keys(self, kind: str) -> Iterator[str]:
        return iter([row.key for row in self.rows if row.kind == kind])

    def usage_up_to(self) -> int:
        places = [r.body["up_to_place"] for r in self.rows if r.kind == USAGE]
        return max(places, default=0)

    def called(self, party_id: str) -> str | None:
        return self.parties.get(party_id)

    def call(self, party_id: str, commitment: str) -> None:
        if party_id in self.parties or commitment in self.parties.values():
            raise Conflict("it is called something")
        self.parties[party_id] = commitment

    def last_head(self) -> tuple[int, str] | None:
        return self.heads[-1] if self.heads else None

    def add_head(self, size: int, note: str) -> None:
        if self.heads and size <= self.heads[-1][0]:
            raise Conflict("of that size, or of a longer one")
        self.heads.append((size, note))


class MemoryBatches:
    """Batches that are simply there, each recorded at a place."""

    def __init__(self, *batches: UsageBatch) -> None:
        self.recorded = list(batches)

    def last_seq(self) -> int:
        return len(self.recorded)

    def batches(self, *, after: int, up_to: int) -> Iterator[UsageBatch]:
        return iter(self.recorded[after:up_to])
