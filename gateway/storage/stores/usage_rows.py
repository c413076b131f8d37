"""Usage events and intents as rows, and back.

Values are plain texts and whole numbers: SQLite's driver goes a long way round for
anything else, and this runs for every metered request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import NamedTuple

from gateway.metering.intent import Intent
from gateway.metering.usage_event import Ending, UsageEvent
from gateway.storage.database import Insert, Reader, Row, Transaction, Values
from gateway.storage.stores.usage_repeats import Mark
from gateway.storage.stores.usage_terms import placed

FLAGS = ("priced_at_zero", "is_test", "is_statement", "is_repeat")
EVENT_COLUMNS = tuple(each.name for each in fields(UsageEvent))
INTENT_COLUMNS = tuple(each.name for each in fields(Intent))

INTO_INTENT = Insert("open_intent", INTENT_COLUMNS)
INTO_USAGE_EVENT = Insert(
    "usage_event",
    (
        *(
            "seq",
            "id",
            "method",
            "path",
            "object_sha256",
            "body_bytes",
            "billable_bytes",
        ),
        *("billable_requests", "occurred_us", "terms_id", "is_repeat", "object_key"),
        *("had_intent", "recorded_us"),
    ),
    "ON CONFLICT (id) DO NOTHING",
)
SELECT_EVENTS = f"SELECT seq, {', '.join(EVENT_COLUMNS)} FROM usage_fact"  # noqa: S608 - column names of ours


class Inserted(NamedTuple):
    """Events that went in.

    Attributes:
        after: The place they come after; where all were new, the first is next to it.
        added: How many were new.
    """

    after: int
    added: int


_of_intent = attrgetter(*INTENT_COLUMNS)
_of_event = attrgetter(*INTO_USAGE_EVENT.columns[1:9])


def intent_values(intent: Intent) -> Values:
    """The row of an intent that opens, in the order of `INTENT_COLUMNS`."""
    values: Values = _of_intent(intent)
    return values


def insert_events(
    transaction: Transaction,
    events: Sequence[UsageEvent],
    *,
    marks: Sequence[Mark],
    recorded_us: int,
    had_intent: bool = False,
) -> Inserted:
    """Add what is not there yet, marked as repeats or not, in this order."""
    before, ids = placed(transaction, events)
    ends = (int(had_intent), recorded_us)
    rows = [
        (seq, *_of_event(event), terms_id, *mark, *ends)
        for seq, (event, terms_id, mark) in enumerate(
            zip(events, ids, marks, strict=True), before + 1
        )
    ]
    return Inserted(before, transaction.insert_rows(INTO_USAGE_EVENT, rows))


def last_seq(reader: Reader) -> int:
    """The place of the last event; 0 if there is none."""
    row = reader.row("SELECT coalesce(max(seq), 0) AS seq FROM usage_event")
    return int(row["seq"]) if row else 0


def event_of(row: Row) -> UsageEvent:
    """The usage event of a row."""
    values = {name: row[name] for name in EVENT_COLUMNS}
    for name in FLAGS:
        values[name] = bool(values[name])
    values["ending"] = Ending(values["ending"])
    return UsageEvent(**values)
