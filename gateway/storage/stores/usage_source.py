"""The usage that metering recorded, as billing reads it."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.billing.ports import Unmatched
from gateway.metering.ports import IntentCounts
from gateway.metering.usage_event import UsageEvent
from gateway.storage.database import Database
from gateway.storage.stores.usage_rows import event_of
from gateway.storage.stores.usage_store import intent_counts

# Stores from before open intents stood apart kept each settled one.
SETTLED_ALONE = """
SELECT request_id AS id FROM intent WHERE state = 'settled'
  AND NOT EXISTS (SELECT 1 FROM usage_event WHERE id = intent.request_id)
ORDER BY request_id
"""
NOT_SETTLED = """
SELECT request_id AS id FROM
  (SELECT request_id FROM intent WHERE state <> 'settled'
   UNION ALL SELECT request_id FROM open_intent)
WHERE EXISTS (SELECT 1 FROM usage_event WHERE id = request_id)
ORDER BY request_id
"""
SETTLED_NOW = """
SELECT (SELECT coalesce(sum(number), 0) FROM settled_intents)
  - (SELECT count(*) FROM usage_event WHERE had_intent = 1) AS gone
"""


class StoredUsage:
    """`gateway.billing.ports.UsageSource` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def waiting(
        self, *, before_us: int, after_id: str, limit: int
    ) -> tuple[UsageEvent, ...]:
        """Events no run took up, by id; see the port."""
        rows = self._db.rows(
            "SELECT event.* FROM usage_fact AS event"
            " WHERE event.occurred_us < :before_us AND event.id > :after_id"
            " AND NOT EXISTS"
            " (SELECT 1 FROM rated_event WHERE rated_event.event_id = event.id)"
            " ORDER BY event.id LIMIT :limit",
            {"before_us": before_us, "after_id": after_id, "limit": limit},
        )
        return tuple(event_of(row) for row in rows)

    def taken_by(self, run_id: str) -> Iterator[UsageEvent]:
        """The events that a run took up, by id."""
        rows = self._db.stream(
            "SELECT event.* FROM rated_event AS taken"
            " JOIN usage_fact AS event ON event.id = taken.event_id"
            " WHERE taken.run_id = :run_id ORDER BY event.id",
            {"run_id": run_id},
        )
        return (event_of(row) for row in rows)

    def intents(self) -> IntentCounts:
        """How many intents stand in which state."""
        return intent_counts(self._db)

    def unmatched(self) -> Unmatched:
        """Where intents and usage events do not fit together; see the port."""
        gone = self._db.row(SETTLED_NOW)
        return Unmatched(
            tuple(row["id"] for row in self._db.rows(SETTLED_ALONE)),
            tuple(row["id"] for row in self._db.rows(NOT_SETTLED)),
            gone=int(gone["gone"]) if gone else 0,
        )
