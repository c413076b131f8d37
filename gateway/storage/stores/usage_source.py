"""The usage that metering recorded, as billing reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from gateway.billing.ports import Unmatched, UpTo, WireGap
from gateway.billing.taking import Passed, UsageTerms
from gateway.billing.unbilled import LeftIntents
from gateway.kernel.errors import NotFound
from gateway.metering.ports import IntentCounts
from gateway.storage.database import Database, Params
from gateway.storage.stores.usage_rows import last_seq
from gateway.storage.stores.usage_store import intent_counts
from gateway.storage.stores.wire_counts import wire_gaps

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
LEFT = """
SELECT agreement_id, node, state, count(*) AS intents, min(opened_us) AS first_us,
  max(opened_us) AS last_us
FROM (SELECT agreement_id, node, state, opened_us FROM intent
      WHERE state IN ('open', 'orphaned')
      UNION ALL SELECT agreement_id, node, 'open', opened_us FROM open_intent)
GROUP BY agreement_id, node, state ORDER BY agreement_id, node, state
"""
PASSED = """
SELECT event.id, event.terms_id, event.body_bytes, event.billable_bytes,
  event.billable_requests, event.is_repeat, event.occurred_us
FROM usage_event AS event
"""
# A run took up all of an event's terms up to a place and an instant; older ones each.
WAITING = """
NOT EXISTS (SELECT 1 FROM rated_terms AS taken WHERE taken.terms_id = event.terms_id
    AND event.seq <= taken.upto_seq AND event.occurred_us < taken.before_us)
  AND NOT EXISTS (SELECT 1 FROM rated_event WHERE rated_event.event_id = event.id)
"""
TAKEN = f"""
{PASSED}
WHERE EXISTS (SELECT 1 FROM rated_terms AS taken
    WHERE taken.terms_id = event.terms_id AND taken.run_id = :run_id
    AND event.seq <= taken.upto_seq AND event.occurred_us < taken.before_us
    AND NOT EXISTS (SELECT 1 FROM rated_terms AS earlier
      WHERE earlier.terms_id = event.terms_id AND earlier.run_id <> taken.run_id
      AND event.seq <= earlier.upto_seq AND event.occurred_us < earlier.before_us
      AND (earlier.upto_seq < taken.upto_seq OR earlier.upto_seq = taken.upto_seq
        AND earlier.before_us < taken.before_us)))
  AND NOT EXISTS (SELECT 1 FROM rated_event WHERE rated_event.event_id = event.id)
ORDER BY event.id
"""  # noqa: S608 - SQL of ours
# The same, where nobody else took of these terms and nothing was taken one by one.
TAKEN_ALONE = f"""
WITH taken AS MATERIALIZED (SELECT DISTINCT terms_id, upto_seq, before_us
  FROM rated_terms WHERE run_id = :run_id)
{PASSED} CROSS JOIN taken ON taken.terms_id = event.terms_id
  AND event.seq <= taken.upto_seq AND event.occurred_us < taken.before_us
ORDER BY event.id
"""  # noqa: S608 - SQL of ours
WITH_OTHERS = """
SELECT 1 FROM rated_terms AS mine JOIN rated_terms AS other
  ON other.terms_id = mine.terms_id AND (other.run_id <> mine.run_id
    OR other.upto_seq <> mine.upto_seq OR other.before_us <> mine.before_us)
WHERE mine.run_id = :run_id
UNION ALL SELECT 1 FROM (SELECT 1 FROM rated_event LIMIT 1) LIMIT 1
"""
TAKEN_ONCE = f"""
{PASSED} JOIN rated_event AS taken ON taken.event_id = event.id
WHERE taken.run_id = :run_id ORDER BY taken.event_id
"""
SELECT_TERMS = """
SELECT agreement_id, party_id, collection, tariff, tariff_version, floor_bracket,
  status, ending, priced_at_zero, is_test, is_statement
FROM usage_terms WHERE id = :terms_id
"""


class StoredUsage:
    """`gateway.billing.ports.UsageSource` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def waiting(self, upto: UpTo) -> Iterator[Passed]:
        """Events no run took up, by id; see the port."""
        return self._passed(
            f"{PASSED} WHERE event.seq <= :seq AND event.occurred_us < :before_us"
            f" AND {WAITING} ORDER BY event.id",
            upto._asdict(),
        )

    def taken_by(self, run_id: str) -> Iterator[Passed]:
        """The events that a run took up, by id; see the port."""
        one_by_one = "SELECT 1 FROM rated_event WHERE run_id = :run_id LIMIT 1"
        is_old = self._db.row(one_by_one, {"run_id": run_id})
        if is_old:
            return self._passed(TAKEN_ONCE, {"run_id": run_id})
        is_shared = self._db.row(WITH_OTHERS, {"run_id": run_id})
        return self._passed(TAKEN if is_shared else TAKEN_ALONE, {"run_id": run_id})

    def terms(self, terms_id: int) -> UsageTerms:
        """What events have in common; see the port."""
        row = self._db.row(SELECT_TERMS, {"terms_id": terms_id})
        if row is None:
            detail = f"the terms {terms_id} of usage events are gone"
            raise NotFound(detail)
        flags = ("priced_at_zero", "is_test", "is_statement")
        return UsageTerms(**{**row, **{name: bool(row[name]) for name in flags}})

    def last_seq(self) -> int:
        """The place of the last event; 0 for none."""
        return last_seq(self._db)

    def _passed(self, sql: str, params: Params) -> Iterator[Passed]:
        return cast("Iterator[Passed]", self._db.answers(sql, params))

    def intents(self) -> IntentCounts:
        """How many intents stand in which state."""
        return intent_counts(self._db)

    def left(self) -> tuple[LeftIntents, ...]:
        """Intents that are open or orphaned; see the port."""
        return tuple(LeftIntents(**row) for row in self._db.rows(LEFT))

    def wire_gaps(self) -> tuple[WireGap, ...]:
        """Where the transport's count differs from the events; see the port."""
        return wire_gaps(self._db)

    def unmatched(self) -> Unmatched:
        """Where intents and usage events do not fit together; see the port."""
        gone = self._db.row(SETTLED_NOW)
        return Unmatched(
            tuple(row["id"] for row in self._db.rows(SETTLED_ALONE)),
            tuple(row["id"] for row in self._db.rows(NOT_SETTLED)),
            gone=int(gone["gone"]) if gone else 0,
        )
