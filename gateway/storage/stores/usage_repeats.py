"""Which events are repeats, found with one question for a whole batch.

A repeat: the same object version, under the same agreement, was delivered whole and
priced less than 30 days before. Whoever asks holds the write lock, so nothing is
recorded between the answer and the events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from gateway.metering.meter import REPEAT_US
from gateway.metering.usage_event import UsageEvent
from gateway.storage.database import Reader

Version = tuple[str, str]
"""An agreement and the digest of an object version."""

Mark = tuple[int, int]
"""1 for a repeat, else 0; and the key under which later ones will look for it, 0 where
it makes none of them a repeat."""

KEYS_MAX = 64
KEY_BYTES = 7


def object_key(agreement_id: str, object_sha256: str) -> int:
    """Where an object version under an agreement is looked up; never 0.

    Others may have the same key, so what is found is compared in full.
    """
    named = f"{agreement_id}\n{object_sha256}".encode()
    digest = hashlib.blake2b(named, digest_size=KEY_BYTES).digest()
    return int.from_bytes(digest, "big") + 1


def repeats(reader: Reader, events: Sequence[UsageEvent]) -> list[Mark]:
    """Mark each event: a repeat of an earlier row, or of one before it here?"""
    keys = [
        object_key(event.agreement_id, event.object_sha256) if _may_repeat(event) else 0
        for event in events
    ]
    asked = sorted({key for key in keys if key})
    last_us = _last_priced(reader, asked) if asked else {}
    return [
        _placed(event, key, last_us) for event, key in zip(events, keys, strict=True)
    ]


def _placed(event: UsageEvent, key: int, last_us: dict[Version, int]) -> Mark:
    """Also remembers the event, where later ones may repeat it."""
    if not key:
        return 0, 0
    version = (event.agreement_id, event.object_sha256)
    before_us = last_us.get(version)
    if before_us is not None and before_us > event.occurred_us - REPEAT_US:
        return 1, 0
    if not (event.is_whole and event.is_priced):
        return 0, 0
    last_us[version] = max(before_us or 0, event.occurred_us)
    return 0, key


def _may_repeat(event: UsageEvent) -> bool:
    return bool(event.object_sha256) and event.billable_requests == 1


def _last_priced(reader: Reader, keys: Sequence[int]) -> dict[Version, int]:
    """When each was last delivered whole and priced, microseconds."""
    last_us: dict[Version, int] = {}
    for start in range(0, len(keys), KEYS_MAX):
        some = list(keys[start : start + KEYS_MAX])
        # One question in few lengths, so that few statements are ever compiled.
        some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))
        sql, params = _question(some)
        for row in reader.rows(sql, params):
            version = (row["agreement_id"], row["object_sha256"])
            last_us[version] = max(last_us.get(version, 0), int(row["occurred_us"]))
    return last_us


def _question(keys: Iterable[int]) -> tuple[str, dict[str, int]]:
    params = {f"k{number}": key for number, key in enumerate(keys)}
    places = ", ".join(f":{name}" for name in params)
    sql = (
        "SELECT terms.agreement_id, event.object_sha256, event.occurred_us"  # noqa: S608 - numbered names
        " FROM usage_event AS event JOIN usage_terms AS terms"
        " ON terms.id = event.terms_id"
        f" WHERE event.object_key <> 0 AND event.object_key IN ({places})"
    )
    return sql, params
