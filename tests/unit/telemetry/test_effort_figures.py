"""telemetry.effort_figures: what serving takes, of one process or of several."""

from __future__ import annotations

from gateway.metering.effort import Effort, Reading
from gateway.telemetry.effort_figures import reading_of
from gateway.telemetry.merging import MergedMetrics, snapshot
from gateway.telemetry.metrics import Metrics, Sources


def a_process(cpu_ns: int, *sizes: int) -> Metrics:
    metrics = Metrics(Sources(cpu_ns=lambda: cpu_ns))
    for size in sizes:
        metrics.answered("allow", "person", 200, body_bytes=size, duration_ns=1)
    return metrics


def test_processes_add_up() -> None:
    one, two = a_process(1_500_000_000, 40, 2), a_process(250_000_000, 8)

    two.answered("offer", "commercial", 402, body_bytes=7, duration_ns=1)
    taken = reading_of([snapshot(one.registry), snapshot(two.registry)])

    assert taken.effort == Effort(1_750_000, 57, 4)
    assert taken.by_class == {
        "commercial": Effort(0, 7, 1),
        "person": Effort(0, 50, 3),
    }


def test_what_a_process_took_stays_when_it_has_ended() -> None:
    ended, serving = a_process(1_000_000_000, 40), a_process(2_000_000_000, 2)
    merged = MergedMetrics(lambda: [snapshot(serving.registry)])
    merged.ended(snapshot(ended.registry))

    assert reading_of(merged.snapshots()).effort == Effort(3_000_000, 42, 2)


def test_a_process_that_cannot_say_takes_nothing() -> None:
    assert reading_of([snapshot(Metrics().registry)]) == Reading()
