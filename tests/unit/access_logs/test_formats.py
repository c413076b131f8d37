"""Lines of front servers: what they promise, and nothing guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access_logs.formats import FORMATS, caddy, haproxy, nginx
from gateway.kernel.errors import InvalidValue

NGINX = {
    "id": "f00d",
    "usage": "u1.a.b",
    "method": "GET",
    "host": "archive.example",
    "target": "/a?b=%2F",
    "status": 206,
    "sent": 10,
    "length": "10",
    "received": "0, 10",
    "etag": '"v1"',
    "complete": "OK",
    "ended": 1793000000.5,
    "elapsed": 0.25,
}


def line(**changes: Any) -> bytes:
    return json.dumps({**NGINX, **changes}).encode()


def test_a_line_of_nginx_says_what_passed() -> None:
    logged = nginx(line())

    assert logged is not None
    assert (logged.status, logged.sent_bytes, logged.length) == (206, 10, 10)
    assert logged.received_bytes == 10
    assert logged.is_complete
    assert logged.started_us == 1_793_000_000_250_000


def test_a_line_without_a_reference_is_nobodys_usage() -> None:
    assert nginx(line(usage="")) is None
    assert nginx(b"{}") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "x"},
        {"sent": -1},
        {"sent": True},
        {"sent": 1.5},
        {"length": "1e3"},
        {"length": "١"},
        {"ended": None},
        {"ended": "nan"},
        {"elapsed": "inf"},
        {"method": 7},
        {"target": None},
        {"usage": ["u1"]},
    ],
)
def test_a_value_that_is_not_as_promised_makes_no_line(changes: Any) -> None:
    with pytest.raises(InvalidValue):
        nginx(line(**changes))


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
@given(rubbish=st.binary(max_size=200))
def test_rubbish_is_refused_and_never_raises_anything_else(
    form: Any, rubbish: bytes
) -> None:
    try:
        said = form(rubbish)
    except InvalidValue:
        return
    assert said is None


def test_haproxy_counts_the_head_too_so_it_is_taken_off() -> None:
    said = {**NGINX, "started": 1793000000.0, "ended": "--", "sent": 500}
    whole = haproxy(json.dumps(said).encode())
    broken = haproxy(json.dumps({**said, "ended": "CD", "sent": 90_000}).encode())

    assert whole is not None
    assert (whole.sent_bytes, whole.is_complete) == (10, True)
    assert broken is not None
    assert (broken.sent_bytes, broken.is_complete) == (90_000 - 16_384, False)


def test_caddy_logs_in_its_own_words() -> None:
    said = {
        "ts": 1793000000.5,
        "duration": 0.5,
        "size": 10,
        "status": 200,
        "request": {"method": "GET", "host": "archive.example", "uri": "/a"},
        "resp_headers": {
            "Copyfair-Usage": ["u1.a.b"],
            "Content-Length": ["10"],
            "Etag": ['"v1"'],
        },
    }
    logged = caddy(json.dumps(said).encode())
    said["size"] = 9
    cut = caddy(json.dumps(said).encode())

    assert logged is not None
    assert (logged.is_complete, logged.started_us) == (True, 1_793_000_000_000_000)
    assert cut is not None
    assert not cut.is_complete
