"""Effort by node and hour, in a table."""

from __future__ import annotations

from gateway.kernel.clock import US_PER_S
from gateway.kernel.period import Period
from gateway.metering.effort import Effort, Measured
from gateway.storage.database import Database

US_PER_HOUR = 3_600 * US_PER_S
ADD = """
INSERT INTO effort (node, hour_us, cpu_us, egress_bytes, requests)
VALUES (:node, :hour_us, :cpu_us, :egress_bytes, :requests)
ON CONFLICT (node, hour_us) DO UPDATE SET
  cpu_us = effort.cpu_us + excluded.cpu_us,
  egress_bytes = effort.egress_bytes + excluded.egress_bytes,
  requests = effort.requests + excluded.requests
"""


class StoredEffort:
    """Implements `gateway.metering.effort.EffortStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, node: str, effort: Effort, *, at_us: int) -> None:
        """Add what a node took lately to its hour."""
        row = {"node": node, "hour_us": at_us - at_us % US_PER_HOUR}
        with self._db.transaction() as tx:
            tx.run(ADD, {**row, **effort._asdict()})

    def measured(self, span: Period) -> Measured:
        """What all nodes took in the hours that begin in a span."""
        row = self._db.row(
            "SELECT count(*) AS hours, coalesce(sum(cpu_us), 0) AS cpu_us,"
            " coalesce(sum(egress_bytes), 0) AS egress_bytes,"
            " coalesce(sum(requests), 0) AS requests FROM effort"
            " WHERE hour_us >= :start_us AND hour_us < :end_us",
            {"start_us": span.start_us, "end_us": span.end_us},
        )
        if row is None:
            raise AssertionError("unreachable")
        effort = Effort(row["cpu_us"], row["egress_bytes"], row["requests"])
        return Measured(effort, row["hours"])
