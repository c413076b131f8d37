"""What became of requests for expensive pages, as one family of metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

LABELS = ("collection", "class", "rank", "outcome")
COLLECTIONS_MAX = 64
OTHER = "other"

LaneLine = tuple[tuple[str, str, str, str], int]
"""Collection, class of page, rank and outcome; and how many."""


class LaneFigures(Collector):
    """Reads the counts whenever somebody collects.

    Collections are the host's own and few; beyond 64 they count as `other`.
    """

    def __init__(
        self, registry: CollectorRegistry, source: Callable[[], Iterable[LaneLine]]
    ) -> None:
        self._source = source
        self._known: dict[str, None] = {}
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """The family, as it stands."""
        sums: dict[tuple[str, str, str, str], int] = {}
        for (collection, page_class, rank, outcome), number in self._source():
            key = (self._within(collection), page_class, rank, outcome)
            sums[key] = sums.get(key, 0) + number
        family = CounterMetricFamily(
            "copyfair_lane_requests",
            "Requests for expensive pages: served, waited, stale, led-on or shed.",
            labels=LABELS,
        )
        for labels, number in sums.items():
            family.add_metric(labels, number)
        yield family

    def _within(self, collection: str) -> str:
        if collection in self._known or len(self._known) < COLLECTIONS_MAX:
            self._known[collection] = None
            return collection
        return OTHER
