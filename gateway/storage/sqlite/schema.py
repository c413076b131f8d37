"""Migrations: every table of the store, brought up to date whole or not at all.

All pending migrations run in one transaction under the write lock, so a second
process that opens the same file waits, then finds nothing left to do. A file that
knows migrations we do not know was written by a newer version: we keep off.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations

from gateway.kernel.errors import Misconfigured
from gateway.storage.sqlite.faults import raised
from gateway.storage.sqlite.migrations import ALL

KNOWN_TO = Migrations.migrations_table


@dataclass(frozen=True, slots=True)
class SchemaState:
    """How far a store's tables have come.

    Attributes:
        applied: Migrations in the store, as `room/name`, in the order applied.
        pending: Migrations of ours that it lacks, in the order to apply.
        unknown: Migrations it has and we do not know.
    """

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]


def schema_state(
    connection: sqlite3.Connection, *, migrations: Sequence[Migrations] = ALL
) -> SchemaState:
    """Compare what a store has with what we know; reads only."""
    ours = _known(migrations)
    applied = _applied(connection)
    return SchemaState(
        applied=applied,
        pending=tuple(step for step in ours if step not in applied),
        unknown=tuple(step for step in applied if step not in ours),
    )


def apply_pending(
    connection: sqlite3.Connection,
    *,
    place: str,
    migrations: Sequence[Migrations] = ALL,
) -> tuple[str, ...]:
    """Bring the tables up to date.

    Args:
        connection: Writing, guarded, outside a transaction.
        place: The store's name for messages.
        migrations: Which; all of ours by default.

    Returns:
        What was applied, as `room/name`.

    Raises:
        Misconfigured: the store is newer than we are, or not ours.
    """
    try:
        if not _checked(connection, place, migrations):
            return ()
        connection.execute("BEGIN IMMEDIATE")
        try:
            pending = _checked(connection, place, migrations)
            tables = Tables(connection, execute_plugins=False)
            for each in migrations:
                each.apply(tables)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except sqlite3.Error as fault:
        raise raised(fault) from fault
    return pending


def _checked(
    connection: sqlite3.Connection, place: str, migrations: Sequence[Migrations]
) -> tuple[str, ...]:
    state = schema_state(connection, migrations=migrations)
    if state.unknown:
        detail = (
            f"database {place} was written by a newer version"
            f" (it knows {state.unknown[-1]}); upgrade this gateway"
        )
        raise Misconfigured(detail)
    if not state.applied and _has_tables(connection):
        detail = f"{place} is the database of another program; name another file"
        raise Misconfigured(detail)
    return state.pending


def _known(migrations: Sequence[Migrations]) -> tuple[str, ...]:
    empty = Tables(memory=True, execute_plugins=False)
    try:
        return tuple(
            f"{each.name}/{step.name}"
            for each in migrations
            for step in each.pending(empty)
        )
    finally:
        empty.close()


def _applied(connection: sqlite3.Connection) -> tuple[str, ...]:
    if not _has_tables(connection, KNOWN_TO):
        return ()
    sql = f'SELECT migration_set, name FROM "{KNOWN_TO}" ORDER BY id'  # noqa: S608 - our constant
    return tuple(f"{room}/{name}" for room, name in connection.execute(sql))


def _has_tables(connection: sqlite3.Connection, name: str = "*") -> bool:
    sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name GLOB ? LIMIT 1"
    return connection.execute(sql, (name,)).fetchone() is not None
