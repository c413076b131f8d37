"""Effort by node and hour, in a table."""

from __future__ import annotations

from gateway.kernel.clock import US_PER_S
from gateway.kernel.period import Period
from gateway.metering.effort import OF_NO_CLASS, ByClass, Effort, Measured
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


ADD_CLASS = """
INSERT INTO effort_class (node, hour_us, class, egress_bytes, requests)
VALUES (:node, :hour_us, :class, :egress_bytes, :requests)
ON CONFLICT (node, hour_us, class) DO UPDATE SET
  egress_bytes = effort_class.egress_bytes + excluded.egress_bytes,
  requests = effort_class.requests + excluded.requests
"""
BY_CLASS = """
SELECT class, sum(egress_bytes) AS egress_bytes, sum(requests) AS requests
FROM effort_class WHERE hour_us >= :start_us AND hour_us < :end_us
GROUP BY class ORDER BY class
"""


class StoredEffort:
    """Implements `gateway.metering.effort.EffortStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(
        self,
        node: str,
        effort: Effort,
        *,
        at_us: int,
        by_class: ByClass = OF_NO_CLASS,
    ) -> None:
        """Add what a node took lately to its hour, all of it and by class."""
        row = {"node": node, "hour_us": at_us - at_us % US_PER_HOUR}
        classes = [
            {
                **row,
                "class": name,
                "egress_bytes": each.egress_bytes,
                "requests": each.requests,
            }
            for name, each in by_class.items()
        ]
        with self._db.transaction() as tx:
            tx.run(ADD, {**row, **effort._asdict()})
            tx.run_many(ADD_CLASS, classes)

    def by_class(self, span: Period) -> ByClass:
        """What all nodes served in the hours that begin in a span, by class."""
        bounds = {"start_us": span.start_us, "end_us": span.end_us}
        return {
            row["class"]: Effort(0, int(row["egress_bytes"]), int(row["requests"]))
            for row in self._db.rows(BY_CLASS, bounds)
        }

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
