"""Usage reports and exports, as a company reads them."""

from __future__ import annotations

import csv
import json

import pytest

from gateway.kernel.errors import Unavailable
from gateway.kernel.period import Period
from gateway.services.heartbeat import keep_beating
from gateway.services.usage_report import COLUMNS, UsageReports
from tests.fakes.time_and_chance import START_US, HandClock
from tests.fakes.usage import FakeUsageStore, a_usage_event


def reports(*sizes: int, path: str = "/x") -> UsageReports:
    store = FakeUsageStore()
    for number, size in enumerate(sizes):
        event = a_usage_event(number, body_bytes=size, path=path)
        store.record_event(event, recorded_us=1)
    return UsageReports(store, store)


def test_a_report_adds_up() -> None:
    report = reports(5, 7).report(by=["party_id"])

    assert (report["events"], report["bytes"]) == (2, 12)
    assert report["by"] == [
        {
            "party_id": "pty_1",
            "events": 2,
            "bytes": 12,
            "billable_requests": 2,
            "billable_bytes": 12,
            "repeat_bytes": 0,
        }
    ]


def test_a_report_of_a_silent_period_is_zero() -> None:
    report = reports(5).report(period=Period(0, 86_400_000_000))

    assert (report["events"], report["by"]) == (0, [])
    assert report["period"] == "1970-01-01/1970-01-02"


def test_events_are_exported_as_json_lines() -> None:
    lines = list(reports(5, 7).json_lines())

    assert [json.loads(line)["body_bytes"] for line in lines] == [5, 7]
    assert json.loads(lines[0])["ending"] == "complete"
    assert json.loads(lines[0])["occurred_at"].endswith("Z")


@pytest.mark.parametrize("sizes", [(), (5,), (5, 7)], ids=len)
def test_events_are_exported_as_one_json_document(sizes: tuple[int, ...]) -> None:
    pieces = list(reports(*sizes).json_document())

    document = json.loads("".join(pieces))
    assert document["schema"] == "copyfair/usage-export/1"
    assert [event["body_bytes"] for event in document["events"]] == list(sizes)
    assert len(pieces) == len(sizes) + 2


def test_events_are_exported_as_csv() -> None:
    heading, row = csv.reader(reports(5).csv_lines(), strict=True)

    assert tuple(heading) == COLUMNS
    assert dict(zip(heading, row, strict=True))["body_bytes"] == "5"
    assert dict(zip(heading, row, strict=True))["is_repeat"] == "0"


def test_no_cell_of_an_export_is_a_formula() -> None:
    for start in "=+-@\t\r\n＝＋－＠":
        heading, row = csv.reader(
            reports(5, path=f"{start}cmd|'x'!A1").csv_lines(), strict=True
        )

        cell = dict(zip(heading, row, strict=True))["path"]
        assert cell == f"'{start}cmd|'x'!A1"


class Enough(Exception):
    """Ends a loop that has no end."""


async def test_a_heartbeat_goes_on_after_a_beat_that_was_missed() -> None:
    class Store:
        def __init__(self) -> None:
            self.beats: list[int] = []
            self.faults = [Unavailable("full"), None, None, Enough()]

        def beat(self, node: str, *, at_us: int) -> None:
            fault = self.faults.pop(0)
            if fault:
                raise fault
            self.beats.append(at_us)

        def silent_hours(self, node: str, period: Period) -> tuple[int, ...]:
            return ()

    store, missed = Store(), list[str]()

    with pytest.raises(Enough):
        await keep_beating(
            store, "node-1", HandClock(), every_s=0, missed=missed.append
        )

    assert missed == ["full"]
    assert store.beats == [START_US, START_US]
