"""copyfair usage: what was metered, added up or event by event."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from gateway.bootstrap import opened
from gateway.bootstrap.exporting import write_parquet
from gateway.cli.amounts import spelled_bytes
from gateway.cli.names import names_of
from gateway.cli.screen import console, counted, emit, json_option, say, table
from gateway.cli.setup import config_option
from gateway.cli.usage_capture import capture
from gateway.cli.usage_footprint import footprint
from gateway.kernel.clock import iso
from gateway.kernel.period import parse_period
from gateway.services.unbilled import UnbilledReport
from gateway.settings import Settings

OUT = click.Path(path_type=Path, dir_okay=False)
PERIOD_HELP = "A month (2026-11) or a year (2026); everything without."


@click.group()
def usage() -> None:
    """What was metered."""


usage.add_command(capture)
usage.add_command(footprint)


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
        names = names_of(house)
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


@usage.command()
@click.option("--agreement", "agreement_id", default="", help="Only this agreement.")
@config_option
@json_option
def unbilled(settings: Settings, *, agreement_id: str, as_json: bool) -> None:
    """Say what no run took up, and why: requests cut short, and usage that waits.

    A request whose end nobody recorded (the node died) is billed nothing: it is
    counted here, and how much it delivered is not known.
    """
    with opened(settings) as house:
        report = house.unbilled.report(agreement_id)
    if as_json:
        emit("usage-unbilled", _left_document(report))
        return
    table(
        ("agreement", "node", "requests", "state", "first", "last"),
        [
            (
                one.agreement_id,
                one.node,
                one.intents,
                one.state,
                iso(one.first_us),
                iso(one.last_us),
            )
            for one in report.intents
        ],
    )
    table(
        ("agreement", "why", "events", "bytes"),
        [
            (one.agreement_id, one.why.value, one.events, spelled_bytes(one.body_bytes))
            for one in report.usage
        ],
    )
    waiting = sum(one.events for one in report.usage)
    lost = sum(one.intents for one in report.intents if one.state == "orphaned")
    left_out = sum(report.excluded.values())
    console().print(
        f"{counted(waiting, 'event')} waiting, {left_out} taken up for nothing,"
        f" {counted(lost, 'request')} without an end",
        markup=False,
    )


def _left_document(report: UnbilledReport) -> dict[str, Any]:
    return {
        "intents": [
            {
                "agreement_id": one.agreement_id,
                "node": one.node,
                "state": one.state,
                "requests": one.intents,
                "first_at": iso(one.first_us),
                "last_at": iso(one.last_us),
            }
            for one in report.intents
        ],
        "usage": [
            {
                "agreement_id": one.agreement_id,
                "why": one.why.value,
                "events": one.events,
                "bytes": one.body_bytes,
                "billable_bytes": one.billable_bytes,
            }
            for one in report.usage
        ],
        "excluded": report.excluded,
        "carried": [
            {
                "agreement_id": one.agreement_id,
                "net_minor": one.net_minor,
                "currency": one.currency,
            }
            for one in report.carried
        ],
    }


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
