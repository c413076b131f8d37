"""The usage that metering recorded, as billing reads it."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.billing.ports import Unmatched
from gateway.metering.ports import IntentCounts
from gateway.metering.usage_event import UsageEvent
from gateway.storage.database import Database
from gateway.storage.stores.usage_rows import event_of


class StoredUsage:
    """`gateway.billing.ports.UsageSource` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def waiting(
        self, *, before_us: int, after_id: str, limit: int
    ) -> tuple[UsageEvent, ...]:
        """Events no run took up, by id; see the port."""
        rows = self._db.rows(
            "SELECT event.* FROM usage_event AS event"
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
            " JOIN usage_event AS event ON event.id = taken.event_id"
            " WHERE taken.run_id = :run_id ORDER BY event.id",
            {"run_id": run_id},
        )
        return (event_of(row) for row in rows)

    def intents(self) -> IntentCounts:
        """How many intents stand in which state."""
        rows = self._db.rows("SELECT state, count(*) AS n FROM intent GROUP BY state")
        by_state = {row["state"]: row["n"] for row in rows}
        return IntentCounts(**by_state)

    def unmatched(self) -> Unmatched:
        """Where intents and usage events do not fit together; see the port."""
        intents = self._db.rows(
            "SELECT request_id AS id FROM intent WHERE state = 'settled'"
            " AND NOT EXISTS"
            " (SELECT 1 FROM usage_event AS event WHERE event.id = intent.request_id)"
            " ORDER BY request_id"
        )
        events = self._db.rows(
            "SELECT request_id AS id FROM intent WHERE state <> 'settled'"
            " AND EXISTS"
            " (SELECT 1 FROM usage_event AS event WHERE event.id = intent.request_id)"
            " ORDER BY request_id"
        )
        return Unmatched(
            tuple(row["id"] for row in intents), tuple(row["id"] for row in events)
        )
