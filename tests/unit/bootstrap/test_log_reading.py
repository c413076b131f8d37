"""A line of a front server's log that is not as promised stops nobody's metering."""

from __future__ import annotations

import json

import pytest

from gateway.access_logs.formats import FORMATS
from gateway.access_logs.log_file import Piece
from gateway.bootstrap.log_metering import LogReading
from gateway.metering.ports import Checkpoint
from gateway.metering.usage_reference import Seal

SAID = {
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


@pytest.mark.parametrize(
    "odd",
    [
        {"usage": "\ud800"},
        {"usage": "u", "etag": '"\ud800"'},
        {"usage": "u", "id": "\ud800"},
        {"usage": "u", "ended": "nan"},
        {"usage": "u", "length": [1]},
        {"usage": 7},
    ],
)
def test_a_line_that_is_not_as_promised_is_counted_and_left_out(
    odd: dict[str, object],
) -> None:
    reading = LogReading(FORMATS["nginx"], Seal([b"secret"]), "node-1", 0)
    line = json.dumps({**SAID, **odd}).encode()

    events, unread = reading.events_of(Piece((line, b"{}"), Checkpoint(1, 2)))

    assert (events, unread) == ([], 1)
