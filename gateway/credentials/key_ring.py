"""The key ring: the key that signs now, and the older ones that still verify.

Each key is a file of mode 0600 in one folder, named by when it was made; the
newest signs. Rotation adds a file. The older ones verify until they are retired,
so no token ends before its time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.credentials.private_file import read_private, write_private
from gateway.credentials.signing_key import SigningKey
from gateway.kernel.errors import Conflict, Misconfigured, NotFound

FILES = "signing-*.pem"
KEYS_MAX = 16
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Signing keys, oldest first; at least one."""

    keys: tuple[SigningKey, ...]

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self.keys[-1]

    def verifying(self, key_id: object) -> SigningKey | None:
        """The key of that id: a look-up in a table, never a path or an address."""
        if not isinstance(key_id, str) or not KEY_ID.fullmatch(key_id):
            return None
        return next((key for key in self.keys if key.id == key_id), None)

    def jwks(self) -> dict[str, Any]:
        """The public halves as a JSON Web Key Set (RFC 7517 §5), newest first."""
        return {"keys": [key.jwk() for key in reversed(self.keys)]}


def load_key_ring(folder: Path) -> KeyRing:
    """Every signing key in a folder.

    Raises:
        Misconfigured: none there, too many, the same one twice, one that others
            may read, or one of another family.
    """
    paths = _paths(folder)
    if not paths:
        detail = f"{folder} holds no signing key; `copyfair init` makes one"
        raise Misconfigured(detail)
    if len(paths) > KEYS_MAX:
        detail = f"{folder} holds more than {KEYS_MAX} signing keys; retire old ones"
        raise Misconfigured(detail)
    keys = tuple(SigningKey.from_pem(read_private(p), place=str(p)) for p in paths)
    if len({key.id for key in keys}) != len(keys):
        detail = f"{folder} holds the same signing key twice; remove one of the files"
        raise Misconfigured(detail)
    return KeyRing(keys)


def make_signing_key(folder: Path, *, now_us: int) -> KeyRing:
    """Add a key that signs from now on; the first one, or a rotation.

    Args:
        folder: Where the keys are; made, mode 0700, where it is missing.
        now_us: Microseconds UTC; names the file.

    Raises:
        Conflict: a key in the folder is as young, or younger.
        Misconfigured: the folder cannot be written, or what is there is faulty.
    """
    path = folder / f"signing-{now_us:020d}.pem"
    existing = _paths(folder)
    if existing and existing[-1].name >= path.name:
        detail = f"{existing[-1]} is younger than that; check this machine's clock"
        raise Conflict(detail)
    write_private(path, SigningKey.made().pem())
    return load_key_ring(folder)


def retire_signing_key(folder: Path, key_id: str) -> KeyRing:
    """Remove an older key; tokens it signed no longer hold.

    Raises:
        NotFound: no such key.
        Conflict: it is the one that signs; rotate first.
        Misconfigured: what is in the folder is faulty.
    """
    ring = load_key_ring(folder)
    if ring.current.id == key_id:
        detail = f"{key_id} signs at present; make another key before you retire it"
        raise Conflict(detail)
    for path, key in zip(_paths(folder), ring.keys, strict=True):
        if key.id == key_id:
            path.unlink()
            return load_key_ring(folder)
    detail = f"there is no signing key {key_id!r} in {folder}"
    raise NotFound(detail)


def _paths(folder: Path) -> list[Path]:
    return sorted(folder.glob(FILES))
