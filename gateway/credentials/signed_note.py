"""Signed notes: a text that people read, and a signature that a machine checks.

The format is https://c2sp.org/signed-note: the text, an empty line, and a line
`— NAME SIGNATURE`. Whoever has the signer's *verifier key* checks it offline.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.credentials.signing_key import SigningKey
from gateway.kernel.errors import InvalidValue

ED25519 = b"\x01"
DASH = "\u2014"
KEY_HASH_BYTES = 4
SIGNATURE_BYTES = 64
PUBLIC_BYTES = 32
SIGNATURES_MAX = 16
NAME = re.compile(r"[^\s+]{1,255}")


def signed_note(text: str, key: SigningKey, name: str) -> str:
    """A text with its signature.

    Args:
        text: Without an empty line at its end; a line end is added where none is.
        key: The house's signing key.
        name: The house, as the verifier key calls it: its public host.
    """
    text = text if text.endswith("\n") else text + "\n"
    public = key.public.public_bytes_raw()
    signature = key.private.sign(text.encode())
    told = base64.b64encode(_key_hash(name, public) + signature).decode()
    return f"{text}\n{DASH} {name} {told}\n"


def verifier_key(key: SigningKey, name: str) -> str:
    """What others need to check notes of a key: `NAME+HASH+KEY`, public."""
    public = key.public.public_bytes_raw()
    told = base64.b64encode(ED25519 + public).decode()
    return f"{name}+{_key_hash(name, public).hex()}+{told}"


def verified_text(note: str, verifier: str) -> str | None:
    """The text of a note, if the holder of a verifier key signed it; else None.

    Raises:
        InvalidValue: the verifier key or the note is malformed.
    """
    name, public = _verifier(verifier)
    text, empty, lines = note.rpartition("\n\n")
    if not empty:
        raise InvalidValue("that is no signed note: no signature follows an empty line")
    text += "\n"
    wanted = _key_hash(name, public)
    for line in lines.splitlines()[:SIGNATURES_MAX]:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != DASH:
            raise InvalidValue("that is no signed note: a line of it is no signature")
        if parts[1] == name and _holds(parts[2], text, (wanted, public)):
            return text
    return None


def _holds(told: str, text: str, known: tuple[bytes, bytes]) -> bool:
    key_hash, public = known
    signature = _decoded(told)
    is_whole = len(signature) == KEY_HASH_BYTES + SIGNATURE_BYTES
    if not is_whole or signature[:KEY_HASH_BYTES] != key_hash:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(signature[KEY_HASH_BYTES:], text.encode())
    except InvalidSignature:
        return False
    return True


def _verifier(told: str) -> tuple[str, bytes]:
    name, _, rest = told.strip().partition("+")
    key_hash, _, key = rest.partition("+")
    public = _decoded(key)
    if (
        not NAME.fullmatch(name)
        or public[:1] != ED25519
        or len(public) != PUBLIC_BYTES + 1
        or _key_hash(name, public[1:]).hex() != key_hash
    ):
        raise InvalidValue("that is no verifier key; it looks like NAME+HASH+KEY")
    return name, public[1:]


def _decoded(told: str) -> bytes:
    try:
        return base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _key_hash(name: str, public: bytes) -> bytes:
    content = name.encode() + b"\n" + ED25519 + public
    return hashlib.sha256(content).digest()[:KEY_HASH_BYTES]
