"""What serving takes, read out of the figures of one process or several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from gateway.metering.effort import Effort, Reading
from gateway.telemetry.merging import Snapshot

US_PER_S = 1_000_000
CPU, SENT, REQUESTS = (
    "copyfair_cpu_seconds_total",
    "copyfair_sent_bytes_total",
    "copyfair_requests_total",
)
CLASS = "class"


def reading_of(snapshots: Iterable[Snapshot]) -> Reading:
    """Everything that processes took since they began, and by class."""
    cpu_us, sent, asked = 0, Counter[str](), Counter[str]()
    for each in snapshots:
        for _, _, _, samples in each:
            for name, labels, value in samples:
                if name == CPU:
                    cpu_us += round(value * US_PER_S)
                elif name == SENT:
                    sent[dict(labels).get(CLASS, "")] += int(value)
                elif name == REQUESTS:
                    asked[dict(labels).get(CLASS, "")] += int(value)
    return Reading(
        Effort(cpu_us, sent.total(), asked.total()),
        {
            name: Effort(0, sent[name], asked[name])
            for name in sorted({*sent, *asked})
            if name
        },
    )
