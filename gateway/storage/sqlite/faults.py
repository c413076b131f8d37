"""What an error of SQLite means to the gateway: the one table of it.

A constraint or a trigger that says no is a `Conflict`. A store that cannot write
now (locked, full, gone, read-only) is `Unavailable` and comes back by itself. A
file that is damaged, or no database at all, needs an operator. Anything else is a
bug of ours and passes through unchanged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType

from gateway.kernel.errors import Conflict, GatewayError, Misconfigured, Unavailable

PRIMARY_CODE = 0xFF  # the low byte of an extended result code, sqlite.org/rescode.html

PASSING: Mapping[int, str] = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: "the store is locked by another writer; try again",
        sqlite3.SQLITE_LOCKED: "the store is locked by another writer; try again",
        sqlite3.SQLITE_PROTOCOL: "the store is locked by somebody else; try again",
        sqlite3.SQLITE_FULL: "the store has no room left; free space on its disk",
        sqlite3.SQLITE_IOERR: "the store's disk does not answer; look at the disk",
        sqlite3.SQLITE_READONLY: "the store is read-only; give us the right to write",
        sqlite3.SQLITE_CANTOPEN: "the store cannot be opened; look at its folder",
        sqlite3.SQLITE_PERM: "the store may not be used; give us the right to",
        sqlite3.SQLITE_NOMEM: "the store ran out of memory; try again",
        sqlite3.SQLITE_INTERRUPT: "the store was interrupted; try again",
    }
)
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
SAME = frozenset(
    {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
)
RETRY_AFTER_S = 5


def meaning(fault: sqlite3.Error) -> GatewayError | None:
    """The gateway's word for an error of SQLite; None when it is a bug of ours."""
    code = getattr(fault, "sqlite_errorcode", 0)
    primary = code & PRIMARY_CODE
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return Conflict(_refusal(code, str(fault)))
    if primary in PASSING:
        return Unavailable(PASSING[primary], retry_after_s=RETRY_AFTER_S)
    if primary in DAMAGED:
        detail = (
            "the store's file is damaged or no database;"
            " bring a backup back with `copyfair db restore`"
        )
        return Misconfigured(detail)
    return None


def raised(fault: sqlite3.Error) -> Exception:
    """What to raise for *fault*: its meaning, or the fault itself."""
    return meaning(fault) or fault


def _refusal(code: int, message: str) -> str:
    what = message.partition(": ")[2] or message
    if code in SAME:
        return f"the store already holds another record with the same {what}"
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return "the record refers to something that is not in the store"
    return f"the store refuses this: {what}"
