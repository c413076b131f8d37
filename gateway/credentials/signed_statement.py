"""A document that travels inside its own signature: a compact JWS (RFC 7515).

The header names the key and the purpose. Whoever checks brings the keys; nothing in
the document is read before the signature holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import jwt
from jwt.api_jws import PyJWS

from gateway.credentials.signed_bytes import Unproven, keys_of, named_by
from gateway.credentials.signing_key import ALGORITHM, SigningKey

TYPE = "copyfair-statement+jws"
STATEMENT_LETTERS_MAX = 4 * 1_048_576


@dataclass(frozen=True, slots=True)
class Proven:
    """What was signed, and by which key (RFC 7638 thumbprint)."""

    content: bytes
    key_id: str


def signed_statement(content: bytes, key: SigningKey) -> str:
    """A compact JWS with *content* in it: the same for the same content and key."""
    headers = {"kid": key.id, "typ": TYPE}
    return PyJWS().encode(content, key.private, algorithm=ALGORITHM, headers=headers)


def proven_by(statement: str, jwks: object) -> Proven | Unproven:
    """What a statement says, if one of the keys signed it; or why none did.

    Args:
        statement: As it was received.
        jwks: Whom we believe: a key set, or one key.

    Raises:
        InvalidValue: *jwks* is no key set.
    """
    keys = keys_of(jwks)
    if len(statement) > STATEMENT_LETTERS_MAX:
        return Unproven.MALFORMED
    named = named_by(statement, TYPE)
    if named is None:
        return Unproven.MALFORMED
    if named not in keys:
        return Unproven.KEY_UNKNOWN
    try:
        decoded = PyJWS().decode_complete(
            statement, keys[named].key, algorithms=[ALGORITHM]
        )
    except jwt.InvalidSignatureError:
        return Unproven.CHANGED
    except (jwt.PyJWTError, ValueError, RecursionError):
        return Unproven.MALFORMED
    return Proven(decoded["payload"], named)
