"""What the transport says passed, counted beside the events and not made from them.

Each agreement has a count for each hour, which grows in the commit that records the
events, from what the transport handed in. Events and count are written by different
statements into different tables, so that neither can change alone unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.billing.ports import WireGap
from gateway.metering.usage_event import UsageEvent
from gateway.metering.usage_statement import HOUR_US
from gateway.storage.database import Reader, Transaction

COUNT = """
INSERT INTO wire_count (agreement_id, hour_us, responses, body_bytes)
VALUES (:agreement_id, :hour_us, :responses, :body_bytes)
ON CONFLICT (agreement_id, hour_us) DO UPDATE SET
  responses = wire_count.responses + excluded.responses,
  body_bytes = wire_count.body_bytes + excluded.body_bytes
"""
# What was imported never passed our transport, and had no intent.
LEDGER = """
SELECT terms_id, occurred_us - occurred_us % 3600000000 AS hour_us,
  count(*) AS responses, sum(body_bytes) AS body_bytes
FROM usage_event WHERE had_intent = 1 GROUP BY 1, 2
"""
GAPS = f"""
SELECT agreement_id, hour_us, sum(wire_responses) AS wire_responses,
  sum(wire_bytes) AS wire_bytes, sum(ledger_responses) AS ledger_responses,
  sum(ledger_bytes) AS ledger_bytes
FROM (SELECT agreement_id, hour_us, responses AS wire_responses,
    body_bytes AS wire_bytes, 0 AS ledger_responses, 0 AS ledger_bytes FROM wire_count
  UNION ALL SELECT terms.agreement_id, ledger.hour_us, 0, 0, ledger.responses,
    ledger.body_bytes
  FROM ({LEDGER}) AS ledger JOIN usage_terms AS terms ON terms.id = ledger.terms_id)
GROUP BY agreement_id, hour_us
HAVING sum(wire_responses) <> sum(ledger_responses)
  OR sum(wire_bytes) <> sum(ledger_bytes)
ORDER BY agreement_id, hour_us
"""  # noqa: S608 - SQL of ours


def count_wire(transaction: Transaction, events: Iterable[UsageEvent]) -> None:
    """Add what passed to the counts, in the transaction that records it.

    Args:
        transaction: Records the same events.
        events: As the transport handed them in; new ones only.
    """
    passed: dict[tuple[str, int], list[int]] = {}
    for event in events:
        key = (event.agreement_id, event.occurred_us // HOUR_US)
        count = passed.get(key)
        if count is None:
            passed[key] = [1, event.body_bytes]
        else:
            count[0] += 1
            count[1] += event.body_bytes
    for (agreement_id, hour), (responses, body_bytes) in passed.items():
        params = {
            "agreement_id": agreement_id,
            "hour_us": hour * HOUR_US,
            "responses": responses,
            "body_bytes": body_bytes,
        }
        transaction.run(COUNT, params)


def wire_gaps(reader: Reader) -> tuple[WireGap, ...]:
    """Agreements and hours in which the wire and the ledger differ."""
    return tuple(WireGap(**row) for row in reader.rows(GAPS))
