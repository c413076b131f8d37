"""The screen of `copyfair top`: one page of plain text, the heaviest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.cli.simulate.summary import size

Told = Mapping[str, Any]
NOBODY = "unknown"
FIGURES = {"requests/s": 10, "load": 5, "sent/s": 9, "refused": 7}
"""Columns beside the name, and how wide each is."""
NAME_CHARS_MIN = 24
ROWS_MIN = 2


def page(told: Told, *, rows: int) -> RenderableType:
    """The screen.

    Args:
        told: The document of `/api/v1/top`.
        rows: How many rows the three tables may have together; each has two at least.
    """
    parts: list[RenderableType] = [*_head(told), Text("")]
    if not told["clients"] or told["requests_per_s"] < 0.005:
        parts.append(Text("Nobody asks for anything just now."))
        return Group(*parts)
    are_several = len({each["collection"] for each in told["pages"]}) > 1
    tables = {
        "who": [(_who(each), each) for each in told["clients"]],
        "from where": [(each["network"], each) for each in told["networks"]],
        "which pages": [
            (_page(each, with_collection=are_several), each) for each in told["pages"]
        ],
    }
    shown = shared_out([len(each) for each in tables.values()], rows)
    for (heading, lines), number in zip(tables.items(), shown, strict=True):
        parts += [_table(heading, lines[:number], told), Text("")]
    note = f"what is {told['half_life_s']} s old counts half; load: cost units let in"
    parts.append(Text(note, style="dim"))
    return Group(*parts)


def shared_out(wanted: Sequence[int], rows: int) -> list[int]:
    """How many rows each table gets: as many as it has, or its fair share."""
    shares = [0] * len(wanted)
    rows = max(rows, ROWS_MIN * len(wanted))
    while rows and (open_ := [n for n, most in enumerate(wanted) if shares[n] < most]):
        for number in open_[:rows]:
            shares[number] += 1
        rows -= min(rows, len(open_))
    return shares


def _head(told: Told) -> Iterator[Text]:
    refused = _share(told["refused_per_s"], told["requests_per_s"])
    yield Text(
        f"{_rate(told['requests_per_s'])} requests/s · {refused} refused · "
        f"{_rate(told['cost_per_s'])} cost units/s · {size(told['bytes_per_s'])}/s",
        style="bold",
    )
    for name, load in told["upstreams"].items():
        state = "under pressure" if load["is_pressed"] else "at ease"
        yield Text(
            f"{name}: {state}, {load['in_flight']} in flight, first byte after "
            f"{load['first_byte_ms']:,} ms",
            style="red" if load["is_pressed"] else "",
        )
    if told["off"]:
        yield Text("off: everything is passed on; `copyfair on` resumes", style="red")
    else:
        mode = f"protect {told['protect']}, licence {told['licence_mode']}"
        yield Text(mode, style="dim")


def _table(
    heading: str, rows: Sequence[tuple[str, Told]], told: Told
) -> RenderableType:
    grid = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    grid.add_column(
        heading, no_wrap=True, overflow="ellipsis", ratio=1, min_width=NAME_CHARS_MIN
    )
    for name, width in FIGURES.items():
        grid.add_column(name, justify="right", no_wrap=True, width=width)
    for name, each in rows:
        grid.add_row(
            Text(name),
            _rate(each["requests_per_s"]),
            _share(each["cost_per_s"], told["cost_per_s"]),
            size(each["bytes_per_s"]),
            _share(each["refused_per_s"], each["requests_per_s"]),
        )
    return grid


def _who(row: Told) -> str:
    if row["operator"] == NOBODY:
        return str(row["kind"])
    return f"{row['operator']} ({row['kind']})"


def _page(row: Told, *, with_collection: bool) -> str:
    if not with_collection:
        return str(row["page"])
    return f"{row['collection'] or '(no collection)'} {row['page']}"


def _rate(per_s: float) -> str:
    return f"{per_s:,.0f}" if per_s >= 100 else f"{per_s:,.2f}"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole > 0 and part > 0 else "–"
