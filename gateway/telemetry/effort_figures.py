"""What serving takes, read out of the figures of one process or several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from gateway.metering.effort import Effort
from gateway.telemetry.merging import Snapshot

US_PER_S = 1_000_000
CPU, SENT, REQUESTS = (
    "copyfair_cpu_seconds_total",
    "copyfair_sent_bytes_total",
    "copyfair_requests_total",
)


def effort_of(snapshots: Iterable[Snapshot]) -> Effort:
    """Everything that processes took since they began."""
    sums = Counter[str]()
    for each in snapshots:
        for _, _, _, samples in each:
            for name, _, value in samples:
                if name == CPU:
                    sums[CPU] += round(value * US_PER_S)
                elif name in {SENT, REQUESTS}:
                    sums[name] += int(value)
    return Effort(sums[CPU], sums[SENT], sums[REQUESTS])
