"""One Ed25519 key that signs licence tokens, and the public half that checks them.

A key's id is its RFC 7638 thumbprint, so a key cannot be filed under another's
name. Keys of any other family are refused: one key, one algorithm.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.kernel.errors import Misconfigured

ALGORITHM = "EdDSA"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key.

    Attributes:
        id: Its RFC 7638 thumbprint, 43 letters.
        private: Signs.
        public: Verifies.
    """

    id: str
    private: Ed25519PrivateKey = field(repr=False)
    public: Ed25519PublicKey = field(repr=False)

    @classmethod
    def made(cls) -> SigningKey:
        """A new key."""
        return cls.of(Ed25519PrivateKey.generate())

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> SigningKey:
        """The signing key of a private key."""
        public = private.public_key()
        return cls(thumbprint(public), private, public)

    @classmethod
    def from_pem(cls, pem: bytes, *, place: str) -> SigningKey:
        """Read a key.

        Args:
            pem: PKCS #8, without a password.
            place: The file's name, for messages.

        Raises:
            Misconfigured: no key, an encrypted one, or one of another family.
        """
        try:
            private = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            detail = f"{place} holds no private key we can read; remove the file"
            raise Misconfigured(detail) from None  # the cause may quote the file
        if not isinstance(private, Ed25519PrivateKey):
            detail = f"{place} holds a key that is not Ed25519; only those sign tokens"
            raise Misconfigured(detail)
        return cls.of(private)

    def pem(self) -> bytes:
        """The private key as PKCS #8, to be kept in a private file."""
        return self.private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )

    def jwk(self) -> dict[str, str]:
        """The public half as a JSON Web Key (RFC 8037 §2)."""
        return {
            **_members(self.public),
            "kid": self.id,
            "use": "sig",
            "alg": ALGORITHM,
        }


def thumbprint(public: Ed25519PublicKey) -> str:
    """The JWK thumbprint: SHA-256, RFC 7638 §3 with the members of RFC 8037 §2."""
    canonical = json.dumps(_members(public), sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _members(public: Ed25519PublicKey) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public.public_bytes_raw())}


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
