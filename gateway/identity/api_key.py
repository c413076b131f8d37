"""An API key: its spelling, its checksum, and what we keep of it.

    cg_live_ + 30 random letters of base 62 (178 bits) + 6 letters of checksum

The prefix lets secret scanners and people recognise a key; the checksum, a
CRC-32 over everything before it, tells a typing error from an unknown key
without asking the store. We keep a hash (`gateway.identity.pepper`), never the
key: it is shown once.
"""

from __future__ import annotations

import re
import string
import zlib
from dataclasses import dataclass, field

from gateway.identity.principal import CredentialFault
from gateway.identity.secret import Secret
from gateway.kernel.errors import InvalidValue

OURS = "cg_"
LIVE = "cg_live_"
TEST = "cg_test_"
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LETTERS = 30
CHECKSUM_LETTERS = 6
SHOWN_LETTERS = 4
RANDOM_LIMIT = len(ALPHABET) ** RANDOM_LETTERS
"""New keys take a random whole number below this."""

KEY = re.compile(r"cg_(?:live|test)_[0-9A-Za-z]{36}")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What we keep of a key.

    Attributes:
        id: `key_…`.
        party_id: Who holds it.
        label: What it is for; a key and its replacement share it.
        hash: Hex HMAC-SHA256 of the key.
        pepper_id: Which pepper made the hash.
        last4: The key's last four letters, to tell keys apart.
        is_test: Metered and reported, never invoiced.
        created_us: Microseconds UTC.
        expires_us: From when it no longer holds; None for never.
        revoked_us: Since when it is revoked; None while it is not. Never undone.
        replaced_by: The id of the key that rotation put in its place, or empty.
    """

    id: str
    party_id: str
    label: str
    hash: str = field(repr=False)
    pepper_id: str
    last4: str
    is_test: bool
    created_us: int
    expires_us: int | None = None
    revoked_us: int | None = None
    replaced_by: str = ""

    @property
    def fingerprint(self) -> str:
        """How people recognise the key: `cg_live_…x7Qz`."""
        return f"{TEST if self.is_test else LIVE}…{self.last4}"

    def fault_at(self, at_us: int) -> CredentialFault | None:
        """Why the key does not hold at an instant; None when it does."""
        if self.revoked_us is not None:
            return CredentialFault.KEY_REVOKED
        if self.expires_us is not None and at_us >= self.expires_us:
            return CredentialFault.KEY_EXPIRED
        return None

    def is_live_at(self, at_us: int) -> bool:
        """Does the key hold at an instant?"""
        return self.fault_at(at_us) is None


def spelled(randomness: int, *, is_test: bool) -> Secret:
    """Write a random number as a key.

    Args:
        randomness: At least 0 and below `RANDOM_LIMIT`, from a source that
            nobody can predict.
        is_test: A `cg_test_` key instead of a `cg_live_` one.

    Raises:
        InvalidValue: the number is out of range.
    """
    if not 0 <= randomness < RANDOM_LIMIT:
        raise InvalidValue("the randomness of a key is out of range")
    unsigned = (TEST if is_test else LIVE) + _base62(randomness, RANDOM_LETTERS)
    return Secret(unsigned + _checksum(unsigned))


def spelling_fault(key: Secret) -> CredentialFault | None:
    """What is wrong with the spelling of a key; None when it could be one."""
    text = key.reveal()
    if not KEY.fullmatch(text):
        return CredentialFault.KEY_MALFORMED
    unsigned, checksum = text[:-CHECKSUM_LETTERS], text[-CHECKSUM_LETTERS:]
    return None if _checksum(unsigned) == checksum else CredentialFault.KEY_CHECKSUM


def fingerprint(key: Secret) -> str:
    """What may be shown of a well-formed key: its prefix and last four letters."""
    text = key.reveal()
    prefix = next((one for one in (LIVE, TEST) if text.startswith(one)), OURS)
    shown = text[-SHOWN_LETTERS:] if KEY.fullmatch(text) else ""
    return f"{prefix}…{shown}"


def _checksum(unsigned: str) -> str:
    return _base62(zlib.crc32(unsigned.encode("ascii")), CHECKSUM_LETTERS)


def _base62(number: int, letters: int) -> str:
    spelling = ""
    for _ in range(letters):
        number, digit = divmod(number, len(ALPHABET))
        spelling = ALPHABET[digit] + spelling
    return spelling
