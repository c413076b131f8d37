"""How much CPU time a process has taken, read when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

NS_PER_S = 1_000_000_000


class CpuFigure(Collector):
    """One counter; several processes add up to what all of them take.

    Args:
        registry: Where it is shown.
        source: Nanoseconds of CPU time since the process began; None for nothing.
    """

    def __init__(
        self, registry: CollectorRegistry, source: Callable[[], int] | None
    ) -> None:
        self._source = source
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """The family, as it stands."""
        taken_ns = self._source() if self._source else 0
        yield CounterMetricFamily(
            "copyfair_cpu_seconds",
            "CPU time that the gateway's processes took.",
            value=taken_ns / NS_PER_S,
        )
