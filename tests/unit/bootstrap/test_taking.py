"""gateway.bootstrap.taking: the log's thread hears who takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.bootstrap.taking import HEARD_PER_S_MAX, Listener, taking_of, top_document
from gateway.classification.facts import Fact, Facts
from gateway.kernel.request import Request
from gateway.licensing.decision import Allow, Deny, Ruling
from gateway.proxy.ports import Outcome
from gateway.services.pressure import Pressure
from gateway.telemetry.lines import Cut
from tests.fakes.time_and_chance import HandClock
from tests.unit.terms.builders import a_set

RULING = Ruling("reading", "Reading is free.", "person", "books")
FACTS = Facts({"client.kind": Fact("ai-crawler"), "client.operator": Fact("openai")})
KEY = "cg_live_0000000000000000000000000000009aEXAM"


def an_outcome(
    path: str = "/page/1742", query: str = "", decision: Any = None, **more: Any
) -> Outcome:
    target = f"{path}?{query}" if query else path
    asked = Request(
        *("req_1", "GET", "https", "archive.example", "archive.example"),
        *(target, path, query),
        client_ip="192.0.2.77",
    )
    said = decision or Allow(RULING)
    return Outcome(asked, 200, 1_000, 5, facts=FACTS, decision=said, **more)


@pytest.fixture
def clock() -> HandClock:
    clock = HandClock()
    clock.forward(s=600)
    return clock


@pytest.fixture
def listener(clock: HandClock) -> Listener:
    policies = a_set()
    return Listener(clock, lambda: policies, Cut())


def shown(listener: Listener, clock: HandClock) -> Any:
    return top_document([taking_of(listener, Pressure(clock), clock.ticks_ns())])


def test_it_tells_who_from_where_and_which_pages(
    listener: Listener, clock: HandClock
) -> None:
    listener(an_outcome(query="q=anna&page=2"), "v1")

    told = shown(listener, clock)

    assert (told["clients"][0]["kind"], told["clients"][0]["operator"]) == (
        "ai-crawler",
        "openai",
    )
    assert told["networks"][0]["network"] == "192.0.2.0/24"
    assert told["pages"][0]["page"] == "/page/*?page&q"
    assert told["cost_per_s"] == told["requests_per_s"] > 0


def test_a_refusal_costs_the_archive_nothing(
    listener: Listener, clock: HandClock
) -> None:
    listener(an_outcome(decision=Deny(RULING, "licences@archive.example")), "v1")

    told = shown(listener, clock)

    assert told["cost_per_s"] == 0
    assert told["refused_per_s"] == told["requests_per_s"] > 0


@pytest.mark.parametrize("is_own", [False, True])
def test_no_key_no_address_and_no_search_is_kept(
    listener: Listener, clock: HandClock, *, is_own: bool
) -> None:
    listener(an_outcome(f"/find/{KEY}", "q=anna+weber", is_own=is_own), "v1")
    listener(an_outcome("/find", f"{KEY}=anna+weber", is_own=is_own), "v1")

    text = json.dumps(shown(listener, clock))

    assert "cg_live" not in text
    assert "anna" not in text
    assert "192.0.2.77" not in text


def test_the_words_for_the_log_are_those_of_ever(listener: Listener) -> None:
    assert listener(an_outcome(), "v1").kind == "ai-crawler"


def test_a_flood_is_looked_at_in_part_and_told_in_whole(
    listener: Listener, clock: HandClock
) -> None:
    for _ in range(60):
        for number in range(4 * HEARD_PER_S_MAX):
            listener(an_outcome(f"/page{'ab'[number % 2]}"), "v1")
        clock.forward(s=1)

    told = shown(listener, clock)

    pages = [each["requests_per_s"] for each in told["pages"]]
    assert told["requests_per_s"] == pytest.approx(4 * HEARD_PER_S_MAX, rel=0.2)
    assert pages == pytest.approx([2 * HEARD_PER_S_MAX] * 2, rel=0.3)


def test_pressure_of_several_processes_is_that_of_the_archive(
    listener: Listener, clock: HandClock
) -> None:
    pressure = Pressure(clock)
    for _ in range(20):
        pressure.enter("archive")
    calm = Pressure(clock)
    calm.enter("archive")

    told = top_document(
        [taking_of(listener, each, clock.ticks_ns()) for each in (pressure, calm)]
    )

    assert told["upstreams"] == {
        "archive": {"is_pressed": True, "in_flight": 21, "first_byte_ms": 0}
    }
