"""What is counted, with labels that cannot grow.

Each label has a closed list of words; whatever is not on it counts as `other`.
No key, party, path, address or agent ever becomes a label: a hundred thousand
parties leave exactly as many series as one. The registry is our own, so two
gateways in one process (as in tests) do not add up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from gateway.telemetry.cpu_figure import CpuFigure
from gateway.telemetry.lane_figures import LaneFigures, LaneLine
from gateway.telemetry.tally import BOUNDS_NS, Tally

OTHER = "other"
_ANSWERS = ("allow", "meter", "offer", "identify", "throttle", "redirect", "deny")
DECISIONS = frozenset((*_ANSWERS, "pass", "own", "error"))
"""The decisions, and: passed on while switched off, answered by us, failed."""
_CLASSES = ("person", "commoner", "commercial", "statutory", "search")
CLASSES = frozenset((*_CLASSES, "automation", "unknown"))
FAMILIES = frozenset(("1xx", "2xx", "3xx", "4xx", "5xx"))
UPSTREAM_FAULTS = frozenset(("timeout", "refused", "broken", "malformed"))
RELOADS = frozenset(("replaced", "unchanged", "faulty"))
_OWN = ("offers", "credential-checks", "prepaid", "monthly-cap", "lane")
BUDGETS = frozenset(("anonymous", "trial", "commoner", "crawlers", *_OWN))
KNOWN_MAX = 1_000


def _within(word: str, words: frozenset[str]) -> str:
    return word if word in words else OTHER


class Gauged(Protocol):
    """Something that can be asked how much there is now."""

    def __call__(self) -> int:
        """A whole number; asked whenever metrics are read."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where figures that live elsewhere are read when somebody asks."""

    cpu_ns: Gauged | None = None
    intents_open: Gauged | None = None
    event_queue: Gauged | None = None
    lane_places: Gauged | None = None
    lane_waiting: Gauged | None = None
    lane_requests: Callable[[], Iterable[LaneLine]] = tuple


class Metrics:
    """Every figure of one gateway."""

    def __init__(self, sources: Sources | None = None) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._tally = Tally(self.registry)
        self._orphaned = self._counter(
            "copyfair_intents_orphaned",
            "Intents of a run that died before it settled them; they count nothing.",
        )
        self._reloads = self._counter(
            "copyfair_policy_reloads", "Policy reloads, by outcome.", ("outcome",)
        )
        self._dropped = self._counter(
            "copyfair_log_lines_dropped", "Log lines lost because the queue was full."
        )
        self._known: dict[tuple[str, str, int], list[int]] = {}
        sources = sources or Sources()
        CpuFigure(self.registry, sources.cpu_ns)
        LaneFigures(self.registry, sources.lane_requests)
        self._make_gauges(sources)

    def answered(
        self,
        decision: str,
        klass: str,
        status: int,
        *,
        body_bytes: int,
        duration_ns: int,
    ) -> None:
        """A request was answered.

        Args:
            decision: The decision's word, or `pass`, `own`, `error`.
            klass: The class that the answering rule gives.
            status: HTTP status.
            body_bytes: Body bytes that left us.
            duration_ns: From the request's head to the end.
        """
        said = (decision, klass, status)
        count = self._known.get(said)
        if count is None:
            labels = (
                _within(decision, DECISIONS),
                _within(klass, CLASSES),
                _within(f"{status // 100}xx", FAMILIES),
            )
            count = self._tally.requests.setdefault(labels, [0, 0])
            if len(self._known) < KNOWN_MAX:
                self._known[said] = count
        # Here and not in the tally: this is part of every request.
        tally = self._tally
        count[0] += 1
        count[1] += body_bytes
        tally.total_ns += duration_ns
        tally.buckets[bisect_left(BOUNDS_NS, duration_ns)] += 1

    def metered(self, body_bytes: int) -> None:
        """A metered response ended after so many body bytes."""
        self._tally.metered_bytes += body_bytes

    def upstream_failed(self, kind: str) -> None:
        """The archive failed: `timeout`, `refused`, `broken` or `malformed`."""
        word, faults = _within(kind, UPSTREAM_FAULTS), self._tally.faults
        faults[word] = faults.get(word, 0) + 1

    def budget_refused(self, budget: str) -> None:
        """A request was over a budget or cap; names of one's own are `other`."""
        word, refusals = _within(budget, BUDGETS), self._tally.refusals
        refusals[word] = refusals.get(word, 0) + 1

    def orphans_found(self, number: int) -> None:
        """So many intents of a dead run were found."""
        self._orphaned.inc(number)

    def policies_reloaded(self, outcome: str, *, version: str) -> None:
        """Policies were read again.

        Args:
            outcome: `replaced`, `unchanged` or `faulty`.
            version: Hash of the set in force now.
        """
        self._reloads.labels(_within(outcome, RELOADS)).inc()
        self.show_policies(version)

    def show_policies(self, version: str) -> None:
        """The set in force is *version*; the one before is forgotten."""
        self._policies.clear()
        self._policies.labels(version[:16]).set(1)

    def show_capture(self, index: float, *, is_captured: bool) -> None:
        """How unevenly taking is spread, 0 to 1, and whether it is above the limit."""
        self._capture.set(index)
        self._captured.set(is_captured)

    def log_line_dropped(self) -> None:
        """A log line was lost."""
        self._dropped.inc()

    def exposition(self) -> tuple[str, bytes]:
        """Content type and body for whoever collects."""
        return CONTENT_TYPE_LATEST, generate_latest(self.registry)

    def names(self) -> tuple[str, ...]:
        """Every family as it is exposed, in alphabetical order."""
        kinds: Mapping[str, str] = {"counter": "_total"}
        return tuple(
            sorted(
                family.name + kinds.get(family.type, "")
                for family in self.registry.collect()
            )
        )

    def _counter(self, name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _make_gauges(self, sources: Sources) -> None:
        self._policies = Gauge(
            "copyfair_policy_info",
            "1 for the policy set in force, by the start of its hash.",
            ("version",),
            registry=self.registry,
        )
        self._capture = Gauge(
            "copyfair_capture_index",
            "How unevenly 12 months' taking is spread over its takers: 0 even, 1 few.",
            registry=self.registry,
        )
        self._captured = Gauge(
            "copyfair_captured",
            "1 while a few takers hold more than the limits of the gate allow.",
            registry=self.registry,
        )
        for name, text, source in (
            (
                "copyfair_intents_open",
                "Metered responses that are under way.",
                sources.intents_open,
            ),
            (
                "copyfair_event_queue_length",
                "Usage events that wait for their commit.",
                sources.event_queue,
            ),
            (
                "copyfair_lane_places",
                "Expensive pages that may be made at once now, over all lanes.",
                sources.lane_places,
            ),
            (
                "copyfair_lane_waiting",
                "Requests that wait for an expensive page.",
                sources.lane_waiting,
            ),
        ):
            gauge = Gauge(name, text, registry=self.registry)
            if source is not None:
                gauge.set_function(source)
