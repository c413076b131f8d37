"""Usage, reported and exported: what a company can hold against its invoice."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from gateway.kernel.clock import iso
from gateway.kernel.period import Period
from gateway.metering.ports import UsageStore, UsageSums
from gateway.metering.summary import UsageSum
from gateway.metering.usage_event import UsageEvent

REPORTED_BY = ("party_id", "agreement_id", "collection", "tariff")
COLUMNS = tuple(field.name for field in fields(UsageEvent))
EXPORT_SCHEMA = "copyfair/usage-export/1"
# A spreadsheet would run a cell that starts like this (OWASP, CSV injection); some
# take the full-width signs for the same.
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_values = attrgetter(*COLUMNS)
_spelled = json.JSONEncoder(ensure_ascii=False).encode


class UsageReports:
    """Reads usage for people and programs; changes nothing."""

    def __init__(self, events: UsageStore, sums: UsageSums) -> None:
        self._events = events
        self._sums = sums

    def report(
        self,
        *,
        by: Sequence[str] = REPORTED_BY,
        period: Period | None = None,
        agreement_id: str = "",
    ) -> dict[str, Any]:
        """Usage added up: `{"events", "bytes", …, "by": [{dimension, …}]}`.

        Raises:
            InvalidValue: an unknown dimension.
        """
        sums = self._sums.usage_sums(by, period=period, agreement_id=agreement_id)
        return {
            **_figures(sums),
            "period": str(period) if period else None,
            "by": [{**each.group, **_figures([each])} for each in sums],
        }

    def events(
        self, *, period: Period | None = None, agreement_id: str = ""
    ) -> Iterator[UsageEvent]:
        """Usage events in the order of recording, in constant memory."""
        return self._events.events(period=period, agreement_id=agreement_id)

    def json_document(
        self, *, period: Period | None = None, agreement_id: str = ""
    ) -> Iterator[str]:
        """One JSON document with all events, piece by piece: `{"schema", "events"}`."""
        yield f'{{"schema": "{EXPORT_SCHEMA}", "events": ['
        before = "\n"
        for line in self.json_lines(period=period, agreement_id=agreement_id):
            yield before + line.rstrip("\n")
            before = ",\n"
        yield "\n]}\n"

    def json_lines(
        self, *, period: Period | None = None, agreement_id: str = ""
    ) -> Iterator[str]:
        """One JSON document per event, in the order of recording."""
        for event in self._events.events(period=period, agreement_id=agreement_id):
            document = dict(zip(COLUMNS, _values(event), strict=True))
            document["occurred_at"] = iso(event.occurred_us)
            yield _spelled(document) + "\n"

    def csv_lines(
        self, *, period: Period | None = None, agreement_id: str = ""
    ) -> Iterator[str]:
        """A heading and one line per event, safe to open in a spreadsheet."""
        yield csv_line(COLUMNS)
        for event in self._events.events(period=period, agreement_id=agreement_id):
            yield csv_line(_values(event))


def _figures(sums: Sequence[UsageSum]) -> dict[str, int]:
    return {
        "events": sum(each.events for each in sums),
        "bytes": sum(each.body_bytes for each in sums),
        "billable_requests": sum(each.billable_requests for each in sums),
        "billable_bytes": sum(each.billable_bytes for each in sums),
        "repeat_bytes": sum(each.repeat_bytes for each in sums),
    }


def csv_line(cells: Iterable[object]) -> str:
    """A line of a CSV file (RFC 4180), safe to open in a spreadsheet."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])
    return line.getvalue()


def _cell(cell: object) -> str | int:
    """As a spreadsheet may see it: a leading quote keeps formulas asleep."""
    if isinstance(cell, int):
        return int(cell)
    text = str(cell)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text
