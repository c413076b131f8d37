"""What a key is hashed with: a secret that is not in the store.

A stolen store holds `HMAC-SHA256(pepper, key)` and no pepper, so nothing in it
opens anything. Each row says which pepper made it; while a pepper is replaced,
the older ones still recognise the keys they hashed.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from gateway.identity.secret import Secret
from gateway.kernel.errors import InvalidValue

PEPPER_LETTERS_MIN = 32
ID_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Pepper:
    """One pepper.

    Attributes:
        id: `pep_…`, derived from the secret and safe to show.
        secret: At least 32 letters.
    """

    id: str
    secret: Secret

    @classmethod
    def of(cls, secret: Secret) -> Pepper:
        """The pepper made of a secret text.

        Raises:
            InvalidValue: the text is too short to be one.
        """
        text = secret.reveal()
        if len(text) < PEPPER_LETTERS_MIN:
            detail = (
                f"a pepper has at least {PEPPER_LETTERS_MIN} letters; "
                "let `copyfair init` make one"
            )
            raise InvalidValue(detail)
        digest = hashlib.sha256(b"copyfair pepper id\0" + text.encode()).hexdigest()
        return cls(f"pep_{digest[:ID_LETTERS]}", secret)


@dataclass(frozen=True, slots=True)
class Peppers:
    """The pepper that hashes new keys, and those that still recognise old ones."""

    current: Pepper
    older: tuple[Pepper, ...] = ()

    def hashes(self, key: Secret) -> tuple[str, ...]:
        """Every hash under which a key may be stored, the likeliest first."""
        return tuple(hashed(key, pepper) for pepper in (self.current, *self.older))


def hashed(key: Secret, pepper: Pepper) -> str:
    """The hex HMAC-SHA256 of a key: what the store may know of it."""
    pepper_bytes = pepper.secret.reveal().encode()
    return hmac.digest(pepper_bytes, key.reveal().encode(), "sha256").hex()
