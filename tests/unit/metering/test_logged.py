"""From a log line to an event: exact where the line is, else in the taker's favour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.kernel.ids import kind_of
from gateway.metering.logged import Logged, Place, logged_event
from gateway.metering.usage_event import Ending, UsageEvent
from tests.unit.metering.test_usage_reference import REFERENCE

LINE = Logged(
    usage="sealed",
    front_id=REFERENCE.front_id,
    method="GET",
    host="archive.example",
    target="/registers/1742",
    status=200,
    sent_bytes=1_000,
    length=1_000,
    received_bytes=1_000,
    etag='"v1"',
    is_complete=True,
    started_us=REFERENCE.occurred_us + 5,
)
PLACE = Place("archive.example", "/registers/1742")


def event_of(logged: Logged, *, unsent_bytes: int = 0) -> UsageEvent:
    return logged_event(
        logged, REFERENCE, PLACE, node="node-1", unsent_bytes=unsent_bytes
    )


def test_a_whole_answer_is_counted_to_the_byte() -> None:
    event = event_of(LINE)

    assert (event.id, event.occurred_us) == (
        REFERENCE.request_id,
        REFERENCE.occurred_us,
    )
    assert (event.ending, event.billable_bytes) == (Ending.COMPLETE, 1_000)
    assert event.object_sha256


@pytest.mark.parametrize(
    ("changes", "ending"),
    [
        ({"method": "HEAD", "sent_bytes": 0}, Ending.NOT_BILLABLE),
        ({"status": 304, "sent_bytes": 0}, Ending.NOT_BILLABLE),
        ({"status": 404}, Ending.NOT_BILLABLE),
        ({"status": 101, "length": None}, Ending.TUNNEL),
        ({"is_complete": False, "received_bytes": 1_000}, Ending.CUT),
    ],
)
def test_what_is_not_billable_is_an_event_of_nothing(
    changes: dict[str, int], ending: Ending
) -> None:
    event = event_of(replace(LINE, **changes))  # type: ignore[arg-type]

    assert (event.ending, event.billable_bytes) == (ending, 0)
    assert event.billable_requests == 0


def test_a_reader_who_hangs_up_pays_what_surely_left() -> None:
    aborted = replace(LINE, is_complete=False, length=9_000, received_bytes=5_000)

    assert event_of(aborted, unsent_bytes=300).billable_bytes == 700
    assert event_of(aborted, unsent_bytes=2_000).billable_bytes == 0
    assert event_of(aborted).ending is Ending.ABORTED


def test_chunk_framing_is_taken_off() -> None:
    chunked = replace(LINE, length=None, sent_bytes=1_024 + 7 + 5)

    assert event_of(chunked).billable_bytes <= 1_024


def test_a_line_let_through_by_a_cached_decision_is_an_event_of_its_own() -> None:
    cached = replace(LINE, front_id="beef")
    event = event_of(cached)

    assert event.id != REFERENCE.request_id
    assert kind_of(event.id) == "req"
    assert event.id == event_of(cached).id
    assert event.occurred_us == cached.started_us
    assert event.id != event_of(replace(LINE, front_id="cafe")).id
