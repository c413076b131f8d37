"""Usage events and intents as rows, and back."""

from __future__ import annotations

from typing import Any

from gateway.metering.intent import Intent
from gateway.metering.meter import REPEAT_US
from gateway.metering.usage_event import Ending, UsageEvent
from gateway.storage.database import Row

EVENT_COLUMNS = (
    "id",
    "agreement_id",
    "party_id",
    "key_id",
    "collection",
    "tariff",
    "tariff_version",
    "use",
    "method",
    "path",
    "object_sha256",
    "status",
    "ending",
    "body_bytes",
    "billable_bytes",
    "billable_requests",
    "is_repeat",
    "priced_at_zero",
    "floor_bracket",
    "is_test",
    "occurred_us",
    "policy_version",
    "node",
    "is_statement",
)
FLAGS = ("is_repeat", "priced_at_zero", "is_test", "is_statement")

INSERT_INTENT = """
INSERT INTO intent (request_id, agreement_id, hold_micros, opened_us, node, boot_id)
VALUES (:request_id, :agreement_id, :hold_micros, :opened_us, :node, :boot_id)
"""

# A repeat: the same object version, under the same agreement, was delivered whole
# and priced less than 30 days before.
REPEATED = f"""
CASE WHEN :object_sha256 <> '' AND :billable_requests = 1 AND EXISTS (
  SELECT 1 FROM usage_event AS earlier
  WHERE earlier.agreement_id = :agreement_id
    AND earlier.object_sha256 = :object_sha256
    AND earlier.occurred_us > :occurred_us - {REPEAT_US}
    AND earlier.object_sha256 <> '' AND earlier.billable_requests = 1
    AND earlier.is_repeat = 0 AND earlier.priced_at_zero = 0 AND earlier.is_test = 0
    AND earlier.ending = 'complete' AND earlier.status IN (200, 203)
) THEN 1 ELSE 0 END
"""  # noqa: S608 - a constant of ours

VALUES = ", ".join(
    REPEATED if name == "is_repeat" else f":{name}" for name in EVENT_COLUMNS
)
INSERT_EVENT = f"""
INSERT INTO usage_event ({", ".join(EVENT_COLUMNS)}, recorded_us)
VALUES ({VALUES}, :recorded_us)
ON CONFLICT (id) DO NOTHING
"""  # noqa: S608 - column names of ours

SELECT_EVENTS = f"SELECT seq, {', '.join(EVENT_COLUMNS)} FROM usage_event"  # noqa: S608 - column names of ours

SETTLE_INTENT = """
UPDATE intent SET state = 'settled', closed_us = :recorded_us
WHERE request_id = :id AND state = 'open'
"""


def intent_row(intent: Intent) -> dict[str, Any]:
    """The row of an intent that opens."""
    return {
        "request_id": intent.request_id,
        "agreement_id": intent.agreement_id,
        "hold_micros": intent.hold_micros,
        "opened_us": intent.opened_us,
        "node": intent.node,
        "boot_id": intent.boot_id,
    }


def event_row(event: UsageEvent, *, recorded_us: int) -> dict[str, Any]:
    """The row of a usage event that is recorded.

    Plain texts and whole numbers only: SQLite's driver goes a long way round for
    anything else, and this runs for every metered request.
    """
    return {
        "id": event.id,
        "agreement_id": event.agreement_id,
        "party_id": event.party_id,
        "key_id": event.key_id,
        "collection": event.collection,
        "tariff": event.tariff,
        "tariff_version": event.tariff_version,
        "use": event.use,
        "method": event.method,
        "path": event.path,
        "object_sha256": event.object_sha256,
        "status": event.status,
        "ending": event.ending.value,
        "body_bytes": event.body_bytes,
        "billable_bytes": event.billable_bytes,
        "billable_requests": event.billable_requests,
        "priced_at_zero": int(event.priced_at_zero),
        "floor_bracket": event.floor_bracket,
        "is_test": int(event.is_test),
        "occurred_us": event.occurred_us,
        "policy_version": event.policy_version,
        "node": event.node,
        "is_statement": int(event.is_statement),
        "recorded_us": recorded_us,
    }


def event_of(row: Row) -> UsageEvent:
    """The usage event of a row."""
    values = {name: row[name] for name in EVENT_COLUMNS}
    for name in FLAGS:
        values[name] = bool(values[name])
    values["ending"] = Ending(values["ending"])
    return UsageEvent(**values)
