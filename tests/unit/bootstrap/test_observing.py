"""gateway.bootstrap.observing: counted on the loop, described by the writer."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gateway.bootstrap.observing import Observer, described, word_of
from gateway.classification.facts import Fact, Facts
from gateway.identity.principal import ANONYMOUS
from gateway.kernel.request import Headers, Request
from gateway.licensing.decision import Allow, Meter, Ruling, Throttle
from gateway.licensing.policy import PolicySet
from gateway.metering.judged import Accounts
from gateway.metering.usage_event import Ending
from gateway.proxy.ports import Outcome
from gateway.services.admission import OFF
from gateway.services.policy_book import PolicyBook
from gateway.telemetry.hooks import Telemetry
from gateway.telemetry.log import Log
from gateway.telemetry.metrics import Metrics
from tests.fakes.time_and_chance import HandClock

RULING = Ruling("reading", "Reading is free.", "person", "books")
FACTS = Facts({"client.kind": Fact("browser")})
CRAWLER = Facts({"client.kind": Fact("ai-crawler")})
KEY = "cg_live_0000000000000000000000000000009aEXAM"


def an_outcome(**changes: Any) -> Outcome:
    asked = Request(
        "req_1",
        "GET",
        "https",
        "archive.example",
        "archive.example",
        "/a",
        "/a",
        query=changes.pop("query", ""),
        headers=Headers([("Authorization", f"License {KEY}")]),
        client_ip="192.0.2.77",
    )
    stated: dict[str, Any] = {
        "facts": FACTS,
        "decision": Allow(RULING),
        "ending": Ending.COMPLETE,
        **changes,
    }
    return Outcome(asked, stated.pop("status", 200), 1_024, 5_000_000, **stated)


@dataclass
class Desk:
    """An observer, and what it leaves behind."""

    metrics: Metrics
    observer: Observer
    written: Callable[[], list[dict[str, Any]]]


@pytest.fixture
def desk() -> Desk:
    return desk_of("all")


def desk_of(writes: str) -> Desk:
    stream = io.StringIO()
    metrics = Metrics()
    log = Log(stream, clock=HandClock(), on_drop=metrics.log_line_dropped)
    book = PolicyBook(lambda: PolicySet("f" * 64, (), {}, {}))

    def written() -> list[dict[str, Any]]:
        log.start()
        log.stop()
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    observer = Observer(Telemetry(metrics, log), log, book, writes)
    return Desk(metrics, observer, written)


def test_a_request_is_counted_at_once_and_described_when_it_is_written(
    desk: Desk,
) -> None:
    desk.observer(an_outcome())

    text = desk.metrics.exposition()[1].decode()
    assert 'class="person",decision="allow",status="2xx"} 1.0' in text
    [line] = desk.written()
    assert (line["event"], line["rule"], line["kind"]) == (
        "request.answered",
        "reading",
        "browser",
    )
    assert (line["client"], line["policy_version"]) == ("192.0.2.0/24", "f" * 16)
    assert KEY not in json.dumps(line)


def test_what_is_metered_and_what_is_refused_is_counted_apart(desk: Desk) -> None:
    desk.observer(an_outcome(decision=Meter(RULING, "agr_1", "ai", 1)))
    desk.observer(an_outcome(decision=Throttle(RULING, "anonymous"), status=429))
    desk.observer(
        an_outcome(decision=Throttle(RULING, "credential-checks"), status=429)
    )

    text = desk.metrics.exposition()[1].decode()
    assert "copyfair_metered_bytes_total 1024.0" in text
    assert 'copyfair_budget_refusals_total{budget="anonymous"} 1.0' in text
    assert 'copyfair_budget_refusals_total{budget="credential-checks"} 1.0' in text
    events = [line["event"] for line in desk.written()]
    assert events == ["request.answered", "request.refused", "request.refused"]


def test_a_failing_archive_and_a_key_in_an_address_are_told(desk: Desk) -> None:
    desk.observer(an_outcome(upstream_fault="refused", error="upstream-failed"))

    told = [line["event"] for line in desk.written()]
    assert "upstream.failed" in told
    assert 'kind="refused"} 1.0' in desk.metrics.exposition()[1].decode()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "allow"),
        ({"decision": OFF}, "pass"),
        ({"is_own": True, "decision": None}, "own"),
        ({"decision": None}, "error"),
        ({"error": "upstream-failed", "status": 502}, "error"),
        ({"error": "upstream-failed", "ending": Ending.CUT}, "allow"),
        ({"error": "unavailable", "ending": None}, "error"),
    ],
)
def test_each_outcome_has_one_word(changes: dict[str, Any], word: str) -> None:
    outcome = an_outcome(**changes)

    assert word_of(outcome) == word
    assert described(outcome, "v").decision == word


@pytest.mark.parametrize(
    ("writes", "changes", "is_written"),
    [
        ("all", {}, True),
        ("notable", {}, False),
        ("none", {}, False),
        ("notable", {"decision": Allow(replace(RULING, klass="unknown"))}, True),
        ("notable", {"status": 404}, True),
        ("notable", {"status": 304}, False),
        ("notable", {"ending": Ending.ABORTED}, True),
        ("notable", {"decision": Throttle(RULING, "anonymous"), "status": 429}, True),
        ("notable", {"decision": Meter(RULING, "agr_1", "ai", 1)}, True),
        ("notable", {"error": "unavailable", "status": 503, "ending": None}, True),
        ("notable", {"is_own": True, "decision": None, "ending": None}, True),
        ("notable", {"decision": OFF}, False),
        ("notable", {"decision": OFF, "facts": CRAWLER}, True),
        ("notable", {"decision": OFF, "status": 404}, True),
        ("notable", {"decision": OFF, "facts": None}, True),
        ("none", {"decision": Throttle(RULING, "anonymous"), "status": 429}, False),
    ],
)
def test_a_line_is_written_of_what_is_notable_and_all_is_counted(
    desk: Desk, writes: str, changes: dict[str, Any], *, is_written: bool
) -> None:
    observer = replace(desk.observer, writes=writes)

    observer(an_outcome(**changes))

    assert bool(desk.written()) is is_written
    [total] = [
        line
        for line in desk.metrics.exposition()[1].decode().splitlines()
        if line.startswith("copyfair_requests_total")
    ]
    assert total.endswith(" 1.0")


def figures_of(desk: Desk) -> list[str]:
    text = desk.metrics.exposition()[1].decode()
    return [line for line in text.splitlines() if "_created" not in line]


@pytest.mark.parametrize("writes", ["all", "notable", "none"])
@pytest.mark.parametrize("klass", ["person", "unknown"])
@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize("query", ["", "page=2", f"key={KEY}"])
@pytest.mark.parametrize("is_off", [False, True])
@pytest.mark.parametrize("facts", [FACTS, CRAWLER], ids=["browser", "crawler"])
def test_a_plain_read_is_counted_and_written_as_its_outcome_is(
    writes: str, klass: str, status: int, query: str, *, facts: Facts, is_off: bool
) -> None:
    decision = OFF if is_off else Allow(replace(RULING, klass=klass))
    outcome = an_outcome(decision=decision, status=status, query=query, facts=facts)

    shorter, longer = desk_of(writes), desk_of(writes)
    was_enough = shorter.observer.reads(
        outcome.asked,
        (None, "", ANONYMOUS, facts, decision),
        status,
        body_bytes=outcome.body_bytes,
        elapsed_ns=outcome.elapsed_ns,
        accounts=Accounts(),
    )
    if not was_enough:
        shorter.observer(outcome)
    longer.observer(outcome)

    assert figures_of(shorter) == figures_of(longer)
    assert shorter.written() == longer.written()
    assert not (was_enough and longer.written())
    reads = facts is FACTS if is_off else klass == "person"
    is_plain = reads and status == 200 and KEY not in query
    assert was_enough or writes == "all" or not is_plain
