"""Ids that say what they name: `req_01k9…`, `inv_01k9…`.

The part behind the underscore is a UUIDv7 (RFC 9562) in 26 letters of
Crockford's base 32, so ids sort by the time they were made.
"""

from __future__ import annotations

from typing import Protocol

from gateway.kernel.errors import InvalidValue

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LETTERS = 26
RANDOM_BITS = 74
# Ten bits at a time: every request has an id.
PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)


class IdSource(Protocol):
    """Where new ids come from; handed in, so that tests can repeat themselves."""

    def new(self, kind: str) -> str:
        """A fresh id of *kind*, a short lower-case word such as `inv`."""


def uuid7(unix_ms: int, randomness: int) -> int:
    """Build the 128 bits of a UUIDv7.

    Args:
        unix_ms: Milliseconds since the epoch, 48 bits.
        randomness: 74 random bits.
    """
    high = randomness >> 62 & 0xFFF
    low = randomness & (1 << 62) - 1
    return unix_ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low


def spelled(kind: str, number: int) -> str:
    """Write a 128-bit number as an id of *kind*."""
    pairs = [PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)]
    return f"{kind}_{''.join(pairs)}"


def kind_of(identifier: str) -> str:
    """The kind an id carries.

    Raises:
        InvalidValue: *identifier* is not shaped like one of our ids.
    """
    kind, _, letters = identifier.rpartition("_")
    if not kind or len(letters) != LETTERS or not set(letters) <= set(ALPHABET):
        detail = f"{identifier!r} is not an id; ids look like inv_01k9…"
        raise InvalidValue(detail)
    return kind
