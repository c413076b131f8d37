"""Figures are counted, and labels never grow with whoever comes."""

from __future__ import annotations

from gateway.licensing.decision import WORDS
from gateway.licensing.vocabulary import CLASSES as CLASSES_OF_RULES
from gateway.telemetry.answered import Answered
from gateway.telemetry.hooks import Telemetry
from gateway.telemetry.metrics import CLASSES, DECISIONS, Metrics, Sources

PARTIES = 10_000


def shown(metrics: Metrics) -> str:
    return metrics.exposition()[1].decode()


def test_requests_are_counted_by_decision_class_and_family() -> None:
    metrics = Metrics()

    metrics.answered(
        "meter",
        "commercial",
        206,
        body_bytes=50,
        duration_ns=20_000_000,
    )
    metrics.metered(50)

    text = shown(metrics)
    labels = 'class="commercial",decision="meter",status="2xx"'
    assert f"copyfair_requests_total{{{labels}}} 1.0" in text
    assert 'copyfair_sent_bytes_total{class="commercial"} 50.0' in text
    assert "copyfair_metered_bytes_total 50.0" in text
    assert 'copyfair_request_seconds_bucket{le="0.025"} 1.0' in text


def test_ten_thousand_keys_leave_as_many_series_as_one() -> None:
    few, many = Metrics(), Metrics()
    lengths = []

    for metrics, number in ((few, 1), (many, PARTIES)):
        for each in range(number):
            name = f"cg_live_{each:024d}"
            metrics.answered(name, name, each, body_bytes=1, duration_ns=0)
            metrics.budget_refused(name)
            metrics.upstream_failed(name)
            metrics.policies_reloaded(name, version=f"{each:064x}")
        lengths.append(len(shown(metrics).splitlines()))

    assert lengths[1] - lengths[0] <= 2 * 5  # the five families of statuses
    assert "cg_live_" not in shown(many)


def test_every_word_a_rule_can_say_has_its_label() -> None:
    assert set(WORDS.values()) <= DECISIONS
    assert set(CLASSES_OF_RULES) == CLASSES


def test_the_set_in_force_is_the_only_one_shown() -> None:
    metrics = Metrics()
    metrics.policies_reloaded("replaced", version="a" * 64)

    metrics.policies_reloaded("faulty", version="b" * 64)

    text = shown(metrics)
    assert f'copyfair_policy_info{{version="{"b" * 16}"}} 1.0' in text
    assert "a" * 16 not in text
    assert 'copyfair_policy_reloads_total{outcome="faulty"} 1.0' in text


def test_what_lives_elsewhere_is_asked_when_somebody_looks() -> None:
    waiting = [3]
    metrics = Metrics(Sources(intents_open=lambda: 2, event_queue=lambda: waiting[0]))
    waiting[0] = 7

    text = shown(metrics)

    assert "copyfair_intents_open 2.0" in text
    assert "copyfair_event_queue_length 7.0" in text


def test_two_gateways_in_one_process_do_not_add_up() -> None:
    one, other = Metrics(), Metrics()

    one.orphans_found(4)

    assert "copyfair_intents_orphaned_total 0.0" in shown(other)


def test_hooks_count_what_they_hear() -> None:
    class Silent:
        def __init__(self) -> None:
            self.said: list[str] = []

        def say(self, event: str, **fields: object) -> None:
            self.said.append(event)

        def answered(self, request: Answered) -> None:
            self.said.append(request.request_id)

    class Reloaded:
        loaded, changed, version, faults = False, False, "c" * 64, ("a.yaml:1:1 x",)

    log = Silent()
    telemetry = Telemetry(Metrics(), log)

    telemetry.answered(
        Answered("req_1", "throttle", status=429, budget="anonymous", metered_bytes=9)
    )
    telemetry.upstream_failed("timeout", request_id="req_1")
    telemetry.policies_reloaded(Reloaded())
    telemetry.orphans_found(0)
    telemetry.orphans_found(2)

    assert log.said == ["req_1", "upstream.failed", "policy.faulty", "intents.orphaned"]
    text = shown(telemetry.metrics)
    assert 'copyfair_budget_refusals_total{budget="anonymous"} 1.0' in text
    assert 'copyfair_upstream_errors_total{kind="timeout"} 1.0' in text
    assert "copyfair_metered_bytes_total 9.0" in text
