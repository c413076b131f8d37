"""copyfair data: signed, dated snapshots of agents and ranges."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from gateway.bootstrap import SystemClock
from gateway.bootstrap.shipped import policies_of
from gateway.cli.screen import console, emit, json_option, say, table
from gateway.cli.setup import config_option
from gateway.credentials.private_file import read_private
from gateway.credentials.signed_note import NoteKey, opened, signed
from gateway.credentials.signing_key import SigningKey
from gateway.fetch.document import Documents
from gateway.fetch.pinned import Refused
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue, Misconfigured, Unavailable
from gateway.policy_files.snapshots import (
    BYTES_MAX,
    current,
    laid_in,
    listed,
    put_in_force,
    snapshot_in,
    snapshot_of,
    written_snapshot,
)
from gateway.settings import Settings

FETCH_TIMEOUT_S = 60.0
NO_KEY = (
    "gateway.yaml pins no key; write data_key: name+hash+base64, as the publisher of "
    "the snapshots tells it, and have it from another place than the snapshot"
)


@click.group()
def data() -> None:
    """Snapshots of known agents and published ranges."""


@data.command()
@click.option("--from", "source", required=True, metavar="FILE|URL", help="A snapshot.")
@config_option
@json_option
def update(settings: Settings, *, source: str, as_json: bool) -> int:
    """Put a signed snapshot in force; a running gateway uses it without a restart.

    It must be signed with the key that gateway.yaml pins (`data_key`), be no older
    than the one in force and of no day to come, hold no range wider than /8 (IPv6 /19)
    nor more than four such ones in a list, and load together with the set-up's own
    files, which stand before it. Otherwise nothing changes.

    \b
    Exit status: 0 in force · 1 not of its time · 2 refused · 69 not there
    Example:
      copyfair data update --from agents-2026-11-27.note
    """
    if settings.data_key is None:
        raise Misconfigured(NO_KEY)
    note = _fetched(settings, source) if "://" in source else _read(Path(source))
    snapshot = snapshot_in(opened(note, settings.data_key))
    place, before = settings.data_folder, current(settings.data_folder)
    place.mkdir(parents=True, exist_ok=True)
    today = datetime.fromtimestamp(SystemClock().now_us() / US_PER_S, UTC).date()
    folder = laid_in(place, snapshot, today=today)
    try:
        policies = policies_of(settings, snapshot=folder)
    except Exception:
        if folder != before:
            shutil.rmtree(folder)
        raise
    put_in_force(place, folder)
    told = {
        "snapshot": folder.name,
        "taken_on": snapshot.taken_on.isoformat(),
        "agents": len(policies.agents),
        "ranges": len(policies.ranges.lists),
    }
    if as_json:
        emit("data-update", told)
    else:
        console().print(
            f"{folder.name} is in force: {told['agents']} agents and "
            f"{told['ranges']} lists of ranges are known",
            markup=False,
        )
    return 0


@data.command(name="list")
@config_option
@json_option
def list_(settings: Settings, *, as_json: bool) -> None:
    """Which snapshots there are, and which is in force."""
    now = current(settings.data_folder)
    rows = [_row(folder, is_current=folder == now) for folder in _folders(settings)]
    if as_json:
        emit("data-list", {"snapshots": rows})
        return
    if not rows:
        say("There is no snapshot; what is shipped counts.")
        return
    table(
        ("taken on", "in force", "agents", "ranges", "snapshot"),
        [
            (
                row["taken_on"],
                "yes" if row["in_force"] else "",
                str(row["agents"]),
                str(row["ranges"]),
                row["snapshot"],
            )
            for row in rows
        ],
    )


@data.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key", "key_file", required=True, type=Path, help="Ed25519, PEM, 0600.")
@click.option("--name", required=True, help="Of the key, as others pin it.")
@click.option("--on", "taken_on", required=True, help="The day it was taken.")
@click.option("--out", required=True, type=Path, help="Where the snapshot is written.")
@json_option
def sign(folder: Path, *, out: Path, as_json: bool, **told: Any) -> None:
    """Publish the agents and ranges of a policies FOLDER as a signed snapshot.

    Prints the key that others pin.

    \b
    Example:
      copyfair data sign policies --key data.pem --name archive.example/data \\
          --on 2026-11-27 --out agents-2026-11-27.note
    """
    key_file, name = told["key_file"], told["name"]
    key = SigningKey.from_pem(read_private(key_file), place=str(key_file))
    try:
        day = date.fromisoformat(told["taken_on"])
    except ValueError:
        raise InvalidValue("--on takes a day such as 2026-11-27") from None
    note = signed(written_snapshot(snapshot_of(folder, day)), name, key.private)
    out.write_text(note, encoding="utf-8")
    pinned = str(NoteKey(name, key.public))
    if as_json:
        emit("data-sign", {"file": str(out), "data_key": pinned})
    else:
        console().print(pinned, markup=False, soft_wrap=True)


def _folders(settings: Settings) -> list[Path]:
    return [folder.resolve() for folder in listed(settings.data_folder)]


def _row(folder: Path, *, is_current: bool) -> dict[str, Any]:
    def count(kind: str) -> int:
        return len(list((folder / kind).glob("*.yaml")))

    return {
        "snapshot": folder.name,
        "taken_on": folder.name[:10],
        "in_force": is_current,
        "agents": count("agents"),
        "ranges": count("ranges"),
    }


def _read(file: Path) -> str:
    with file.open("rb") as content:
        raw = content.read(BYTES_MAX + 1)
    return _text(raw, str(file))


def _fetched(settings: Settings, url: str) -> str:
    async def fetch() -> bytes:
        documents = Documents(
            allows_loopback=settings.evidence.loopback,
            bytes_max=BYTES_MAX,
            timeout_s=FETCH_TIMEOUT_S,
        )
        try:
            return (await documents(url)).body
        finally:
            await documents.close()

    try:
        return _text(asyncio.run(fetch()), url)
    except Refused as refused:
        detail = (
            f"{url} cannot be had ({refused.reason}); it takes https and no redirect"
        )
        raise Unavailable(detail) from None


def _text(raw: bytes, place: str) -> str:
    if len(raw) > BYTES_MAX:
        detail = f"{place} is longer than {BYTES_MAX} bytes"
        raise InvalidValue(detail)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        detail = f"{place} is no text"
        raise InvalidValue(detail) from None
