"""The meter: one line per row of HTTP."""

from __future__ import annotations

import pytest

from gateway.metering.meter import (
    HOLD_STEP_BYTES,
    Measured,
    first_hold,
    measure,
    object_digest,
)
from gateway.metering.quantity import NOTHING, Quantity
from gateway.metering.usage_event import Ending

FREE = (0, 0)


@pytest.mark.parametrize(
    ("method", "status", "ending", "delivered", "billable"),
    [
        ("GET", 200, Ending.COMPLETE, 10, (1, 10)),
        ("GET", 203, Ending.COMPLETE, 10, (1, 10)),
        ("GET", 206, Ending.COMPLETE, 4, (1, 4)),
        ("POST", 200, Ending.COMPLETE, 10, (1, 10)),
        ("PROPFIND", 200, Ending.COMPLETE, 10, (1, 10)),
        ("GET", 200, Ending.ABORTED, 7, (1, 7)),
        ("GET", 200, Ending.CAPPED, 7, (1, 7)),
        ("GET", 200, Ending.ABORTED, 0, FREE),
        ("GET", 200, Ending.COMPLETE, 0, FREE),
        ("GET", 200, Ending.CUT, 9, FREE),
        ("HEAD", 200, Ending.COMPLETE, 0, FREE),
        ("GET", 201, Ending.COMPLETE, 10, FREE),
        ("GET", 204, Ending.COMPLETE, 0, FREE),
        ("GET", 207, Ending.COMPLETE, 10, FREE),
        ("GET", 301, Ending.COMPLETE, 10, FREE),
        ("GET", 304, Ending.COMPLETE, 0, FREE),
        ("GET", 402, Ending.COMPLETE, 10, FREE),
        ("GET", 404, Ending.COMPLETE, 10, FREE),
        ("GET", 404, Ending.ABORTED, 5, FREE),
        ("GET", 412, Ending.COMPLETE, 0, FREE),
        ("GET", 429, Ending.COMPLETE, 10, FREE),
        ("GET", 502, Ending.COMPLETE, 10, FREE),
        ("GET", 101, Ending.TUNNEL, 5_000, FREE),
        ("CONNECT", 200, Ending.TUNNEL, 5_000, FREE),
    ],
)
def test_what_a_response_counts_for(
    method: str, status: int, ending: Ending, delivered: int, billable: tuple[int, int]
) -> None:
    measured = measure(ending, method=method, status=status, body_bytes=delivered)

    assert measured.billable == Quantity(*billable)
    assert measured.body_bytes == delivered


def test_a_complete_answer_that_counts_nothing_says_so() -> None:
    measured = measure(Ending.COMPLETE, method="GET", status=404, body_bytes=10)

    assert measured == Measured(Ending.NOT_BILLABLE, 10, NOTHING)


@pytest.mark.parametrize("ending", [Ending.ABORTED, Ending.CUT, Ending.TUNNEL])
def test_every_other_ending_keeps_its_name(ending: Ending) -> None:
    measured = measure(ending, method="GET", status=404, body_bytes=10)

    assert measured.ending is ending


@pytest.mark.parametrize(
    ("method", "status", "content_bytes", "hold"),
    [
        ("GET", 200, 500, Quantity(1, 500)),
        ("GET", 200, None, Quantity(1, HOLD_STEP_BYTES)),
        ("GET", 200, 0, NOTHING),
        ("HEAD", 200, 500, NOTHING),
        ("GET", 404, 500, NOTHING),
        ("GET", 304, None, NOTHING),
    ],
)
def test_what_is_held_once_the_head_is_there(
    method: str, status: int, content_bytes: int | None, hold: Quantity
) -> None:
    assert first_hold(method=method, status=status, content_bytes=content_bytes) == hold


def test_an_object_version_is_a_target_and_a_strong_etag() -> None:
    digest = object_digest(host="a.example", target="/x", etag='"v1"')

    assert len(digest) == 64
    assert digest != object_digest(host="a.example", target="/x", etag='"v2"')
    assert digest != object_digest(host="a.example", target="/y", etag='"v1"')
    assert digest != object_digest(host="b.example", target="/x", etag='"v1"')


def test_an_etag_of_bytes_that_are_no_text_names_a_version() -> None:
    etags = [f'"v{byte}"' for byte in ("1", "\udcff", "\udcfe", "é")]

    named = {object_digest(host="a.example", target="/", etag=each) for each in etags}

    assert len(named) == len(etags)


@pytest.mark.parametrize("etag", ["", 'W/"v1"', '""', "v1", '"v1'])
def test_without_a_strong_etag_no_version_is_known(etag: str) -> None:
    assert object_digest(host="a.example", target="/x", etag=etag) == ""
