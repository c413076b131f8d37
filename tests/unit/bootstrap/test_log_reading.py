"""A line of a front server's log that is not as promised stops nobody's metering."""

from __future__ import annotations

import json

import pytest

from gateway.access_logs.formats import FORMATS
from gateway.access_logs.log_file import Piece
from gateway.bootstrap.log_metering import LogReading
from gateway.metering.meter import object_digest
from gateway.metering.ports import Checkpoint
from gateway.metering.usage_event import UsageEvent
from gateway.metering.usage_reference import Seal
from tests.unit.metering.test_usage_reference import REFERENCE

SAID: dict[str, object] = {
    "id": "a1",
    "method": "GET",
    "host": "archive.example",
    "target": "/x",
    "status": 200,
    "sent": 5,
    "length": "5",
    "received": "5",
    "etag": '"v1"',
    "complete": "OK",
    "ended": 1.5,
    "elapsed": 0.1,
}


SEAL = Seal([b"secret"])
READING = LogReading(FORMATS["nginx"], SEAL, "node-1", 0)
SAID["usage"] = SEAL.sealed(REFERENCE)


def events_of(line: bytes) -> tuple[list[UsageEvent], int]:
    return READING.events_of(Piece((line, b"{}"), Checkpoint(1, 2)))


def test_an_etag_of_bytes_that_are_no_text_names_what_it_names_inline() -> None:
    line = json.dumps({**SAID, "etag": "?"}).encode().replace(b'"?"', b'"\\"\xe9\\""')

    [event], unread = events_of(line)

    assert unread == 0
    assert event.object_sha256 == object_digest(
        host="archive.example", target="/x", etag='"\udce9"'
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"usage": "\ud800"},
        {"etag": '"\ud800"'},
        {"id": "\ud800"},
        {"method": "\ud800"},
        {"ended": "nan"},
        {"length": [1]},
        {"usage": 7},
    ],
)
def test_a_line_that_is_not_as_promised_is_counted_and_left_out(
    odd: dict[str, object],
) -> None:
    events, unread = events_of(json.dumps({**SAID, **odd}).encode())

    assert (events, unread) == ([], 1)
