"""Backup and restore while the gateway runs, each verified before it counts."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.kernel.errors import Conflict, Misconfigured, NotFound
from gateway.storage.database import Database
from gateway.storage.health import Health
from gateway.storage.sqlite.connection import connect
from gateway.storage.sqlite.engine import sqlite_of
from gateway.storage.sqlite.faults import raised
from gateway.storage.sqlite.health import check_connection
from gateway.storage.sqlite.schema import apply_pending

PAGES_PER_STEP = 1_000  # writers get their turn between steps


def backup(db: Database, target: Path) -> Health:
    """Copy the store to a new file, as of one instant.

    The copy is made beside the target, examined, forced to disk and only then
    given its name: a file of that name is always a whole backup.

    Raises:
        Conflict: *target* exists; backups are never overwritten.
        Misconfigured: the copy is not sound, or its folder is missing.
        Unavailable: there is no room for it.
    """
    if target.exists():
        detail = f"{target} exists; name a new file for the backup"
        raise Conflict(detail)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with sqlite_of(db).reading() as source, closing(connect(partial)) as copy:
            _copy(source, copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
            health = _sound(copy, target)
        _force_to_disk(partial)
        partial.rename(target)
        _force_to_disk(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return health


def restore(db: Database, source: Path) -> Health:
    """Put a backup in the place of everything the store holds, in one transaction.

    Raises:
        NotFound: there is no file *source*.
        Misconfigured: *source* is not sound, or was written by a newer version.
        Unavailable: the store cannot be written now.
    """
    if not source.is_file():
        detail = f"there is no backup {source}; name the file `db backup` wrote"
        raise NotFound(detail)
    store = sqlite_of(db)
    uri = f"{source.absolute().as_uri()}?immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as saved, store.turn() as writer:
        health = _sound(saved, source)
        _copy(saved, writer)
        writer.execute("PRAGMA journal_mode=WAL")
        apply_pending(writer, place=str(store.path))
        return health


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    try:
        source.backup(target, pages=PAGES_PER_STEP)
    except sqlite3.Error as fault:
        raise raised(fault) from fault


def _sound(connection: sqlite3.Connection, place: Path) -> Health:
    try:
        health = check_connection(connection)
    except Misconfigured:
        detail = f"{place} cannot be trusted: it is damaged or no database"
        raise Misconfigured(detail) from None
    if not health.is_sound or not health.applied:
        why = health.faults[0] if health.faults else "it holds no store of ours"
        detail = f"{place} cannot be trusted: {why}"
        raise Misconfigured(detail)
    return health


def _force_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
