"""Which engine keeps a store: a table from URL scheme to engine, in plain sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from gateway.kernel.errors import Misconfigured
from gateway.storage.database import Database
from gateway.storage.health import Health
from gateway.storage.sqlite.connection import MEMORY
from gateway.storage.sqlite.copies import backup, restore
from gateway.storage.sqlite.engine import apply_migrations, open_sqlite
from gateway.storage.sqlite.health import check


@dataclass(frozen=True, slots=True)
class Engine:
    """What every engine can do with a store.

    Attributes:
        open: The place behind `scheme://` and the folder relative places start
            from → a database. By keyword `migrate=False`: leave the tables as
            they are.
        apply_migrations: Bring the tables up to date; what was applied.
        check: Examine the store while it is in use.
        backup: Copy it to a new file.
        restore: Put a backup in the place of everything it holds.
    """

    open: Callable[[str, Path, bool], Database]
    apply_migrations: Callable[[Database], tuple[str, ...]]
    check: Callable[[Database], Health]
    backup: Callable[[Database, Path], Health]
    restore: Callable[[Database, Path], Health]


def _open_sqlite_at(place: str, folder: Path, migrate: bool) -> Database:  # noqa: FBT001 - the table fixes the shape
    path = place.removeprefix("/")
    if path in {"", MEMORY}:
        return open_sqlite(MEMORY, migrate=migrate)
    return open_sqlite(folder / path, migrate=migrate)


ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "sqlite": Engine(
            open=_open_sqlite_at,
            apply_migrations=apply_migrations,
            check=check,
            backup=backup,
            restore=restore,
        ),
    }
)


def engine_of(url: str) -> Engine:
    """The engine that a store's URL names.

    Raises:
        Misconfigured: no engine has that scheme.
    """
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in ENGINES:
        known = ", ".join(f"{each}://…" for each in ENGINES)
        detail = f"store: {scheme!r} names no kind of store; known: {known}"
        raise Misconfigured(detail)
    return ENGINES[scheme]


def open_store(url: str, *, folder: Path, migrate: bool = True) -> Database:
    """Open a store by its URL.

    Args:
        url: `sqlite:///usage.db` (relative), `sqlite:////var/lib/copyfair/usage.db`
            (absolute) or `sqlite://` (in memory, gone at the end).
        folder: Where relative places start.
        migrate: Apply pending migrations.

    Raises:
        Misconfigured: unknown scheme, missing folder, damaged or newer store.
        Unavailable: the store cannot be opened now.
    """
    place = url.partition("://")[2]
    return engine_of(url).open(place, folder, migrate)
