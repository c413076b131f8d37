"""gateway.telemetry.merging: figures of several processes, added up."""

from __future__ import annotations

import re

from gateway.telemetry.merging import MergedMetrics, Snapshot, merged, snapshot
from gateway.telemetry.metrics import Metrics, Sources


def counting(requests: int, *, open_now: int = 0, version: str = "v1") -> Metrics:
    metrics = Metrics(Sources(intents_open=lambda: open_now))
    metrics.show_policies(version)
    for _ in range(requests):
        metrics.answered(
            decision="allow", klass="person", status=200, body_bytes=10, duration_ns=1
        )
    return metrics


def value(shown: MergedMetrics, name: str) -> float:
    text = shown.exposition()[1].decode()
    series = re.compile(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", re.MULTILINE)
    (found,) = series.findall(text)
    return float(found)


def test_what_processes_counted_is_added_up() -> None:
    one, other = counting(3, open_now=1), counting(4, open_now=2)
    shown = MergedMetrics(lambda: [snapshot(one.registry), snapshot(other.registry)])

    assert value(shown, "copyfair_requests_total") == 7
    assert value(shown, "copyfair_request_seconds_count") == 7
    assert value(shown, "copyfair_sent_bytes_total") == 70
    assert value(shown, "copyfair_intents_open") == 3


def test_a_policy_in_force_in_two_processes_is_one() -> None:
    both = [snapshot(counting(1).registry), snapshot(counting(1).registry)]
    shown = MergedMetrics(lambda: both)

    assert value(shown, "copyfair_policy_info") == 1


def test_a_sum_never_falls_when_a_process_ends_and_its_gauges_do() -> None:
    gone, alive = counting(3, open_now=5), counting(4, open_now=2)
    present: list[Snapshot] = [snapshot(alive.registry)]
    shown = MergedMetrics(lambda: present)

    shown.ended(snapshot(gone.registry))

    assert value(shown, "copyfair_requests_total") == 7
    assert value(shown, "copyfair_intents_open") == 2


def test_what_another_process_counts_is_left_out() -> None:
    metrics = counting(1)
    metrics.policies_reloaded("faulty", version="v1")

    names = {
        family[0]
        for family in snapshot(
            metrics.registry, without=frozenset(("copyfair_policy_reloads",))
        )
    }

    assert "copyfair_policy_reloads" not in names
    assert "copyfair_requests" in names


def test_one_process_shows_what_it_would_show_alone() -> None:
    metrics = counting(3)
    alone = metrics.exposition()[1].decode().splitlines()

    shown = MergedMetrics(lambda: [snapshot(metrics.registry)])

    assert set(shown.exposition()[1].decode().splitlines()) == set(alone)


def test_nothing_added_up_is_nothing() -> None:
    assert merged([]) == []
