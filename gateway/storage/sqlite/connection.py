"""The one factory of SQLite connections, so that no guard is ever forgotten.

`recursive_triggers` matters most: without it `INSERT OR REPLACE` skips DELETE
triggers and silently rewrites rows that are append-only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.kernel.errors import Misconfigured
from gateway.storage.database import NO_PARAMS, Answer, Params, Row
from gateway.storage.sqlite.faults import raised

MEMORY = ":memory:"
BUSY_TIMEOUT_S = 5
STATEMENTS_MAX = 256
# 16 MiB: a page that many commits touch goes to the file once, not every time.
CHECKPOINT_PAGES = 4_096
GUARDS: Mapping[str, int] = {
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "synchronous": 2,  # FULL: an acknowledged commit survives a power cut
    "busy_timeout": BUSY_TIMEOUT_S * 1000,
    "trusted_schema": 0,
}


def connect(path: Path | str, *, is_reader: bool = False) -> sqlite3.Connection:
    """Open a guarded connection in write-ahead mode.

    Args:
        path: A file, made with mode 0600 if missing, or `:memory:`.
        is_reader: Refuse every write on this connection.

    Raises:
        Misconfigured: the folder is missing, or the file is no database.
        Unavailable: the file cannot be opened now.
    """
    if str(path) != MEMORY:
        _make_private(Path(path))
    try:
        connection = sqlite3.connect(
            str(path),
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,  # we begin and commit ourselves
            check_same_thread=False,  # handed from thread to thread, never shared
            cached_statements=STATEMENTS_MAX,
        )
        try:
            _guard(connection, is_reader=is_reader)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as fault:
        raise raised(fault) from fault
    return connection


def read(
    connection: sqlite3.Connection, sql: str, params: Params = NO_PARAMS
) -> list[Row]:
    """Every row that answers *sql*, as mappings."""
    try:
        cursor = connection.execute(sql, params)
        names = columns(cursor)
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    except sqlite3.Error as fault:
        raise raised(fault) from fault


def answers(
    connection: sqlite3.Connection, sql: str, params: Params = NO_PARAMS
) -> Iterator[Answer]:
    """Rows as plain tuples, one after the other."""
    cursor = connection.cursor()
    try:
        yield from cursor.execute(sql, params)
    except sqlite3.Error as fault:
        raise raised(fault) from fault
    finally:
        cursor.close()  # or its snapshot would live on in the pool


def columns(cursor: sqlite3.Cursor) -> Sequence[str]:
    """The names of the columns that a cursor answers with."""
    described: Sequence[Sequence[Any]] = cursor.description or ()
    return [column[0] for column in described]


def _guard(connection: sqlite3.Connection, *, is_reader: bool) -> None:
    for pragma, value in GUARDS.items():
        connection.execute(f"PRAGMA {pragma}={value}")
    for pragma in ("foreign_keys", "recursive_triggers"):
        if connection.execute(f"PRAGMA {pragma}").fetchone()[0] != 1:
            detail = f"this SQLite cannot switch on {pragma}; install a complete one"
            raise Misconfigured(detail)
    if is_reader:
        connection.execute("PRAGMA query_only=1")
    else:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")


def _make_private(path: Path) -> None:
    """Make the file ourselves: it will hold who read what, and who owes what."""
    if not path.parent.is_dir():
        detail = f"the store's folder {path.parent} does not exist; make it first"
        raise Misconfigured(detail)
    try:
        path.touch(mode=0o600, exist_ok=True)
    except PermissionError:
        if not path.exists():
            detail = f"the store {path} cannot be made; give us the right to write"
            raise Misconfigured(detail) from None
