"""The meter: how a response becomes a quantity.

Counted are response body bytes, after content coding and before chunk framing,
that were delivered. Billable are 200, 203 and 206 with at least one body byte, to
any method but HEAD; everything else is an event of quantity 0. What the client
broke off counts as far as it was delivered; what the upstream or we broke off
counts nothing; what a cap closed counts as far as it was sent. Upgraded
connections are recorded and not billed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gateway.kernel.clock import US_PER_DAY
from gateway.metering.quantity import Quantity
from gateway.metering.usage_event import Ending

BILLABLE_STATUSES = frozenset({200, 203, 206})
WHOLE_STATUSES = frozenset({200, 203})
REPEAT_DAYS = 30
REPEAT_US = REPEAT_DAYS * US_PER_DAY
HOLD_STEP_BYTES = 8 * 2**20
NOTHING_COUNTS = frozenset({Ending.CUT, Ending.NOT_BILLABLE, Ending.TUNNEL})


@dataclass(frozen=True, slots=True)
class Measured:
    """What a response came to.

    Attributes:
        ending: How it ended.
        body_bytes: Body bytes delivered, billable or not.
        billable: What counts for the tariff.
    """

    ending: Ending
    body_bytes: int
    billable: Quantity


def measure(ending: Ending, *, method: str, status: int, body_bytes: int) -> Measured:
    """Say what a response counts for.

    Args:
        ending: How the body ended; `COMPLETE` even where nothing is billable.
        method: As asked; methods are case-sensitive.
        status: HTTP status that the client got.
        body_bytes: Body bytes delivered.
    """
    is_billable = is_billable_head(method=method, status=status) and body_bytes > 0
    if ending is Ending.COMPLETE and not is_billable:
        ending = Ending.NOT_BILLABLE
    if not is_billable or ending in NOTHING_COUNTS:
        return Measured(ending, body_bytes, Quantity())
    return Measured(ending, body_bytes, Quantity(1, body_bytes))


def is_billable_head(*, method: str, status: int) -> bool:
    """Can a response with this head count at all? If not, it needs no hold."""
    return method != "HEAD" and status in BILLABLE_STATUSES


def first_hold(*, method: str, status: int, content_bytes: int | None) -> Quantity:
    """What to set aside once the upstream's head is there.

    Args:
        method: As asked.
        status: The upstream's.
        content_bytes: Content-Length; None if unknown, which is held in steps.
    """
    if not is_billable_head(method=method, status=status) or content_bytes == 0:
        return Quantity()
    if content_bytes is None:
        return Quantity(1, HOLD_STEP_BYTES)
    return Quantity(1, content_bytes)


def object_digest(*, host: str, target: str, etag: str) -> str:
    """Name an object version: the same target with the same strong ETag.

    Returns:
        Hex SHA-256; empty without a strong ETag (RFC 9110 §8.8.3), where nothing
        can be known to be the same.
    """
    is_strong = len(etag) > 2 and etag[0] == etag[-1] == '"'
    if not is_strong:
        return ""
    # A validator may hold bytes that are no UTF-8 (RFC 9110 §8.8.3, obs-text).
    named = f"{host}\n{target}\n{etag}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(named).hexdigest()
