"""Usage events and intents as rows, and back.

Values are plain texts and whole numbers: SQLite's driver goes a long way round for
anything else, and this runs for every metered request.
"""

from __future__ import annotations

from operator import attrgetter

from gateway.metering.intent import Intent
from gateway.metering.usage_event import Ending, UsageEvent
from gateway.storage.database import Insert, Row, Values

AS_THEY_ARE = (
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
    "body_bytes",
    "billable_bytes",
    "billable_requests",
    "floor_bracket",
    "occurred_us",
    "policy_version",
    "node",
)
FLAGS = ("priced_at_zero", "is_test", "is_statement", "is_repeat")
EVENT_COLUMNS = (*AS_THEY_ARE, "ending", *FLAGS)
INTENT_COLUMNS = (
    "request_id",
    "agreement_id",
    "hold_micros",
    "opened_us",
    "node",
    "boot_id",
)

INTO_INTENT = Insert("intent", INTENT_COLUMNS)
INTO_USAGE_EVENT = Insert(
    "usage_event", (*EVENT_COLUMNS, "recorded_us"), "ON CONFLICT (id) DO NOTHING"
)
SELECT_EVENTS = f"SELECT seq, {', '.join(EVENT_COLUMNS)} FROM usage_event"  # noqa: S608 - column names of ours

_of_intent = attrgetter(*INTENT_COLUMNS)
_of_event = attrgetter(*AS_THEY_ARE)


def intent_values(intent: Intent) -> Values:
    """The row of an intent that opens, in the order of `INTENT_COLUMNS`."""
    values: Values = _of_intent(intent)
    return values


def event_values(event: UsageEvent, *, is_repeat: bool, recorded_us: int) -> Values:
    """The row of a usage event, in the order of `INTO_USAGE_EVENT`."""
    return (
        *_of_event(event),
        event.ending.value,
        int(event.priced_at_zero),
        int(event.is_test),
        int(event.is_statement),
        int(is_repeat),
        recorded_us,
    )


def event_of(row: Row) -> UsageEvent:
    """The usage event of a row."""
    values = {name: row[name] for name in EVENT_COLUMNS}
    for name in FLAGS:
        values[name] = bool(values[name])
    values["ending"] = Ending(values["ending"])
    return UsageEvent(**values)
