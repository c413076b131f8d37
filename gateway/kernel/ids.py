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
TAIL_LETTERS = 16
_LETTERS = ALPHABET.encode()
ANY_LETTER = bytes(_LETTERS[byte & 31] for byte in range(256))
# Four bits of version (0111) and one of chance; one of chance, two of variant (10)
# and two of chance again.
VERSION_LETTER = bytes(_LETTERS[0b01110 | byte & 1] for byte in range(256))
VARIANT_LETTER = bytes(
    _LETTERS[(byte & 4) << 2 | 0b01000 | byte & 3] for byte in range(256)
)
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


def head_of(unix_ms: int) -> str:
    """The ten letters that an id of that millisecond begins with."""
    return "".join([ALPHABET[unix_ms >> shift & 31] for shift in range(45, -1, -5)])


def tails_of(randomness: bytes) -> list[str]:
    """The sixteen letters behind the head, one tail for each 16 random bytes.

    Each letter takes five bits of a byte of its own, so that a whole block is turned
    into letters at once; the letters that hold the version and the variant of a
    UUIDv7 take the one and the three bits that they have left.
    """
    letters = bytearray(randomness.translate(ANY_LETTER))
    letters[::TAIL_LETTERS] = randomness[::TAIL_LETTERS].translate(VERSION_LETTER)
    letters[3::TAIL_LETTERS] = randomness[3::TAIL_LETTERS].translate(VARIANT_LETTER)
    whole = letters.decode()
    starts = range(0, len(whole) - TAIL_LETTERS + 1, TAIL_LETTERS)
    return [whole[start : start + TAIL_LETTERS] for start in starts]


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
