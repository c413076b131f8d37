"""Intents and usage events in the database.

An event and the end of its intent are one transaction: after a crash there is
either an open intent or a settled event, never both and never neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gateway.kernel.errors import Conflict
from gateway.kernel.period import Period
from gateway.metering.intent import Intent
from gateway.metering.ports import IntentCounts, Settled
from gateway.metering.usage_event import UsageEvent
from gateway.storage.database import Database, Transaction
from gateway.storage.stores.usage_repeats import repeats
from gateway.storage.stores.usage_rows import (
    INTO_INTENT,
    INTO_USAGE_EVENT,
    SELECT_EVENTS,
    event_of,
    event_values,
    intent_values,
)

# Those recorded just now, each with the intent that is still open.
SETTLE_INTENTS = """
UPDATE intent SET state = 'settled', closed_us = :recorded_us
WHERE state = 'open'
  AND request_id IN (SELECT id FROM usage_event WHERE seq > :seq)
"""


class SqlUsageStore:
    """Implements `IntentStore`, `RunStore` and `UsageStore` of metering."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def open_intents(self, intents: Sequence[Intent]) -> None:
        """Write intents down, all or none."""
        with self._db.transaction() as transaction:
            transaction.insert_rows(INTO_INTENT, [*map(intent_values, intents)])

    def settle_events(
        self, events: Sequence[UsageEvent], *, recorded_us: int
    ) -> tuple[Settled, ...]:
        """Record events and close their intents, all or none."""
        with self._db.transaction() as transaction:
            before = _last_seq(transaction)
            added = _add(transaction, events, recorded_us=recorded_us)
            closed = transaction.run(
                SETTLE_INTENTS, {"recorded_us": recorded_us, "seq": before}
            )
            fresh = _recorded_after(transaction, before)
            if closed == added == len(events):
                return tuple(fresh[event.id] for event in events)
            _assert_closed(transaction, fresh)
            return tuple(
                fresh.get(event.id) or _recorded_before(transaction, event)
                for event in events
            )

    def record_event(self, event: UsageEvent, *, recorded_us: int) -> Settled:
        """Record an event that never had an intent (an import)."""
        with self._db.transaction() as transaction:
            _add(transaction, [event], recorded_us=recorded_us)
            return _recorded_before(transaction, event)

    def release_intent(self, request_id: str, *, at_us: int) -> None:
        """Close an intent of which nothing came."""
        sql = (
            "UPDATE intent SET state = 'released', closed_us = :at_us"
            " WHERE request_id = :request_id AND state = 'open'"
        )
        with self._db.transaction() as transaction:
            if not transaction.run(sql, {"request_id": request_id, "at_us": at_us}):
                detail = f"request {request_id} has no open intent to release"
                raise Conflict(detail)

    def start_node(self, node: str, boot_id: str, *, at_us: int) -> int:
        """Register a run of a node and orphan what its dead runs left open."""
        run = {"node": node, "boot_id": boot_id, "at_us": at_us}
        with self._db.transaction() as transaction:
            orphaned = transaction.run(
                "UPDATE intent SET state = 'orphaned', closed_us = :at_us"
                " WHERE state = 'open' AND node = :node AND boot_id <> :boot_id",
                run,
            )
            transaction.run(
                "INSERT INTO node_boot (boot_id, node, started_us, orphaned)"
                " VALUES (:boot_id, :node, :at_us, :orphaned)",
                {**run, "orphaned": orphaned},
            )
        return orphaned

    def intent_counts(self) -> IntentCounts:
        """How many intents there are of each state."""
        sql = "SELECT state, count(*) AS intents FROM intent GROUP BY state"
        counts = {row["state"]: int(row["intents"]) for row in self._db.rows(sql)}
        return IntentCounts(**counts)

    def start_boot(self, node: str, boot_id: str, *, at_us: int) -> None:
        """Register a run beside others that are alive."""
        sql = (
            "INSERT INTO node_boot (boot_id, node, started_us, orphaned)"
            " VALUES (:boot_id, :node, :at_us, 0) ON CONFLICT (boot_id) DO NOTHING"
        )
        with self._db.transaction() as transaction:
            transaction.run(sql, {"node": node, "boot_id": boot_id, "at_us": at_us})

    def boots_with_open_intents(self, node: str) -> tuple[str, ...]:
        """Runs of a node with an open intent, dead or alive."""
        sql = (
            "SELECT DISTINCT boot_id FROM intent"
            " WHERE state = 'open' AND node = :node ORDER BY boot_id"
        )
        return tuple(row["boot_id"] for row in self._db.rows(sql, {"node": node}))

    def open_request_ids(self, boot_id: str) -> frozenset[str]:
        """Requests of a run whose intent is open."""
        sql = (
            "SELECT request_id FROM intent WHERE state = 'open' AND boot_id = :boot_id"
        )
        rows = self._db.rows(sql, {"boot_id": boot_id})
        return frozenset(row["request_id"] for row in rows)

    def orphan_boot(self, node: str, boot_id: str, *, at_us: int) -> int:
        """Orphan what one dead run left open."""
        sql = (
            "UPDATE intent SET state = 'orphaned', closed_us = :at_us"
            " WHERE state = 'open' AND node = :node AND boot_id = :boot_id"
        )
        run = {"node": node, "boot_id": boot_id, "at_us": at_us}
        with self._db.transaction() as transaction:
            return transaction.run(sql, run)

    def held_micros(self, agreement_id: str, *, except_node: str) -> int:
        """Money that other nodes hold open under an agreement, micros."""
        row = self._db.row(
            "SELECT coalesce(sum(hold_micros), 0) AS held FROM intent"
            " WHERE state = 'open' AND agreement_id = :agreement_id"
            " AND node <> :node",
            {"agreement_id": agreement_id, "node": except_node},
        )
        return int(row["held"]) if row else 0

    def event(self, event_id: str) -> UsageEvent | None:
        """One event."""
        row = self._db.row(f"{SELECT_EVENTS} WHERE id = :id", {"id": event_id})
        return event_of(row) if row else None

    def events(
        self, *, period: Period | None = None, agreement_id: str = ""
    ) -> Iterator[UsageEvent]:
        """Events in the order of recording, in constant memory."""
        where, params = chosen(period, agreement_id)
        for row in self._db.stream(f"{SELECT_EVENTS} {where} ORDER BY seq", params):
            yield event_of(row)

    def last_seq(self) -> int:
        """The place of the last event; 0 if there is none."""
        row = self._db.row("SELECT coalesce(max(seq), 0) AS seq FROM usage_event")
        return int(row["seq"]) if row else 0


def chosen(period: Period | None, agreement_id: str) -> tuple[str, dict[str, object]]:
    """The WHERE clause and parameters of a period and an agreement."""
    clauses: list[str] = []
    params: dict[str, object] = {}
    if agreement_id:
        clauses.append("agreement_id = :agreement_id")
        params["agreement_id"] = agreement_id
    if period:
        clauses.append("occurred_us >= :start_us AND occurred_us < :end_us")
        params |= {"start_us": period.start_us, "end_us": period.end_us}
    return (f"WHERE {' AND '.join(clauses)}" if clauses else ""), params


def _add(
    transaction: Transaction, events: Sequence[UsageEvent], *, recorded_us: int
) -> int:
    """Add what is not there yet; how many that were."""
    marked = zip(events, repeats(transaction, events), strict=True)
    rows = [
        event_values(event, is_repeat=is_repeat, recorded_us=recorded_us)
        for event, is_repeat in marked
    ]
    return transaction.insert_rows(INTO_USAGE_EVENT, rows)


def _last_seq(transaction: Transaction) -> int:
    row = transaction.row("SELECT coalesce(max(seq), 0) AS seq FROM usage_event")
    return int(row["seq"]) if row else 0


def _recorded_after(transaction: Transaction, seq: int) -> dict[str, Settled]:
    sql = "SELECT seq, id, is_repeat FROM usage_event WHERE seq > :seq"
    rows = transaction.rows(sql, {"seq": seq})
    return {row["id"]: Settled(row["seq"], bool(row["is_repeat"])) for row in rows}


def _assert_closed(transaction: Transaction, fresh: Mapping[str, Settled]) -> None:
    """Every fresh event must have closed an intent of its own just now."""
    sql = "SELECT state FROM intent WHERE request_id = :id"
    for event_id in fresh:
        intent = transaction.row(sql, {"id": event_id})
        state = intent["state"] if intent else "missing"
        if state != "settled":
            detail = f"the intent of {event_id} is {state}; nothing can be settled"
            raise Conflict(detail)


def _recorded_before(transaction: Transaction, event: UsageEvent) -> Settled:
    row = transaction.row(f"{SELECT_EVENTS} WHERE id = :id", {"id": event.id})
    if row is None or not event_of(row).is_same_fact(event):
        detail = f"usage event {event.id} is recorded with another payload"
        raise Conflict(detail)
    return Settled(row["seq"], bool(row["is_repeat"]))
