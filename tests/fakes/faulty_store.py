"""A store of which any call may fail: before it had its effect, or just after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from gateway.kernel.errors import Unavailable
from gateway.storage.database import (
    NO_PARAMS,
    Answer,
    Database,
    Insert,
    Params,
    Row,
    Snapshot,
    Transaction,
    Values,
)

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone, and whatever it remembered."""


@dataclass
class Trouble:
    """When a store fails, once.

    Attributes:
        at: Which of its calls, from 1; 0 for none.
        is_after: The call has had its effect; only its answer is lost.
        fault: What is raised.
        calls: How many there were.
        commits: Which of them made something last.
    """

    at: int = 0
    is_after: bool = False
    fault: type[BaseException] = Unavailable
    calls: int = 0
    commits: tuple[int, ...] = ()

    def call(self, effect: Callable[[], T]) -> T:
        """One call of the store."""
        self.begin()
        answer = effect()
        self.end()
        return answer

    def begin(self) -> None:
        """A call is made."""
        self.calls += 1
        if self.calls == self.at and not self.is_after:
            raise self._raised()

    def end(self) -> None:
        """The last call has had its effect."""
        if self.calls == self.at and self.is_after:
            raise self._raised()

    def _raised(self) -> BaseException:
        return self.fault(f"call {self.calls} of the store fails")


class FaultyTransaction:
    """A `Transaction` of which any call may fail."""

    def __init__(self, tx: Transaction, trouble: Trouble) -> None:
        self._tx = tx
        self._trouble = trouble

    def rows(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        return self._trouble.call(lambda: self._tx.rows(sql, params))

    def row(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        return self._trouble.call(lambda: self._tx.row(sql, params))

    def answers(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Answer]:
        return iter(self._trouble.call(lambda: list(self._tx.answers(sql, params))))

    def run(self, sql: str, params: Params = NO_PARAMS) -> int:
        return self._trouble.call(lambda: self._tx.run(sql, params))

    def run_many(self, sql: str, many: Sequence[Params]) -> int:
        return self._trouble.call(lambda: self._tx.run_many(sql, many))

    def insert_rows(self, into: Insert, rows: Sequence[Values]) -> int:
        return self._trouble.call(lambda: self._tx.insert_rows(into, rows))


class FaultySnapshot:
    """A `Snapshot` of which any call may fail."""

    def __init__(self, seen: Snapshot, trouble: Trouble) -> None:
        self._seen = seen
        self._trouble = trouble

    def rows(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        return self._trouble.call(lambda: self._seen.rows(sql, params))

    def row(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        return self._trouble.call(lambda: self._seen.row(sql, params))

    def answers(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Answer]:
        return iter(self._trouble.call(lambda: list(self._seen.answers(sql, params))))

    def stream(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Row]:
        return iter(self._trouble.call(lambda: list(self._seen.stream(sql, params))))


class FaultyStore:
    """A `Database` around another, of which any call may fail."""

    def __init__(self, db: Database, trouble: Trouble) -> None:
        self._db = db
        self._depth = 0
        self.trouble = trouble

    def rows(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        return self.trouble.call(lambda: self._db.rows(sql, params))

    def row(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        return self.trouble.call(lambda: self._db.row(sql, params))

    def answers(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Answer]:
        return iter(self.trouble.call(lambda: list(self._db.answers(sql, params))))

    def stream(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Row]:
        return iter(self.trouble.call(lambda: list(self._db.stream(sql, params))))

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        self.trouble.call(lambda: None)
        with self._db.snapshot() as seen:
            yield FaultySnapshot(seen, self.trouble)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Its beginning is a call, and its end, which makes it last."""
        self.trouble.call(lambda: None)
        self._depth += 1
        try:
            with self._db.transaction() as tx:
                yield FaultyTransaction(tx, self.trouble)
                self.trouble.begin()
                if self._depth == 1:
                    self.trouble.commits += (self.trouble.calls,)
            self.trouble.end()
        finally:
            self._depth -= 1

    def close(self) -> None:
        self._db.close()
