"""SQLite as a `Database`: one writer, any number of readers, one file.

Writers queue on a lock of ours and then take SQLite's write lock at once (BEGIN
IMMEDIATE), so nothing is ever upgraded and nothing deadlocks. Readers each borrow
a connection and see the last commit. A transaction inside a transaction of the
same thread is a savepoint: it fails alone, and lasts only if the outer one does.

In memory (for tests) there is one connection that everybody takes turns on.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.storage.database import (
    NO_PARAMS,
    Answer,
    Database,
    Insert,
    Params,
    Row,
    Values,
)
from gateway.storage.sqlite.blocks import in_blocks
from gateway.storage.sqlite.connection import (
    BUSY_TIMEOUT_S,
    MEMORY,
    answers,
    columns,
    connect,
    read,
)
from gateway.storage.sqlite.faults import raised
from gateway.storage.sqlite.parameters import by_number
from gateway.storage.sqlite.schema import apply_pending

IDLE_READERS_MAX = 8
STREAM_ROWS = 500


class SqliteTransaction:
    """Reads and writes on the one writing connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        """Every row that answers *sql*, own writes included."""
        return read(self._connection, sql, params)

    def row(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        """The first row, or None."""
        return next(iter(self.rows(sql, params)), None)

    def answers(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Answer]:
        """Rows as plain tuples, own writes included."""
        return answers(self._connection, sql, params)

    def run(self, sql: str, params: Params = NO_PARAMS) -> int:
        """Run one statement; the number of rows it touched."""
        assert_open(self._connection)
        try:
            return self._connection.execute(sql, params).rowcount
        except sqlite3.Error as fault:
            raise raised(fault) from fault

    def run_many(self, sql: str, many: Sequence[Params]) -> int:
        """Run one statement for each mapping; the number of rows touched."""
        assert_open(self._connection)
        try:
            numbered, pick = by_number(sql)
            return self._connection.executemany(numbered, map(pick, many)).rowcount
        except sqlite3.Error as fault:
            raise raised(fault) from fault

    def insert_rows(self, into: Insert, rows: Sequence[Values]) -> int:
        """Insert many rows at once; the number of rows that are new."""
        assert_open(self._connection)
        try:
            return sum(
                self._connection.execute(statement, values).rowcount
                for statement, values in in_blocks(into, rows)
            )
        except sqlite3.Error as fault:
            raise raised(fault) from fault


class SqliteSnapshot:
    """Reads on one connection, all of one instant."""

    def __init__(self, connection: sqlite3.Connection, *, is_shared: bool) -> None:
        self._connection = connection
        self._is_shared = is_shared

    def rows(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        """Every row that answers *sql*."""
        return read(self._connection, sql, params)

    def row(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        """The first row, or None."""
        return next(iter(self.rows(sql, params)), None)

    def answers(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Answer]:
        """Rows as plain tuples, in constant memory."""
        return answers(self._connection, sql, params)

    def stream(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Row]:
        """Rows one after the other, in constant memory; in memory all at once."""
        if self._is_shared:
            yield from self.rows(sql, params)
            return
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql, params)
            names = columns(cursor)
            while values := cursor.fetchmany(STREAM_ROWS):
                yield from (dict(zip(names, each, strict=True)) for each in values)
        except sqlite3.Error as fault:
            raise raised(fault) from fault
        finally:
            cursor.close()  # or its snapshot would live on in the pool


class SqliteDatabase:
    """One SQLite file, or a database in memory."""

    def __init__(self, path: Path | str) -> None:
        self.path = path
        self.is_in_memory = str(path) == MEMORY
        self.writer = connect(path)
        self._turn = threading.RLock()
        self._depth = 0
        self._is_closed = False
        self._idle: deque[sqlite3.Connection] = deque()

    def rows(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        """Every row that answers *sql*, as of the last commit."""
        with self.reading() as connection:
            return read(connection, sql, params)

    def row(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        """The first row, or None."""
        return next(iter(self.rows(sql, params)), None)

    def answers(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Answer]:
        """Rows as plain tuples, in constant memory, all of one instant."""
        with self.reading() as connection:
            yield from answers(connection, sql, params)

    def stream(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Row]:
        """Rows one after the other, in constant memory, all of one instant."""
        if self.is_in_memory:
            yield from self.rows(sql, params)
            return
        with self.reading() as connection:
            yield from SqliteSnapshot(connection, is_shared=False).stream(sql, params)

    @contextmanager
    def snapshot(self) -> Iterator[SqliteSnapshot]:
        """Read at one instant; neither stops a writer nor waits for one.

        In memory there is one connection: whoever reads has it alone meanwhile.

        Raises:
            Unavailable: the store does not answer.
        """
        with self.reading() as connection:
            if self.is_in_memory:
                yield SqliteSnapshot(connection, is_shared=True)
                return
            try:
                connection.execute("BEGIN DEFERRED")
                yield SqliteSnapshot(connection, is_shared=False)
            except sqlite3.Error as fault:
                raise raised(fault) from fault
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Begin a write transaction; commit on leaving, roll back on error.

        Raises:
            Conflict: a constraint says no.
            Unavailable: the store cannot write now (locked, full, gone).
        """
        with self.turn() as connection:
            if self._depth:
                assert_open(connection)
            begin, commit, undo = _statements(self._depth)
            self._command(begin)
            self._depth += 1
            try:
                yield SqliteTransaction(connection)
                assert_open(connection)
                self._command(commit)
            except BaseException:
                for statement in undo if connection.in_transaction else ():
                    connection.execute(statement)
                raise
            finally:
                self._depth -= 1

    @contextmanager
    def turn(self) -> Iterator[sqlite3.Connection]:
        """The writing connection, alone; for transactions and maintenance.

        Raises:
            Unavailable: somebody else in this process keeps it too long.
        """
        if not self._turn.acquire(timeout=BUSY_TIMEOUT_S):
            detail = "the store is busy with a long write; try again"
            raise Unavailable(detail, retry_after_s=BUSY_TIMEOUT_S)
        try:
            yield self.writer
        finally:
            self._turn.release()

    def close(self) -> None:
        """Release everything; the store may not be used afterwards."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()
        with self._turn:
            self.writer.close()

    def _command(self, statement: str) -> None:
        try:
            self.writer.execute(statement)
        except sqlite3.Error as fault:
            raise raised(fault) from fault

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that only reads; the writing one, in turns, in memory."""
        if self.is_in_memory:
            with self.turn() as connection:
                yield connection
            return
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = connect(self.path, is_reader=True)
        try:
            yield connection
        finally:
            if len(self._idle) < IDLE_READERS_MAX and not self._is_closed:
                self._idle.append(connection)
            else:
                connection.close()


def open_sqlite(path: Path | str, *, migrate: bool = True) -> SqliteDatabase:
    """Open a store and bring its tables up to date.

    Args:
        path: A file whose folder exists, or `:memory:`.
        migrate: Apply pending migrations; without, only look at what is there.

    Raises:
        Misconfigured: the file is no store of ours, is damaged, or was written by
            a newer version.
        Unavailable: the store cannot be opened now.
    """
    db = SqliteDatabase(path)
    try:
        if migrate:
            apply_migrations(db)
    except BaseException:
        db.close()
        raise
    return db


def apply_migrations(db: Database) -> tuple[str, ...]:
    """Bring a store's tables up to date; what was applied, as `room/name`.

    Raises:
        Misconfigured: the store is newer than we are, or not ours.
        Unavailable: it cannot be written now.
    """
    store = sqlite_of(db)
    with store.turn() as connection:
        return apply_pending(connection, place=str(store.path))


def sqlite_of(db: Database) -> SqliteDatabase:
    """The engine behind a database, for work that only this engine can do.

    Raises:
        InvalidValue: *db* belongs to another engine.
    """
    if not isinstance(db, SqliteDatabase):
        raise InvalidValue("this store is not kept in SQLite")
    return db


def assert_open(connection: sqlite3.Connection) -> None:
    """A full disk undoes a whole transaction at once; nothing may slip in after it.

    Raises:
        Unavailable: the transaction we believe to be in is gone.
    """
    if not connection.in_transaction:
        raise Unavailable("the store undid this transaction; try again")


def _statements(depth: int) -> tuple[str, str, tuple[str, ...]]:
    """How to begin, commit and undo at a depth of nesting."""
    if depth == 0:
        return "BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)
    name = f"inner_{depth}"
    undo = (f"ROLLBACK TO {name}", f"RELEASE {name}")
    return f"SAVEPOINT {name}", f"RELEASE {name}", undo
