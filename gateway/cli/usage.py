"""copyfair usage: what was metered, added up or event by event."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from gateway.bootstrap import opened
from gateway.bootstrap.exporting import write_parquet
from gateway.cli.amounts import spelled_bytes
from gateway.cli.screen import console, emit, json_option, say, table
from gateway.cli.setup import config_option
from gateway.kernel.period import parse_period
from gateway.settings import Settings

OUT = click.Path(path_type=Path, dir_okay=False)
PERIOD_HELP = "A month (2026-11) or a year (2026); everything without."


@click.group()
def usage() -> None:
    """What was metered."""


@usage.command()
@click.option("--period", default="", help=PERIOD_HELP)
@click.option("--agreement", "agreement_id", default="", help="Only this agreement.")
@config_option
@json_option
def report(
    settings: Settings, *, period: str, agreement_id: str, as_json: bool
) -> None:
    """Add usage up by party, agreement, collection and tariff."""
    with opened(settings) as house:
        document = house.usage_reports.report(
            period=parse_period(period) if period else None, agreement_id=agreement_id
        )
        names = {one.id: one.name for one in house.parties.list()}
    if as_json:
        emit("usage-report", document)
        return
    table(
        ("party", "collection", "tariff", "events", "bytes"),
        [
            (
                names.get(group["party_id"], group["party_id"]),
                group["collection"],
                group["tariff"],
                group["events"],
                spelled_bytes(group["bytes"]),
            )
            for group in document["by"]
        ],
    )
    console().print(
        f"{document['events']} events, {document['bytes']} bytes", markup=False
    )


@usage.command()
@click.option("--period", default="", help=PERIOD_HELP)
@click.option("--agreement", "agreement_id", default="", help="Only this agreement.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "json", "csv", "parquet"]),
    default="jsonl",
    help="JSON lines, one JSON document, a table for spreadsheets, or Parquet.",
    show_default=True,
)
@click.option("--out", type=OUT, help="Write to this file, not to standard output.")
@config_option
def export(
    settings: Settings, *, period: str, agreement_id: str, form: str, out: Path | None
) -> None:
    """Write every usage event, in the order of recording; memory stays the same.

    The columns are described in docs/reference/usage-export.md.

    \b
    Example:  copyfair usage export --period 2026-11 --format csv --out november.csv
    """
    span = parse_period(period) if period else None
    if form == "parquet" and out is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is nothing for a terminal; say --out FILE")
    with opened(settings) as house, _stream(out) as stream:
        reports = house.usage_reports
        if form == "parquet":
            events = reports.events(period=span, agreement_id=agreement_id)
            write_parquet(events, stream)
            return
        written: dict[str, Callable[..., Iterator[str]]] = {
            "jsonl": reports.json_lines,
            "json": reports.json_document,
            "csv": reports.csv_lines,
        }
        for text in written[form](period=span, agreement_id=agreement_id):
            stream.write(text.encode())


@contextmanager
def _stream(out: Path | None) -> Iterator[BinaryIO]:
    """Where an export goes: a file that is whole or not there, or standard output."""
    if out is None:
        stream = sys.stdout.buffer
        yield stream
        stream.flush()
        return
    unfinished = out.with_name(f".{out.name}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    say(f"{out}: {out.stat().st_size} bytes")
