"""copyfair usage: what was metered, added up or event by event."""

from __future__ import annotations

import click

from gateway.bootstrap import opened
from gateway.cli.amounts import spelled_bytes
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.period import parse_period
from gateway.settings import Settings

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
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    help="JSON lines, or a table for spreadsheets.",
    show_default=True,
)
@config_option
def export(settings: Settings, *, period: str, agreement_id: str, form: str) -> None:
    """Write every usage event to standard output, one per line."""
    span = parse_period(period) if period else None
    with opened(settings) as house:
        reports = house.usage_reports
        lines = reports.json_lines if form == "jsonl" else reports.csv_lines
        for line in lines(period=span, agreement_id=agreement_id):
            click.echo(line, nl=False)
