"""One JSON line per event, beside the hot path, and never a secret in it."""

from __future__ import annotations

import io
import json
from typing import Any

from gateway.telemetry import log as log_module
from gateway.telemetry.answered import Answered
from gateway.telemetry.log import Cut, Log
from tests.fakes.time_and_chance import HandClock

SECRETS = (
    "cg_live_canaryCanaryCanary0123456789",
    "cg_test_canaryCanaryCanary0123456789",
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJwdHlfMSJ9.canarysignature",
)


def written(*requests: Answered, **said: Any) -> list[dict[str, Any]]:
    stream = io.StringIO()
    log = Log(stream, clock=HandClock())
    for request in requests:
        log.answered(request)
    if said:
        log.say("thing.happened", **said)
    log.start()
    log.stop()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_is_one_line_of_json() -> None:
    [line] = written(
        Answered(
            "req_1",
            "allow",
            rule="reading",
            klass="person",
            kind="browser",
            method="GET",
            host="archive.example",
            path="/registers/1742?q=my-illness",
            status=200,
            body_bytes=4096,
            duration_ns=12_900_000,
            client_ip="192.0.2.77",
            policy_version="f" * 64,
        )
    )

    assert line["event"] == "request.answered"
    assert line["time"].endswith("Z")
    assert (line["path"], line["client"]) == ("/registers/1742", "192.0.2.0/24")
    assert (line["duration_ms"], line["body_bytes"]) == (12, 4096)
    assert line["policy_version"] == "f" * 16
    assert "my-illness" not in json.dumps(line)


def test_a_refusal_is_named_one() -> None:
    [line] = written(Answered("req_1", "offer", reason="Terms apply.", status=402))

    assert (line["event"], line["reason"]) == ("request.refused", "Terms apply.")


def test_no_secret_reaches_the_log_wherever_it_was_put() -> None:
    requests = [
        Answered(
            "req_1",
            "deny",
            method=secret,
            host=f"{secret}.archive.example",
            path=f"/x/{secret}",
            reason=f"because {secret}",
            client_ip=secret,
        )
        for secret in SECRETS
    ]

    lines = written(*requests, nested={"a": [SECRETS[0], {SECRETS[1]: 1}]}, b=SECRETS)

    assert len(lines) == 4
    assert "canary" not in json.dumps(lines).lower()


def test_a_terminal_is_not_written_to_by_strangers() -> None:
    [line] = written(Answered("req_1", "allow", path="/\x1b]0;x\x07\r\n\u202eevil"))

    assert line["path"] == "/\\x1b]0;x\\x07\\x0d\\x0a\\u202eevil"


def test_a_full_queue_loses_lines_and_counts_them(monkeypatch: Any) -> None:
    monkeypatch.setattr(log_module, "QUEUE_LINES_MAX", 2)
    dropped: list[int] = []
    log = Log(io.StringIO(), clock=HandClock(), on_drop=lambda: dropped.append(1))

    for _ in range(5):
        log.say("thing.happened")

    assert len(dropped) == 3


def test_a_broken_stream_stops_nobody() -> None:
    stream = io.StringIO()
    dropped: list[int] = []
    log = Log(stream, clock=HandClock(), on_drop=lambda: dropped.append(1))
    stream.close()
    log.say("thing.happened")

    log.start()
    log.stop()

    assert dropped == [1]


def test_starting_and_stopping_twice_is_once() -> None:
    stream = io.StringIO()
    log = Log(stream, clock=HandClock(), cut=Cut(v4_bits=16))
    log.stop()
    log.start()
    log.start()
    log.answered(Answered("req_1", "allow", client_ip="192.0.2.77"))
    log.stop()
    log.stop()

    assert json.loads(stream.getvalue())["client"] == "192.0.0.0/16"


def test_what_json_does_not_know_is_written_as_text() -> None:
    [line] = written(what={1, 2} and object, none=None, flag=True)

    assert line["what"].startswith("<class")
    assert (line["none"], line["flag"]) == (None, True)
