"""Tables of the public books as files: CSV for spreadsheets, JSON for programs.

A row's names are the fields of `services.public_books.figures`, in their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from gateway.kernel.clock import iso
from gateway.portal.addresses import Topic, rows_of
from gateway.services.public_books.figures import PublicFigures
from gateway.services.usage_report import csv_line

SCHEMA = "copyfair-public-books/1"
OF_MONEY = frozenset(("currency", "given_minor", "given_ppm"))
"""What a row says only where there is any money."""


def csv_file(seen: PublicFigures, rows: Sequence[Any]) -> bytes:
    """A heading and one line per row; never empty rows."""
    names = _names(seen, rows[0])
    lines = [csv_line(names)]
    lines += [csv_line(_cell(getattr(row, name)) for name in names) for row in rows]
    return "".join(lines).encode()


def json_file(
    seen: PublicFigures, topics: Iterable[Topic], *, table: str = ""
) -> bytes:
    """`{"schema", "as_of", "tables": {name: [row]}, "log"}`.

    Args:
        seen: The figures.
        topics: Which topics' tables.
        table: The only table wanted; or empty.
    """
    told = tuple(topics)
    tables = {
        name: [_row(seen, each) for each in rows]
        for topic in told
        for name, rows in rows_of(seen, topic).items()
        if rows and table in {"", name}
    }
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "as_of": iso(seen.at_us),
        "tables": tables,
    }
    if Topic.FOOTPRINT in told and seen.footprint:
        document["energy_model"] = asdict(seen.energy_model)
    if Topic.PROOF in told and seen.log:
        document["log"] = asdict(seen.log)
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"


def _row(seen: PublicFigures, row: Any) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in _names(seen, row)}


def _names(seen: PublicFigures, row: Any) -> list[str]:
    names = [each.name for each in fields(row)]
    return names if seen.sells else [each for each in names if each not in OF_MONEY]


def _cell(value: object) -> object:
    return "" if value is None else value
