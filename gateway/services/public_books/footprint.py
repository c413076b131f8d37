"""What serving took, month by month, as it was measured."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.kernel.clock import iso
from gateway.kernel.period import Period, month_of
from gateway.metering.effort import EffortStore
from gateway.metering.footprint import EnergyModel
from gateway.services.public_books.figures import FootprintRow

MONTHS = 12
US_PER_MS = 1_000


def footprint_rows(
    effort: EffortStore, model: EnergyModel, *, now_us: int
) -> tuple[FootprintRow, ...]:
    """The last 12 calendar months, the newest first; only where something passed.

    Args:
        effort: What was measured.
        model: How energy is estimated.
        now_us: The last month is the one that this is in.
    """
    rows = []
    for month in _months(now_us):
        took, hours = effort.measured(month)
        if hours and took.requests:
            rows.append(
                FootprintRow(
                    month=iso(month.start_us)[:7],
                    requests=took.requests,
                    body_bytes=took.egress_bytes,
                    cpu_ms=took.cpu_us // US_PER_MS,
                    energy_mwh=model.energy_mwh(
                        cpu_us=took.cpu_us, body_bytes=took.egress_bytes
                    ),
                )
            )
    return tuple(rows)


def _months(now_us: int) -> Iterator[Period]:
    at_us = now_us
    for _ in range(MONTHS):
        month = month_of(at_us)
        yield month
        at_us = month.start_us - 1
