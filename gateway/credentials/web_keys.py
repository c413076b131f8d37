"""Public keys as others publish them: JWK, thumbprint, and one algorithm each.

A key is known by its computed RFC 7638 thumbprint; a `kid` is a label that anybody may
write. The algorithm comes from the key, never from the message alone: `alg` in a
signature may only repeat it. HMAC has no place here, since its key is no secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gateway.kernel.errors import InvalidValue

KEYS_MAX = 64
RSA_BITS = (2_048, 8_192)
RSA_EXPONENT_BITS_MAX = 32
TEXT_CHARS_MAX = 2_048
# RFC 7638 §3.2, RFC 8037 §2: the members a thumbprint is made of.
MEMBERS = {"OKP": ("crv", "kty", "x"), "EC": ("crv", "kty", "x", "y")}
MEMBERS["RSA"] = ("e", "kty", "n")
CURVES: Mapping[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm, str]] = {
    "P-256": (ec.SECP256R1(), hashes.SHA256(), "ecdsa-p256-sha256"),
    "P-384": (ec.SECP384R1(), hashes.SHA384(), "ecdsa-p384-sha384"),
}
# JWK `alg` to the name in RFC 9421 §6.2.2.
JWK_ALGORITHMS = {
    "EdDSA": "ed25519",
    "Ed25519": "ed25519",
    "ES256": "ecdsa-p256-sha256",
    "ES384": "ecdsa-p384-sha384",
    "PS512": "rsa-pss-sha512",
    "RS256": "rsa-v1_5-sha256",
}
ALGORITHMS = frozenset(JWK_ALGORITHMS.values())
# RFC 9421 Appendix B.1: everybody holds their private halves.
TEST_KEYS = frozenset(
    (
        "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U",
        "oD0HwocPBSfpNy5W3bpJeyFGY_IQ_YpqxSjQ3Yd-CLA",
    )
)
MILLISECONDS_FROM = 10**11

Check = Callable[[bytes, bytes, str], bool]


@dataclass(frozen=True, slots=True)
class WebKey:
    """One public key of somebody else's.

    Attributes:
        thumbprint: RFC 7638, SHA-256, base64url without padding.
        algorithms: Which it may be used with, in the names of RFC 9421.
        not_before_s, expires_s: When it counts, seconds; None for always.
        check: Signature, message and algorithm to whether it holds.
    """

    thumbprint: str
    algorithms: frozenset[str]
    not_before_s: float | None
    expires_s: float | None
    check: Check

    def counts_at(self, now_s: float) -> bool:
        """Is it in force then?"""
        begun = self.not_before_s is None or self.not_before_s <= now_s
        return begun and (self.expires_s is None or now_s < self.expires_s)


def thumbprint_of(jwk: Mapping[str, Any]) -> str:
    """The RFC 7638 thumbprint of a key.

    Raises:
        InvalidValue: its type is not one of ours, or a member is missing.
    """
    members = MEMBERS.get(str(jwk.get("kty")))
    if members is None:
        raise InvalidValue("a key is of type OKP, EC or RSA")
    if any(not isinstance(jwk.get(member), str) for member in members):
        detail = f"a key of this type has {', '.join(members)}"
        raise InvalidValue(detail)
    text = json.dumps({name: jwk[name] for name in members}, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def key_of(jwk: Mapping[str, Any]) -> WebKey:
    """A key, ready to check with.

    Raises:
        InvalidValue: it is none, or is not for signatures.
    """
    thumbprint = thumbprint_of(jwk)
    if jwk.get("use", "sig") != "sig":
        raise InvalidValue("this key is not for signatures")
    algorithms, check = _CHECKS[jwk["kty"]](jwk)
    named = jwk.get("alg")
    if named is not None:
        algorithms &= {JWK_ALGORITHMS.get(str(named), "")}
    if not algorithms:
        raise InvalidValue("its algorithm is none of ours, or not for its type")
    return WebKey(
        thumbprint,
        frozenset(algorithms),
        _instant(jwk.get("nbf")),
        _instant(jwk.get("exp")),
        check,
    )


def keys_in(document: object) -> dict[str, WebKey]:
    """The keys of a JWKS, or of one bare JWK, by thumbprint; what is none is left out.

    Raises:
        InvalidValue: it is neither, or holds more than 64 keys.
    """
    if not isinstance(document, Mapping):
        raise InvalidValue("a key directory is an object with `keys`")
    listed = document.get("keys", [document] if "kty" in document else None)
    if not isinstance(listed, list):
        raise InvalidValue("a key directory is an object with `keys`")
    if len(listed) > KEYS_MAX:
        detail = f"a key directory holds {KEYS_MAX} keys at most"
        raise InvalidValue(detail)
    keys: dict[str, WebKey] = {}
    for jwk in listed:
        try:
            key = key_of(jwk) if isinstance(jwk, Mapping) else None
        except InvalidValue:
            continue
        if key is not None:
            keys[key.thumbprint] = key
    return keys


def _ed25519(jwk: Mapping[str, Any]) -> tuple[set[str], Check]:
    if jwk["crv"] != "Ed25519":
        raise InvalidValue("of this type only Ed25519 signs")
    try:
        public = ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk["x"]))
    except ValueError:
        raise InvalidValue("this is no Ed25519 key") from None

    def check(signature: bytes, message: bytes, _algorithm: str) -> bool:
        return _holds(lambda: public.verify(signature, message))

    return {"ed25519"}, check


def _elliptic(jwk: Mapping[str, Any]) -> tuple[set[str], Check]:
    curve = CURVES.get(str(jwk["crv"]))
    if curve is None:
        raise InvalidValue("of this type only P-256 and P-384 are read")
    shape, digest, algorithm = curve
    x, y = (int.from_bytes(_bytes(jwk[name]), "big") for name in ("x", "y"))
    try:
        public = ec.EllipticCurvePublicNumbers(x, y, shape).public_key()
    except ValueError:
        raise InvalidValue("this point is not on its curve") from None
    half = (shape.key_size + 7) // 8

    def check(signature: bytes, message: bytes, _algorithm: str) -> bool:
        if len(signature) != 2 * half:
            return False
        both = (signature[:half], signature[half:])
        der = encode_dss_signature(*(int.from_bytes(one, "big") for one in both))
        return _holds(lambda: public.verify(der, message, ec.ECDSA(digest)))

    return {algorithm}, check


def _rsa(jwk: Mapping[str, Any]) -> tuple[set[str], Check]:
    modulus, exponent = (
        int.from_bytes(_bytes(jwk[name]), "big") for name in ("n", "e")
    )
    least, most = RSA_BITS
    if not least <= modulus.bit_length() <= most:
        detail = f"an RSA key has {least} to {most} bits"
        raise InvalidValue(detail)
    if exponent.bit_length() > RSA_EXPONENT_BITS_MAX:
        raise InvalidValue("the exponent of this RSA key is too large")
    try:
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        raise InvalidValue("this is no RSA key") from None
    salted = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)

    def check(signature: bytes, message: bytes, algorithm: str) -> bool:
        if algorithm == "rsa-pss-sha512":
            return _holds(
                lambda: public.verify(signature, message, salted, hashes.SHA512())
            )
        plain, digest = padding.PKCS1v15(), hashes.SHA256()
        return _holds(lambda: public.verify(signature, message, plain, digest))

    return {"rsa-pss-sha512", "rsa-v1_5-sha256"}, check


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], tuple[set[str], Check]]] = {
    "OKP": _ed25519,
    "EC": _elliptic,
    "RSA": _rsa,
}


def _holds(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes(text: str) -> bytes:
    if len(text) > TEXT_CHARS_MAX:
        raise InvalidValue("a member of this key is too long")
    try:
        raw = text.encode("ascii")
        padded = raw + b"=" * (-len(raw) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise InvalidValue("a member of this key is not base64url") from None


def _instant(value: object) -> float | None:
    """Seconds; some directories write milliseconds.

    Raises:
        InvalidValue: no clock can hold it.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value / 1_000 if value >= MILLISECONDS_FROM else float(value)
    except OverflowError:
        raise InvalidValue("this key begins or ends when no clock can say") from None
