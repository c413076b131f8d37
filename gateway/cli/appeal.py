"""copyfair appeal: what people said about an answer of ours."""

from __future__ import annotations

import click

from gateway.bootstrap import opened
from gateway.cli.screen import console, counted, emit, json_option
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.settings import Settings
from gateway.storage.stores.appeal_store import StoredAppeals
from gateway.telemetry.legible import legible

LINE_CHARS_MAX = 2_000


@click.group()
def appeal() -> None:
    """Appeals: read what people said about a refusal."""


@appeal.command("list")
@config_option
@json_option
def list_(settings: Settings, *, as_json: bool) -> None:
    """List every appeal, oldest first."""
    with opened(settings) as house:
        rows = StoredAppeals(house.store).all()
    listed = [
        {
            "appeal_id": row["id"],
            "received_at": iso(row["received_us"]),
            "request_id": row["request_id"],
            "contact": row["contact"],
            "text": row["text"],
        }
        for row in rows
    ]
    if as_json:
        emit("appeals", {"appeals": listed})
        return
    for one in listed:
        about = [one["received_at"], one["appeal_id"], one["request_id"]]
        _print("  ".join(part for part in (*about, one["contact"]) if part))
        for line in one["text"].splitlines():
            _print(f"  {line}")
    console().print(counted(len(listed), "appeal"))


def _print(line: str) -> None:
    """A stranger wrote it, and a terminal may obey what it holds."""
    console().print(legible(line, chars_max=LINE_CHARS_MAX), markup=False)
