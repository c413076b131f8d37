"""copyfair db: the store, online."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from gateway.bootstrap import open_store_of
from gateway.cli.screen import console, counted, emit, json_option
from gateway.cli.setup import config_option
from gateway.kernel.errors import Misconfigured
from gateway.settings import Settings
from gateway.storage.engines import engine_of
from gateway.storage.health import Health


@click.group()
def db() -> None:
    """The store: bring up to date, check, copy, put back."""


@db.command()
@config_option
@json_option
def migrate(settings: Settings, *, as_json: bool) -> None:
    """Bring the tables up to date; a second time changes nothing."""
    with closing(open_store_of(settings, migrate=False)) as store:
        applied = engine_of(settings.store).apply_migrations(store)
    if as_json:
        emit("db-migrate", {"applied": list(applied)})
    else:
        console().print(f"{counted(len(applied), 'step')} applied", markup=False)


@db.command()
@config_option
@json_option
def check(settings: Settings, *, as_json: bool) -> int:
    """Examine the store while it is in use; exit status 1 when it is not whole."""
    try:
        with closing(open_store_of(settings, migrate=False)) as store:
            health = engine_of(settings.store).check(store)
    except Misconfigured as fault:
        health = Health((fault.detail,), version="", applied=0, pending=())
    return _report("db-check", health, as_json=as_json)


@db.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@config_option
@json_option
def backup(settings: Settings, *, target: Path, as_json: bool) -> int:
    """Copy the store to TARGET while it is in use, and examine the copy."""
    with closing(open_store_of(settings, migrate=False)) as store:
        health = engine_of(settings.store).backup(store, target)
    return _report("db-backup", health, as_json=as_json)


@db.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@config_option
@json_option
def restore(settings: Settings, *, source: Path, as_json: bool) -> int:
    """Put the backup SOURCE in the place of everything the store holds.

    A store that is damaged cannot be opened: move its file aside first.
    """
    with closing(open_store_of(settings, migrate=False)) as store:
        health = engine_of(settings.store).restore(store, source)
    return _report("db-restore", health, as_json=as_json)


def _report(schema: str, health: Health, *, as_json: bool) -> int:
    is_whole = not health.faults
    if as_json:
        document = {
            "ok": is_whole,
            "faults": list(health.faults),
            "version": health.version,
            "applied": health.applied,
            "pending": list(health.pending),
        }
        emit(schema, document)
    else:
        for fault in health.faults:
            console().print(f"fault: {fault}", markup=False)
        console().print(
            f"{'whole' if is_whole else 'not whole'}; "
            f"schema {health.version or 'none'}, {counted(health.applied, 'step')} "
            f"applied, {len(health.pending)} pending",
            markup=False,
        )
    return 0 if is_whole else 1
