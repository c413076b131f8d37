"""What commands print: one JSON document for scripts, tables for people.

`--json` output is exactly one document on standard output; progress and
messages go to standard error, and neither has colours in a pipe.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TextIO, TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

F = TypeVar("F", bound=Callable[..., Any])

PIPE_WIDTH = 200
ANY_HEIGHT = 25
GAP = 2  # what rich leaves between columns
# A number, or an amount of money: what people compare digit by digit.
FIGURE = re.compile(r"-?[0-9][0-9,.]*(?: [A-Z]{3})?")


def console() -> Console:
    """Standard output for people."""
    return Console(highlight=False, soft_wrap=True, width=_width(sys.stdout))


def aside() -> Console:
    """Standard error, for progress and messages."""
    return Console(
        stderr=True, highlight=False, soft_wrap=True, width=_width(sys.stderr)
    )


def _width(stream: TextIO) -> int | None:
    """A terminal has a width of its own; a pipe is as wide as the line."""
    return None if stream.isatty() else PIPE_WIDTH


def emit(schema: str, document: Mapping[str, Any]) -> None:
    """Print one versioned JSON document: `{"schema": "copyfair/<schema>/1", …}`."""
    whole = {"schema": f"copyfair/{schema}/1", **document}
    click.echo(json.dumps(whole, ensure_ascii=False, indent=2))


def complain(detail: str) -> None:
    """Say on standard error what went wrong, and nothing else."""
    click.echo(f"copyfair: {detail}", err=True)


def say(text: str) -> None:
    """Say something on standard error while work goes on."""
    aside().print(escape(text))


def prose(text: str) -> None:
    """Print sentences: wrapped where somebody reads them, one line in a pipe."""
    out = console()
    out.print(text, markup=False, soft_wrap=not out.is_terminal)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows for people; numbers and amounts stand to the right.

    Nothing is ever cut off: prose wraps within the terminal, and where ids alone
    are wider than it, the terminal wraps the line.
    """
    lines = [[str(cell) for cell in row] for row in rows]
    if not lines:
        console().print("none")
        return
    grid = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    width_min = 0
    for number, heading in enumerate(headings):
        cells = [line[number] for line in lines]
        is_figure = all(FIGURE.fullmatch(cell) for cell in cells)
        is_whole = is_figure or not any(" " in cell for cell in cells)
        words = [heading, *(cells if is_whole else " ".join(cells).split())]
        width_min += max(map(len, words)) + GAP
        grid.add_column(
            heading,
            justify="right" if is_figure else "left",
            no_wrap=is_whole,
            overflow="fold",
        )
    for line in lines:
        grid.add_row(*(escape(cell) for cell in line))
    _print(grid, width_min)


def _print(grid: Table, width_min: int) -> None:
    out = console()
    if out.width < width_min:
        # With a height too: else a terminal without cursor control is 80 wide.
        out = Console(highlight=False, width=width_min, height=ANY_HEIGHT)
    with out.capture() as captured:
        out.print(grid)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def spelled(value: object) -> str:
    """A value as people read it: yes, no, nothing, or a list of words."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)


def counted(number: int, noun: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def all_counted(*numbers: tuple[int, str]) -> str:
    """`1 collection, 3 packs`; what there is none of is left out."""
    return ", ".join(counted(number, noun) for number, noun in numbers if number)


def json_option(command: F) -> F:
    """Add `--json` to a command."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON document."
    )(command)
