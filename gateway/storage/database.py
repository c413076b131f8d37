"""The small port that every store is written against.

Stores speak the SQL that SQLite and PostgreSQL share: named parameters
(`:party_id`), `ON CONFLICT DO NOTHING`, no `INSERT OR …`, no engine functions.
An engine translates what differs, in its own file.

Reads see the last commit. Writes happen in a transaction that takes the write
lock at once (no upgrade, no deadlock) and rolls back on any exception. All calls
block; the data plane reaches them through threads.

A transaction inside a transaction of the same thread joins it: alone it can fail,
but it lasts only if the outer one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

Row = Mapping[str, Any]
Params = Mapping[str, Any]
Values = Sequence[str | int]
Answer = tuple[Any, ...]
"""Values of one row, in the order of the columns that were asked for."""
NO_PARAMS: Params = {}


class Insert(NamedTuple):
    """Where rows go.

    Attributes:
        table: Its name.
        columns: Which columns are given, in this order.
        otherwise: What to do instead, as SQL: `ON CONFLICT …`; nothing to refuse.
    """

    table: str
    columns: tuple[str, ...]
    otherwise: str = ""


class Reader(Protocol):
    """Something that answers questions."""

    def rows(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        """Every row that answers *sql*."""

    def row(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        """The first row, or None."""


class LongReader(Reader, Protocol):
    """Something that answers at length."""

    def answers(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Answer]:
        """Rows as plain tuples, in constant memory: for millions of them."""


class Snapshot(LongReader, Protocol):
    """Answers of one instant, whatever is written meanwhile."""

    def stream(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Row]:
        """Rows one after the other, in constant memory."""


class Transaction(LongReader, Protocol):
    """Reads and writes that happen together, or not at all."""

    def run(self, sql: str, params: Params = NO_PARAMS) -> int:
        """Run one statement; the number of rows it touched."""

    def run_many(self, sql: str, many: Sequence[Params]) -> int:
        """Run one statement for each mapping; the number of rows touched."""

    def insert_rows(self, into: Insert, rows: Sequence[Values]) -> int:
        """Insert many rows at once; the number of rows that are new.

        Args:
            into: Where, and what to do with a row that is there already.
            rows: A value for each column, in their order. Plain texts and whole
                numbers only: drivers go a long way round for anything else.
        """


class Database(LongReader, Protocol):
    """One store of the gateway."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Read at one instant; neither stops a writer nor waits for one.

        Raises:
            Unavailable: the store does not answer.
        """

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin a write transaction; commit on leaving, roll back on error.

        Raises:
            Conflict: a constraint says no.
            Unavailable: the store cannot write now (locked, full, gone).
        """

    def stream(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Row]:
        """Rows one after the other, in constant memory."""

    def close(self) -> None:
        """Release everything; the store may not be used afterwards."""
