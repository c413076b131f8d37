"""Room: what is left of a cap, as answers tell it before it is used up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gateway.kernel.clock import US_PER_DAY, US_PER_S
from gateway.metering.cap import Cap
from gateway.metering.cap_terms import FOREVER_US, Counted
from gateway.metering.limit import Limit

ENDLESS_US = FOREVER_US - US_PER_DAY


class Room(NamedTuple):
    """What is left of one cap, everything that is set aside taken off.

    Attributes:
        name: The cap's.
        counted: `requests`, `bytes` or `money`.
        limit: The whole amount; micros where it is money.
        left: What is left of it.
        resets_in_s: When it is whole again; 0 for never.
        window_s: The period's length; 0 where it has no end.
        currency: ISO 4217; empty where it is no money.
    """

    name: str
    counted: str
    limit: int
    left: int
    resets_in_s: int = 0
    window_s: int = 0
    currency: str = ""


class Granted(NamedTuple):
    """Something was set aside.

    Attributes:
        micros: Money, rounded up: the intent's hold.
        room: What is left of the tightest cap; None where nothing is limited.
    """

    micros: int
    room: Room | None = None


def room_of(limit: Limit, cap: Cap, *, now_us: int) -> Room:
    """What is left of a cap now."""
    counted, whole, left = _amounts(limit, cap)
    length_us = limit.period.end_us - limit.period.start_us
    is_endless = length_us >= ENDLESS_US
    resets_in_us = 0 if is_endless else max(1, limit.period.end_us - now_us)
    return Room(
        limit.name,
        counted.value,
        whole,
        max(0, left),
        -(-resets_in_us // US_PER_S),
        0 if is_endless else length_us // US_PER_S,
        limit.currency,
    )


def tightest(rooms: Iterable[Room]) -> Room | None:
    """The cap of which the smallest share is left."""
    found: Room | None = None
    for room in rooms:
        # a/b < c/d without a fraction; a cap of nothing is the tightest.
        if found is None or room.left * found.limit < found.left * room.limit:
            found = room
    return found


def _amounts(limit: Limit, cap: Cap) -> tuple[Counted, int, int]:
    limits, taken = limit.limits, cap.position.used + cap.held
    if limits.requests is not None:
        return Counted.REQUESTS, limits.requests, limits.requests - taken.requests
    if limits.body_bytes is not None:
        return Counted.BYTES, limits.body_bytes, limits.body_bytes - taken.body_bytes
    return Counted.MONEY, limits.micros or 0, cap.left_micros
