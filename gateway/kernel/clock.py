"""Time as an argument: whoever needs it is handed a `Clock`.

Instants are whole microseconds since 1970-01-01 UTC (`*_us`); spans of a
running process are whole nanoseconds of a clock that never jumps.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from gateway.kernel.errors import InvalidValue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
US_PER_S = 1_000_000
NS_PER_S = 1_000_000_000
US_PER_DAY = 86_400 * US_PER_S


class Clock(Protocol):
    """What time it is, and how much of it has passed."""

    def now_us(self) -> int:
        """Microseconds since the epoch, UTC."""

    def ticks_ns(self) -> int:
        """Nanoseconds of a monotonic clock; only differences mean anything."""


def from_us(instant_us: int) -> datetime:
    """The aware UTC datetime of an instant in microseconds."""
    return EPOCH + timedelta(microseconds=instant_us)


def to_us(instant: datetime) -> int:
    """Microseconds since the epoch of an aware datetime, exactly.

    Raises:
        InvalidValue: *instant* has no time zone.
    """
    if instant.tzinfo is None:
        detail = f"{instant.isoformat()} has no time zone; write it in UTC"
        raise InvalidValue(detail)
    return (instant - EPOCH) // timedelta(microseconds=1)


def iso(instant_us: int) -> str:
    """The RFC 3339 form of an instant, in UTC, to the second."""
    return from_us(instant_us).strftime("%Y-%m-%dT%H:%M:%SZ")
