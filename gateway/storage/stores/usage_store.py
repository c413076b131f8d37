"""Intents and usage events in the database.

An event and the end of its intent are one transaction: after a crash there is
either an open intent or a settled event, never both and never neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from gateway.kernel.errors import Conflict
from gateway.kernel.period import Period
from gateway.metering.intent import Intent
from gateway.metering.ports import IntentCounts, Settled
from gateway.metering.usage_event import UsageEvent
from gateway.storage.database import Database, Reader, Transaction
from gateway.storage.stores.usage_repeats import repeats
from gateway.storage.stores.usage_rows import (
    INTO_INTENT,
    SELECT_EVENTS,
    event_of,
    insert_events,
    intent_values,
    last_seq,
)
from gateway.storage.stores.wire_counts import count_wire

# Those recorded just now, each with the intent that is still open.
COUNT_SETTLED = """
INSERT INTO settled_intents (boot_id, number)
SELECT boot_id, count(*) FROM usage_event JOIN open_intent ON request_id = id
WHERE seq > :seq GROUP BY boot_id
ON CONFLICT (boot_id) DO UPDATE SET number = settled_intents.number + excluded.number
"""
CLOSE_SETTLED = """
DELETE FROM open_intent
WHERE request_id IN (SELECT id FROM usage_event WHERE seq > :seq)
"""
END_INTENTS = """
INSERT INTO intent (request_id, agreement_id, hold_micros, opened_us, node, boot_id,
  state, closed_us)
SELECT request_id, agreement_id, hold_micros, opened_us, node, boot_id, :state, :at_us
FROM open_intent
"""
DELETE_ENDED = "DELETE FROM open_intent"
COUNTS = """
SELECT state, count(*) AS intents FROM intent GROUP BY state
UNION ALL SELECT 'open', count(*) FROM open_intent
UNION ALL SELECT 'settled', coalesce(sum(number), 0) FROM settled_intents
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
        if not events:
            return ()
        with self._db.transaction() as transaction:
            marks = repeats(transaction, events)
            before, added = insert_events(
                transaction,
                events,
                marks=marks,
                recorded_us=recorded_us,
                had_intent=True,
            )
            transaction.run(COUNT_SETTLED, {"seq": before})
            closed = transaction.run(CLOSE_SETTLED, {"seq": before})
            if closed == added == len(events):
                count_wire(transaction, events)
                return tuple(
                    Settled(seq, is_repeat == 1)
                    for seq, (is_repeat, _) in enumerate(marks, before + 1)
                )
            fresh = _recorded_after(transaction, before)
            if closed != added:
                raise _not_open(transaction, fresh)
            count_wire(transaction, [each for each in events if each.id in fresh])
            return tuple(
                fresh.get(event.id) or _recorded_before(transaction, event)
                for event in events
            )

    def record_event(self, event: UsageEvent, *, recorded_us: int) -> Settled:
        """Record an event that never had an intent (an import)."""
        with self._db.transaction() as transaction:
            marks = repeats(transaction, [event])
            insert_events(transaction, [event], marks=marks, recorded_us=recorded_us)
            return _recorded_before(transaction, event)

    def release_intent(self, request_id: str, *, at_us: int) -> None:
        """Close an intent of which nothing came."""
        which = {"request_id": request_id}
        with self._db.transaction() as transaction:
            if not _end(transaction, which, state="released", at_us=at_us):
                detail = f"request {request_id} has no open intent to release"
                raise Conflict(detail)

    def start_node(self, node: str, boot_id: str, *, at_us: int) -> int:
        """Register a run of a node and orphan what its dead runs left open."""
        with self._db.transaction() as transaction:
            found = transaction.rows(
                "SELECT DISTINCT boot_id FROM open_intent"
                " WHERE node = :node AND boot_id <> :boot_id",
                {"node": node, "boot_id": boot_id},
            )
            orphaned = sum(
                _end(transaction, {"node": node, **dead}, state="orphaned", at_us=at_us)
                for dead in found
            )
            transaction.run(
                "INSERT INTO node_boot (boot_id, node, started_us, orphaned)"
                " VALUES (:boot_id, :node, :at_us, :orphaned)",
                {
                    "boot_id": boot_id,
                    "node": node,
                    "at_us": at_us,
                    "orphaned": orphaned,
                },
            )
        return orphaned

    def intent_counts(self) -> IntentCounts:
        """How many intents there are of each state."""
        return intent_counts(self._db)

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
            "SELECT DISTINCT boot_id FROM open_intent"
            " WHERE node = :node ORDER BY boot_id"
        )
        return tuple(row["boot_id"] for row in self._db.rows(sql, {"node": node}))

    def open_request_ids(self, boot_id: str) -> frozenset[str]:
        """Requests of a run whose intent is open."""
        sql = "SELECT request_id FROM open_intent WHERE boot_id = :boot_id"
        rows = self._db.rows(sql, {"boot_id": boot_id})
        return frozenset(row["request_id"] for row in rows)

    def orphan_boot(self, node: str, boot_id: str, *, at_us: int) -> int:
        """Orphan what one dead run left open."""
        run = {"node": node, "boot_id": boot_id}
        with self._db.transaction() as transaction:
            return _end(transaction, run, state="orphaned", at_us=at_us)

    def held_micros(self, agreement_id: str, *, except_node: str) -> int:
        """Money that other nodes hold open under an agreement, micros."""
        row = self._db.row(
            "SELECT coalesce(sum(hold_micros), 0) AS held FROM open_intent"
            " WHERE agreement_id = :agreement_id AND node <> :node",
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
        return last_seq(self._db)


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


def intent_counts(reader: Reader) -> IntentCounts:
    """How many intents there are of each state."""
    counts = Counter[str]()
    for row in reader.rows(COUNTS):
        counts[row["state"]] += int(row["intents"])
    return IntentCounts(**counts)


def _end(
    transaction: Transaction, which: Mapping[str, str], *, state: str, at_us: int
) -> int:
    """Move open intents among those that are over; how many that were."""
    where = f" WHERE {' AND '.join(f'{name} = :{name}' for name in which)}"
    transaction.run(END_INTENTS + where, {**which, "state": state, "at_us": at_us})
    return transaction.run(DELETE_ENDED + where, which)


def _recorded_after(transaction: Transaction, seq: int) -> dict[str, Settled]:
    sql = "SELECT seq, id, is_repeat FROM usage_event WHERE seq > :seq"
    rows = transaction.rows(sql, {"seq": seq})
    return {row["id"]: Settled(row["seq"], bool(row["is_repeat"])) for row in rows}


def _not_open(transaction: Transaction, fresh: Mapping[str, Settled]) -> Conflict:
    """Which of the fresh events had no open intent, hence cannot be settled."""
    sql = "SELECT state FROM intent WHERE request_id = :id"
    for event_id in fresh:
        over = transaction.row(sql, {"id": event_id})
        if over:
            detail = f"the intent of {event_id} is {over['state']}"
            return Conflict(f"{detail}; nothing can be settled")
    return Conflict("an intent is missing; nothing can be settled")


def _recorded_before(transaction: Transaction, event: UsageEvent) -> Settled:
    row = transaction.row(f"{SELECT_EVENTS} WHERE id = :id", {"id": event.id})
    if row is None or not event_of(row).is_same_fact(event):
        detail = f"usage event {event.id} is recorded with another payload"
        raise Conflict(detail)
    return Settled(row["seq"], bool(row["is_repeat"]))
