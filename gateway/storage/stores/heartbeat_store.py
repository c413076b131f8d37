"""A mark per node and hour: an hour without one was silent, not empty."""

from __future__ import annotations

from gateway.kernel.clock import US_PER_S
from gateway.kernel.period import Period
from gateway.storage.database import Database

US_PER_HOUR = 3_600 * US_PER_S


class SqlHeartbeatStore:
    """Implements `HeartbeatStore` of metering."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def beat(self, node: str, *, at_us: int) -> None:
        """Say that the node is alive."""
        sql = (
            "INSERT INTO heartbeat (node, hour_us, beats, last_us)"
            " VALUES (:node, :hour_us, 1, :at_us) ON CONFLICT (node, hour_us)"
            " DO UPDATE SET beats = heartbeat.beats + 1, last_us = excluded.last_us"
        )
        hour_us = at_us - at_us % US_PER_HOUR
        with self._db.transaction() as transaction:
            transaction.run(sql, {"node": node, "hour_us": hour_us, "at_us": at_us})

    def silent_hours(self, node: str, period: Period) -> tuple[int, ...]:
        """Hours of a period, as their first microsecond, without a mark."""
        first = period.start_us - period.start_us % US_PER_HOUR
        rows = self._db.rows(
            "SELECT hour_us FROM heartbeat WHERE node = :node"
            " AND hour_us >= :first_us AND hour_us < :end_us",
            {"node": node, "first_us": first, "end_us": period.end_us},
        )
        heard = {int(row["hour_us"]) for row in rows}
        hours = range(first, period.end_us, US_PER_HOUR)
        return tuple(hour_us for hour_us in hours if hour_us not in heard)
