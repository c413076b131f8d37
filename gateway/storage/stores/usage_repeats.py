"""Which events are repeats, found with one question for a whole batch.

A repeat: the same object version, under the same agreement, was delivered whole and
priced less than 30 days before. Whoever asks holds the write lock, so nothing is
recorded between the answer and the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.metering.meter import REPEAT_US
from gateway.metering.usage_event import UsageEvent
from gateway.storage.database import Reader

Version = tuple[str, str]
"""An agreement and the digest of an object version."""

PAIRS_MAX = 64
# What an event must be to make a repeat of a later one; as the index has it.
PRICED_WHOLE = (
    "earlier.object_sha256 <> '' AND billable_requests = 1 AND is_repeat = 0"
    " AND priced_at_zero = 0 AND is_test = 0"
    " AND ending = 'complete' AND status IN (200, 203)"
)


def repeats(reader: Reader, events: Sequence[UsageEvent]) -> list[bool]:
    """Whether each event is a repeat, of an earlier row or of one before it here."""
    asked = {_version(event) for event in events if _may_repeat(event)}
    last_us = _last_priced(reader, sorted(asked)) if asked else {}
    return [_is_repeat(event, last_us) for event in events]


def _is_repeat(event: UsageEvent, last_us: dict[Version, int]) -> bool:
    """Also remembers the event, where later ones may repeat it."""
    if not _may_repeat(event):
        return False
    version = _version(event)
    before_us = last_us.get(version)
    if before_us is not None and before_us > event.occurred_us - REPEAT_US:
        return True
    if event.is_whole and event.is_priced:
        last_us[version] = max(before_us or 0, event.occurred_us)
    return False


def _may_repeat(event: UsageEvent) -> bool:
    return bool(event.object_sha256) and event.billable_requests == 1


def _version(event: UsageEvent) -> Version:
    return event.agreement_id, event.object_sha256


def _last_priced(reader: Reader, versions: Sequence[Version]) -> dict[Version, int]:
    """When each was last delivered whole and priced, microseconds."""
    last_us: dict[Version, int] = {}
    for start in range(0, len(versions), PAIRS_MAX):
        some = list(versions[start : start + PAIRS_MAX])
        # One question in few lengths, so that few statements are ever compiled.
        some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))
        sql, params = _question(some)
        for row in reader.rows(sql, params):
            if row["last_us"] is not None:
                version = (row["agreement_id"], row["object_sha256"])
                last_us[version] = int(row["last_us"])
    return last_us


def _question(versions: Iterable[Version]) -> tuple[str, dict[str, str]]:
    params: dict[str, str] = {}
    pairs: list[str] = []
    for number, (agreement_id, digest) in enumerate(versions):
        pairs.append(f"(:a{number}, :o{number})")
        params |= {f"a{number}": agreement_id, f"o{number}": digest}
    sql = (
        "WITH asked (agreement_id, object_sha256) AS"  # noqa: S608 - numbered names
        f" (VALUES {', '.join(pairs)})"
        " SELECT agreement_id, object_sha256,"
        f" (SELECT max(occurred_us) FROM usage_event AS earlier WHERE {PRICED_WHOLE}"
        " AND earlier.agreement_id = asked.agreement_id"
        " AND earlier.object_sha256 = asked.object_sha256) AS last_us"
        " FROM asked"
    )
    return sql, params
