"""copyfair report: aggregates that archives shared, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gateway.cli.screen import console, counted, emit, json_option, table
from gateway.cli.simulate.summary import size
from gateway.services.simulation.shares import merged, read_share

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
ROWS_MAX = 20


@click.group()
def report() -> None:
    """Reports that several archives make together."""


@report.command()
@click.argument("files", metavar="FILES…", nargs=-1, required=True, type=FILE)
@json_option
def merge(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Add up what `copyfair simulate --share` wrote; the order does not matter.

    \b
    Example:  copyfair report merge library.json museum.json
    """
    told = merged(read_share(file.read_text("utf-8"), str(file)) for file in files)
    if as_json:
        emit("report", told)
        return
    period = told["period"]
    console().print(
        f"{counted(told['archives'], 'archive')}, {told['parsed']:,} requests, "
        f"{period['from']} to {period['to']}"
    )
    table(
        ("who", "operator", "known", "decided", "requests", "taken"),
        [_line(each) for each in told["rows"][:ROWS_MAX]],
    )


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["kind"],
        row["operator"],
        row["level"],
        row["decision"],
        f"{row['requests']:,}",
        size(row["bytes"]),
    )
