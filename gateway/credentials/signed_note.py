"""Signed notes (C2SP signed-note): a text, and under it who says so.

    the text, ending in a line break

    — name base64(key hash, signature)

One key, one algorithm: Ed25519. A verifier key is `name+hash+base64(0x01, key)`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from gateway.kernel.errors import InvalidValue

ALGORITHM = b"\x01"
HASH_BYTES = 4
SIGNATURES_MAX = 16
NAME = re.compile(r"[^\s+]{1,100}")
DASH = "— "


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A key whose notes are believed.

    Attributes:
        name: As it stands in the signature line.
        public: Checks.
    """

    name: str
    public: Ed25519PublicKey

    @property
    def hash(self) -> bytes:
        """Tells keys of one name apart."""
        raw = self.public.public_bytes_raw()
        told = self.name.encode() + b"\n" + ALGORITHM + raw
        return hashlib.sha256(told).digest()[:HASH_BYTES]

    def __str__(self) -> str:
        raw = base64.b64encode(ALGORITHM + self.public.public_bytes_raw()).decode()
        return f"{self.name}+{self.hash.hex()}+{raw}"


def note_key(text: str) -> NoteKey:
    """Read a verifier key.

    Raises:
        InvalidValue: it is none, or its hash is not its own.
    """
    detail = "a verifier key is name+hash+base64, as its owner publishes it"
    name, _, rest = text.strip().partition("+")
    hashed, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
        if not NAME.fullmatch(name) or raw[:1] != ALGORITHM:
            raise InvalidValue(detail)
        key = NoteKey(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
    except (ValueError, binascii.Error):
        raise InvalidValue(detail) from None
    if key.hash.hex() != hashed:
        raise InvalidValue(detail)
    return key


def signed(text: str, name: str, private: Ed25519PrivateKey) -> str:
    """The note of a text.

    Raises:
        InvalidValue: the text does not end in a line break, or the name is none.
    """
    if not text.endswith("\n") or not NAME.fullmatch(name):
        raise InvalidValue("a note ends in a line break, and its signer has a name")
    key = NoteKey(name, private.public_key())
    raw = base64.b64encode(key.hash + private.sign(text.encode())).decode()
    return f"{text}\n{DASH}{name} {raw}\n"


def opened(note: str, key: NoteKey) -> str:
    """The text of a note that *key* signed.

    Raises:
        InvalidValue: it is no note, or that key did not sign it.
    """
    text, gap, signatures = note.rpartition("\n\n")
    lines = signatures.splitlines()
    is_note = gap and lines and all(line.startswith(DASH) for line in lines)
    if not is_note or len(lines) > SIGNATURES_MAX:
        raise InvalidValue("this is no signed note")
    text += "\n"
    if not any(_holds(line, text, key) for line in lines):
        detail = f"it is not signed with the pinned key {key.name}"
        raise InvalidValue(detail)
    return text


def _holds(line: str, text: str, key: NoteKey) -> bool:
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return False
    if name != key.name or raw[:HASH_BYTES] != key.hash:
        return False
    try:
        key.public.verify(raw[HASH_BYTES:], text.encode())
    except InvalidSignature:
        return False
    return True
