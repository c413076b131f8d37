"""Licence tokens: JWTs that we sign with Ed25519 and judge with our own clock.

What a token's header says is used for one thing: to
look up, by `kid`, a key of ours in a table. The algorithm belongs to the key, not
to the token; `jku`, `x5u`, `jwk` and `x5c` are never read (RFC 8725 §3.1, §3.10).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.types import Options

from gateway.credentials.key_ring import KeyRing
from gateway.credentials.signing_key import ALGORITHM, SigningKey
from gateway.identity.presented import LicenceClaims
from gateway.identity.principal import CredentialFault
from gateway.identity.secret import Secret
from gateway.kernel.clock import US_PER_S, Clock
from gateway.kernel.errors import InvalidValue
from gateway.kernel.ids import IdSource

TYPE = "license+jwt"
TOKEN_LETTERS_MAX = 4_096
LEEWAY_US = 60 * US_PER_S
LIFETIME_S_MAX = 31 * 86_400
INSTANT_S_MAX = 1 << 40
COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")

# Ours to judge: PyJWT would ask the machine's clock, and trust what it is told.
NOT_PYJWTS: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


@dataclass(frozen=True, slots=True)
class LicenceTokens:
    """Issues and judges licence tokens of one gateway.

    Attributes:
        ring: Our keys.
        issuer: Our `iss`.
        audience: Our `aud`: for which archive the tokens are.
    """

    ring: KeyRing
    issuer: str
    audience: str
    clock: Clock
    ids: IdSource

    def issue(
        self, party_id: str, key_id: str, *, lifetime_s: int, agreement_id: str = ""
    ) -> Secret:
        """A token for the holder of a key.

        Args:
            party_id: Whose.
            key_id: The key it is issued for; revoking that key ends the token.
            lifetime_s: Whole seconds, 1 to 31 days.
            agreement_id: Under which agreement, if any.

        Raises:
            InvalidValue: the lifetime is out of range.
        """
        if not 1 <= lifetime_s <= LIFETIME_S_MAX:
            detail = f"a token lives 1 to {LIFETIME_S_MAX} seconds (31 days)"
            raise InvalidValue(detail)
        now_s = self.clock.now_us() // US_PER_S
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": party_id,
            "key_id": key_id,
            "jti": self.ids.new("tok"),
            "iat": now_s,
            "nbf": now_s,
            "exp": now_s + lifetime_s,
        }
        if agreement_id:
            claims["agreement"] = agreement_id
        key = self.ring.current
        headers = {"kid": key.id, "typ": TYPE}
        return Secret(
            jwt.encode(claims, key.private, algorithm=ALGORITHM, headers=headers)
        )

    def verify(self, token: Secret) -> LicenceClaims | CredentialFault:
        """What the token says, or why it does not hold; never raises.

        Nothing in the payload is looked at before the signature holds.
        """
        text = token.reveal()
        key = self._key_of(text)
        if isinstance(key, CredentialFault):
            return key
        try:
            said = jwt.decode(
                text, key.public, algorithms=[ALGORITHM], options=NOT_PYJWTS
            )
        except jwt.InvalidSignatureError:
            return CredentialFault.TOKEN_SIGNATURE
        except (jwt.PyJWTError, ValueError, RecursionError):
            return CredentialFault.TOKEN_MALFORMED
        return self._judged(said, key.id)

    def fault_at(self, claims: LicenceClaims, at_us: int) -> CredentialFault | None:
        """Why a token that held does not hold at an instant; None when it does."""
        if self.ring.verifying(claims.signed_by) is None:
            return CredentialFault.TOKEN_KEY_UNKNOWN
        if at_us >= claims.expires_us + LEEWAY_US:
            return CredentialFault.TOKEN_EXPIRED
        if at_us < max(claims.not_before_us, claims.issued_us) - LEEWAY_US:
            return CredentialFault.TOKEN_NOT_YET_VALID
        return None

    def _key_of(self, text: str) -> SigningKey | CredentialFault:
        """The key of ours that a token names, or why it names none."""
        if len(text) > TOKEN_LETTERS_MAX or not _is_compact(text):
            return CredentialFault.TOKEN_MALFORMED
        try:
            header = jwt.get_unverified_header(text)
        except (jwt.PyJWTError, ValueError, RecursionError):
            return CredentialFault.TOKEN_MALFORMED
        if header.get("alg") != ALGORITHM or header.get("typ") != TYPE:
            return CredentialFault.TOKEN_SIGNATURE
        if "crit" in header:  # RFC 7515 §4.1.11: we understand no extension
            return CredentialFault.TOKEN_MALFORMED
        key = self.ring.verifying(header.get("kid"))
        return CredentialFault.TOKEN_KEY_UNKNOWN if key is None else key

    def _judged(
        self, said: Mapping[str, Any], signed_by: str
    ) -> LicenceClaims | CredentialFault:
        if said.get("iss") != self.issuer:
            return CredentialFault.TOKEN_ISSUER
        audience = said.get("aud")
        for_us = audience if isinstance(audience, list) else [audience]
        if self.audience not in for_us:
            return CredentialFault.TOKEN_AUDIENCE
        try:
            claims = LicenceClaims(
                party_id=_text(said, "sub"),
                key_id=_text(said, "key_id"),
                agreement_id=_text(said, "agreement") if "agreement" in said else "",
                token_id=_text(said, "jti"),
                issued_us=_instant_us(said, "iat"),
                expires_us=_instant_us(said, "exp"),
                not_before_us=_instant_us(said, "nbf" if "nbf" in said else "iat"),
                signed_by=signed_by,
            )
        except InvalidValue:
            return CredentialFault.TOKEN_MALFORMED
        fault = self.fault_at(claims, self.clock.now_us())
        return claims if fault is None else fault


def _is_compact(text: str) -> bool:
    """Three parts of base64url, and one spelling only of an Ed25519 signature.

    Decoders forgive stray letters and spare bits; then one token has many
    spellings, and whatever remembers tokens by their text can be fooled.
    """
    match = COMPACT.fullmatch(text)
    if match is None:
        return False
    signature = match.group(3)
    padded = signature + "=" * (-len(signature) % 4)
    try:
        decoded = base64.urlsafe_b64decode(padded)
    except ValueError:
        return False
    again = base64.urlsafe_b64encode(decoded).rstrip(b"=").decode()
    return again == signature


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        detail = f"the claim {name} is a text"
        raise InvalidValue(detail)
    return value


def _instant_us(said: Mapping[str, Any], name: str) -> int:
    value = said.get(name)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not 0 <= int(value or 0) <= INSTANT_S_MAX:
        detail = f"the claim {name} is a whole number of seconds since 1970"
        raise InvalidValue(detail)
    return int(value or 0) * US_PER_S
