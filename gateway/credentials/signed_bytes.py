"""Signatures over a file that stays as it is: a JWS beside it (RFC 7515, RFC 7797).

The signature names its key and its purpose; a licence token can never pass for one,
nor the other way round. Whoever checks brings the keys: no address and no key in the
signature is believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import jwt
from jwt import PyJWK
from jwt.api_jws import PyJWS

from gateway.credentials.signing_key import ALGORITHM, SigningKey
from gateway.credentials.web_keys import thumbprint_of
from gateway.kernel.errors import InvalidValue

TYPE = "copyfair-document+jws"
SIGNATURE_LETTERS_MAX = 4_096
KEYS_MAX = 64


class Unproven(StrEnum):
    """Why a signature does not hold. Public: add, never rename."""

    MALFORMED = "signature-malformed"
    KEY_UNKNOWN = "key-unknown"
    CHANGED = "content-changed"
    SWAPPED = "signature-of-another"


def signature_over(content: bytes, key: SigningKey, *, about: str = "") -> str:
    """A detached, compact JWS: the same for the same content and key.

    Args:
        content: What is signed.
        key: Signs.
        about: What it is called: a document's number, which the header then names.
    """
    named = {"sub": about} if about else {}
    return PyJWS().encode(
        content,
        key.private,
        algorithm=ALGORITHM,
        headers={"kid": key.id, "typ": TYPE, **named},
        is_payload_detached=True,
    )


def signed_by(
    content: bytes, signature: str, jwks: object, *, about: str = ""
) -> str | Unproven:
    """Which key signed *content*, or why none did.

    Args:
        content: The bytes as they are now.
        signature: What came with them.
        jwks: Whom we believe: a key set, or one key.
        about: What the content calls itself; tells a signature that was put beside
            another document from a document that was changed.

    Returns:
        The key's RFC 7638 thumbprint.

    Raises:
        InvalidValue: *jwks* is no key set.
    """
    keys = keys_of(jwks)
    named = named_by(signature, TYPE)
    if len(signature) > SIGNATURE_LETTERS_MAX or named is None:
        return Unproven.MALFORMED
    if named not in keys:
        return Unproven.KEY_UNKNOWN
    try:
        PyJWS().decode_complete(
            signature,
            keys[named].key,
            algorithms=[ALGORITHM],
            detached_payload=content,
        )
    except jwt.InvalidSignatureError:
        return _changed(signature, about)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return Unproven.MALFORMED
    return named


def named_by(signature: str, purpose: str) -> str | None:
    """The key that a signature of ours names; None where it is none.

    Args:
        signature: A compact JWS.
        purpose: The `typ` that it must have.
    """
    header = _header(signature)
    if header.get("typ") != purpose or header.get("alg") != ALGORITHM:
        return None
    named = header.get("kid")
    return named if isinstance(named, str) else None


def _changed(signature: str, about: str) -> Unproven:
    said = _header(signature).get("sub", about)
    return Unproven.SWAPPED if about and said != about else Unproven.CHANGED


def _header(signature: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(signature)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return {}


def keys_of(jwks: object) -> dict[str, PyJWK]:
    """Ed25519 keys by their computed thumbprint; what is none is left out."""
    if not isinstance(jwks, Mapping):
        raise InvalidValue("a key set is a JSON object with `keys`")
    listed: Any = jwks.get("keys", [jwks] if "kty" in jwks else None)
    if not isinstance(listed, list) or len(listed) > KEYS_MAX:
        detail = f"a key set is a JSON object with at most {KEYS_MAX} `keys`"
        raise InvalidValue(detail)
    keys: dict[str, PyJWK] = {}
    for jwk in listed:
        try:
            if jwk.get("crv") == "Ed25519":
                keys[thumbprint_of(jwk)] = PyJWK(jwk, algorithm=ALGORITHM)
        except (InvalidValue, jwt.PyJWTError, AttributeError, ValueError):
            continue
    return keys
