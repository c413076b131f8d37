"""What is counted for every request, kept in plain whole numbers.

The library's counters take a lock each; these are touched by one event loop, some
ten thousand times a second, and become families only when somebody collects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

NS_PER_S = 1_000_000_000
BOUNDS_MS = (5, 25, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000)
BOUNDS_NS = tuple(bound * 1_000_000 for bound in BOUNDS_MS)
LABELS = ("decision", "class", "status")

Labels = tuple[str, str, str]


class Tally(Collector):
    """Requests, their time and their bytes; refusals and failures.

    Attributes:
        requests: How many and how many body bytes, by their labels; each pair in a
            list of its own, so that whoever counts need not look it up.
        refusals: How many, by budget.
        faults: How many failures of the archive, by kind.
        buckets: How many, by the first of `BOUNDS_NS` that they did not pass.
        total_ns: How long all took.
        metered_bytes: Body bytes under an agreement.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests: dict[Labels, list[int]] = {}
        self.refusals: dict[str, int] = {}
        self.faults: dict[str, int] = {}
        self.metered_bytes = 0
        self.buckets = [0] * (len(BOUNDS_MS) + 1)
        self.total_ns = 0
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """The families, as they stand."""
        requests = CounterMetricFamily(
            "copyfair_requests",
            "Requests answered, by decision, class and status family.",
            labels=LABELS,
        )
        sent: dict[str, int] = {}
        for labels, (number, body_bytes) in dict(self.requests).items():
            requests.add_metric(labels, number)
            klass = labels[LABELS.index("class")]
            sent[klass] = sent.get(klass, 0) + body_bytes
        yield requests
        yield self._seconds()
        yield _by_word(
            "copyfair_sent_bytes",
            "Body bytes that left us, by class.",
            label="class",
            counts=sent,
        )
        yield CounterMetricFamily(
            "copyfair_metered_bytes",
            "Body bytes that left us under an agreement.",
            value=self.metered_bytes,
        )
        yield _by_word(
            "copyfair_upstream_errors",
            "Failures of the archive behind us.",
            label="kind",
            counts=self.faults,
        )
        yield _by_word(
            "copyfair_budget_refusals",
            "Requests over a budget or cap.",
            label="budget",
            counts=self.refusals,
        )

    def _seconds(self) -> Metric:
        family = HistogramMetricFamily(
            "copyfair_request_seconds",
            "From the request's head to the last byte of its answer.",
        )
        edges = [str(bound / 1_000) for bound in BOUNDS_MS] + ["+Inf"]
        so_far, cumulative = 0, []
        for edge, number in zip(edges, self.buckets, strict=True):
            so_far += number
            cumulative.append((edge, so_far))
        family.add_metric((), cumulative, sum_value=self.total_ns / NS_PER_S)
        return family


def _by_word(
    name: str, text: str, *, label: str, counts: Mapping[str, int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=(label,))
    for word, number in dict(counts).items():
        family.add_metric((word,), number)
    return family
