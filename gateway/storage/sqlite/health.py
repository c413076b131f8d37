"""Is the store sound? Whole pages, references that hold, tables up to date."""

from __future__ import annotations

import sqlite3

from gateway.storage.database import Database
from gateway.storage.health import Health
from gateway.storage.sqlite.engine import sqlite_of
from gateway.storage.sqlite.faults import raised
from gateway.storage.sqlite.schema import schema_state

FAULTS_MAX = 20  # of each kind; one is reason enough to act


def check(db: Database) -> Health:
    """Examine a store while it is in use; reads every page.

    Raises:
        Unavailable: the store cannot be read now.
    """
    with sqlite_of(db).reading() as connection:
        return check_connection(connection)


def check_connection(connection: sqlite3.Connection) -> Health:
    """As `check`, for any connection; used on copies before they are trusted."""
    try:
        pages = connection.execute(f"PRAGMA integrity_check({FAULTS_MAX})").fetchall()
        lost = connection.execute("PRAGMA foreign_key_check").fetchmany(FAULTS_MAX)
        state = schema_state(connection)
    except sqlite3.Error as fault:
        raise raised(fault) from fault
    faults = [str(page) for (page,) in pages if page != "ok"]
    faults += [
        f"row {row} of {table} refers to a lost {to}" for table, row, to, _ in lost
    ]
    faults += [f"unknown migration {name}" for name in state.unknown]
    return Health(
        faults=tuple(faults),
        version=state.applied[-1] if state.applied else "",
        applied=len(state.applied),
        pending=state.pending,
    )
