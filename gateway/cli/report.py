"""copyfair report: aggregates that archives shared, put together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gateway.cli.screen import console, counted, emit, json_option, table
from gateway.cli.simulate.summary import size
from gateway.kernel.errors import InvalidValue
from gateway.services.simulation.shares import BYTES_MAX, merged, read_share

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

    The same aggregates twice are one archive given twice, and a fault.

    \b
    Example:  copyfair report merge library.json museum.json
    """
    told = merged(_shares(files))
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


def _shares(files: tuple[Path, ...]) -> Iterator[dict[str, Any]]:
    """What each holds.

    Raises:
        InvalidValue: one holds no aggregates, or those of another one.
    """
    known: dict[str, Path] = {}
    for file in files:
        with file.open("rb") as opened:
            share = read_share(opened.read(BYTES_MAX + 1), str(file))
        told = json.dumps(share, sort_keys=True)
        first = known.setdefault(told, file)
        if first is not file:
            detail = f"{file} holds the same aggregates as {first}; give each once"
            raise InvalidValue(detail)
        yield share


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["kind"],
        row["operator"],
        row["level"],
        row["decision"],
        f"{row['requests']:,}",
        size(row["bytes"]),
    )
