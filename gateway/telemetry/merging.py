"""Figures of several processes, added up for whoever collects.

A process hands its families on as plain lists (`snapshot`); `MergedMetrics` adds
them. Counters and histograms of a process that has ended are kept, so that a sum
never falls because a worker was started again; its gauges end with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

Family = list[Any]
"""Name, type, help, and samples as [name, labels, value]."""
Snapshot = Sequence[Family]

LASTING = frozenset(("counter", "histogram", "summary"))
SAME_EVERYWHERE = "_info"
SINCE = "_created"


def snapshot(
    registry: CollectorRegistry, *, without: Collection[str] = ()
) -> list[Family]:
    """The families of a process, as texts and numbers.

    Args:
        registry: Where they are kept.
        without: Families that another process counts.
    """
    return [
        [
            family.name,
            family.type,
            family.documentation,
            [[each.name, dict(each.labels), each.value] for each in family.samples],
        ]
        for family in registry.collect()
        if family.name not in without
    ]


class MergedMetrics(Collector):
    """Adds up what processes say.

    Args:
        present: Gives the snapshots of the processes that are alive.
    """

    def __init__(self, present: Callable[[], Iterable[Snapshot]]) -> None:
        self._present = present
        self._past: list[Family] = []
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def ended(self, last: Snapshot) -> None:
        """A process has ended; these were its last figures."""
        lasting = [family for family in last if family[1] in LASTING]
        self._past = merged([self._past, lasting])

    def snapshots(self) -> list[Snapshot]:
        """The figures of all processes, those that ended included."""
        return [self._past, *self._present()]

    def collect(self) -> Iterable[Metric]:
        """The families, added up now."""
        for name, kind, text, samples in merged(self.snapshots()):
            metric = Metric(name, text, kind)
            for sample, labels, value in samples:
                metric.add_sample(sample, labels, value)
            yield metric

    def exposition(self) -> tuple[str, bytes]:
        """Content type and body for whoever collects."""
        return CONTENT_TYPE_LATEST, generate_latest(self._registry)


def merged(snapshots: Iterable[Snapshot]) -> list[Family]:
    """Add snapshots up, sample by sample, in the order they first appear."""
    heads: dict[str, tuple[str, str]] = {}
    sums: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
    for each in snapshots:
        for name, kind, text, samples in each:
            heads.setdefault(name, (kind, text))
            into = sums.setdefault(name, {})
            for sample, labels, value in samples:
                key = (sample, tuple(labels.items()))
                into[key] = _together(sample, into.get(key), value)
    return [
        [
            name,
            kind,
            text,
            [
                [sample, dict(labels), value]
                for (sample, labels), value in sums[name].items()
            ],
        ]
        for name, (kind, text) in heads.items()
    ]


def _together(sample: str, before: float | None, value: float) -> float:
    if before is None:
        return value
    if sample.endswith(SAME_EVERYWHERE):
        return max(before, value)
    if sample.endswith(SINCE):
        return min(before, value)
    return before + value
