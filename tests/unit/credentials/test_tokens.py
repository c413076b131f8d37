"""gateway.credentials.tokens: one way to be right, and none to forge it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from gateway.credentials.key_ring import KeyRing
from gateway.credentials.signing_key import SigningKey, thumbprint
from gateway.credentials.tokens import TYPE, LicenceTokens, _is_compact
from gateway.identity.presented import LicenceClaims
from gateway.identity.principal import CredentialFault
from gateway.identity.secret import Secret
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue, Misconfigured
from tests.fakes.time_and_chance import START_US, CountingIds, HandClock

ISSUER = "https://archive.example"
OURS = SigningKey.of(Ed25519PrivateKey.from_private_bytes(b"o" * 32))
THEIRS = SigningKey.of(Ed25519PrivateKey.from_private_bytes(b"t" * 32))
NOW_S = START_US // US_PER_S
PUBLIC_PEM = OURS.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
PUBLIC_RAW = OURS.public.public_bytes_raw()

HEADER: Mapping[str, Any] = {"alg": "EdDSA", "kid": OURS.id, "typ": TYPE}
CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER,
    "aud": ISSUER,
    "sub": "pty_1",
    "key_id": "key_1",
    "jti": "tok_1",
    "iat": NOW_S,
    "nbf": NOW_S,
    "exp": NOW_S + 3600,
}


def tokens(clock: HandClock | None = None, *keys: SigningKey) -> LicenceTokens:
    ring = KeyRing(keys or (OURS,))
    return LicenceTokens(ring, ISSUER, ISSUER, clock or HandClock(), CountingIds())


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def part(value: object) -> str:
    return b64(value.encode() if isinstance(value, str) else json.dumps(value).encode())


def signed(
    header: object = HEADER,
    claims: object = CLAIMS,
    *,
    key: SigningKey = OURS,
) -> str:
    """A token whose signature holds, whatever it says."""
    unsigned = f"{part(header)}.{part(claims)}"
    return f"{unsigned}.{b64(key.private.sign(unsigned.encode()))}"


def hs256(secret: bytes, **header: object) -> str:
    unsigned = f"{part({**HEADER, 'alg': 'HS256', **header})}.{part(CLAIMS)}"
    return f"{unsigned}.{b64(hmac.digest(secret, unsigned.encode(), hashlib.sha256))}"


def es256() -> str:
    unsigned = f"{part({**HEADER, 'alg': 'ES256'})}.{part(CLAIMS)}"
    private = ec.derive_private_key(7, ec.SECP256R1())
    return (
        f"{unsigned}.{b64(private.sign(unsigned.encode(), ec.ECDSA(hashes.SHA256())))}"
    )


def head(**changes: object) -> str:
    return signed({**HEADER, **changes})


def says(**changes: object) -> str:
    return signed(claims={**CLAIMS, **changes})


def lacks(claim: str) -> str:
    return signed(claims={k: v for k, v in CLAIMS.items() if k != claim})


def by_them(**header: object) -> str:
    return signed({**HEADER, **header}, key=THEIRS)


def respelled() -> str:
    """The same 64 bytes of signature in another spelling: two bits are spare."""
    text = signed()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + letters[letters.index(text[-1]) ^ 1]


GOOD = signed()
UNSIGNED = GOOD.rpartition(".")[0]
THEIR_JWK = THEIRS.jwk()
NOT_SIGNED = f"{part({**HEADER, 'alg': 'none'})}.{part(CLAIMS)}."
OTHER_CLAIMS = part({**CLAIMS, "sub": "pty_2"})
NEW_PAYLOAD = f"{part(HEADER)}.{OTHER_CLAIMS}.{GOOD.rpartition('.')[2]}"
NEW_HEADER = f"{part({**HEADER, 'x': 1})}.{GOOD.partition('.')[2]}"
F = CredentialFault

FORGED = {
    "alg none, no signature": (NOT_SIGNED, F.TOKEN_MALFORMED),
    "alg none, our signature": (head(alg="none"), F.TOKEN_SIGNATURE),
    "alg None": (head(alg="None"), F.TOKEN_SIGNATURE),
    "alg nOnE": (head(alg="nOnE"), F.TOKEN_SIGNATURE),
    "alg missing": (signed({"kid": OURS.id, "typ": TYPE}), F.TOKEN_SIGNATURE),
    "alg null": (head(alg=None), F.TOKEN_SIGNATURE),
    "alg a list": (head(alg=["EdDSA"]), F.TOKEN_SIGNATURE),
    "alg eddsa": (head(alg="eddsa"), F.TOKEN_SIGNATURE),
    "HS256 with the public PEM": (hs256(PUBLIC_PEM), F.TOKEN_SIGNATURE),
    "HS256 with the raw public key": (hs256(PUBLIC_RAW), F.TOKEN_SIGNATURE),
    "HS256 with the JWK": (hs256(json.dumps(OURS.jwk()).encode()), F.TOKEN_SIGNATURE),
    "HS256 with an empty secret": (hs256(b""), F.TOKEN_SIGNATURE),
    "HS256 that says EdDSA": (hs256(PUBLIC_PEM, alg="EdDSA"), F.TOKEN_SIGNATURE),
    "ES256": (es256(), F.TOKEN_SIGNATURE),
    "RS256": (head(alg="RS256"), F.TOKEN_SIGNATURE),
    "ES256K": (head(alg="ES256K"), F.TOKEN_SIGNATURE),
    "another type of JWT": (head(typ="JWT"), F.TOKEN_SIGNATURE),
    "signed by a stranger": (by_them(), F.TOKEN_SIGNATURE),
    "a stranger's kid": (by_them(kid=THEIRS.id), F.TOKEN_KEY_UNKNOWN),
    "no kid": (signed({"alg": "EdDSA", "typ": TYPE}), F.TOKEN_KEY_UNKNOWN),
    "kid a path": (head(kid="../../../../dev/null"), F.TOKEN_KEY_UNKNOWN),
    "kid an address": (head(kid="https://evil.example/jwks.json"), F.TOKEN_KEY_UNKNOWN),
    "kid SQL": (head(kid="x' UNION SELECT 'k"), F.TOKEN_KEY_UNKNOWN),
    "kid a command": (head(kid="|touch /tmp/x"), F.TOKEN_KEY_UNKNOWN),
    "kid with a NUL": (head(kid=f"{OURS.id}\0"), F.TOKEN_KEY_UNKNOWN),
    "kid with a newline": (head(kid=f"{OURS.id}\n"), F.TOKEN_KEY_UNKNOWN),
    "kid too long": (head(kid="a" * 65), F.TOKEN_KEY_UNKNOWN),
    "kid empty": (head(kid=""), F.TOKEN_KEY_UNKNOWN),
    "kid a number": (head(kid=1), F.TOKEN_MALFORMED),
    "kid a list": (head(kid=[OURS.id]), F.TOKEN_MALFORMED),
    "jku": (by_them(jku="https://evil.example/jwks.json"), F.TOKEN_SIGNATURE),
    "jku and their kid": (by_them(kid=THEIRS.id, jku="https://e"), F.TOKEN_KEY_UNKNOWN),
    "x5u": (by_them(x5u="https://evil.example/cert.pem"), F.TOKEN_SIGNATURE),
    "jwk": (by_them(jwk=THEIR_JWK), F.TOKEN_SIGNATURE),
    "jwk and their kid": (by_them(kid=THEIRS.id, jwk=THEIR_JWK), F.TOKEN_KEY_UNKNOWN),
    "x5c": (by_them(x5c=[b64(b"certificate")]), F.TOKEN_SIGNATURE),
    "crit": (head(crit=["exp"]), F.TOKEN_MALFORMED),
    "crit that PyJWT knows": (head(crit=["b64"], b64=True), F.TOKEN_MALFORMED),
    "crit b64": (head(crit=["b64"], b64=False), F.TOKEN_MALFORMED),
    "b64 false": (head(b64=False), F.TOKEN_MALFORMED),
    "payload swapped": (NEW_PAYLOAD, F.TOKEN_SIGNATURE),
    "header swapped": (NEW_HEADER, F.TOKEN_SIGNATURE),
    "signature of zeros": (f"{UNSIGNED}.{b64(bytes(64))}", F.TOKEN_SIGNATURE),
    "signature too short": (f"{UNSIGNED}.{b64(bytes(63))}", F.TOKEN_SIGNATURE),
    "signature respelled": (respelled(), F.TOKEN_MALFORMED),
    "signature padded": (f"{GOOD}==", F.TOKEN_MALFORMED),
    "stray letters": (f"{GOOD[:-3]}\n{GOOD[-3:]}", F.TOKEN_MALFORMED),
    "two parts": (UNSIGNED, F.TOKEN_MALFORMED),
    "four parts": (f"{GOOD}.{part(CLAIMS)}", F.TOKEN_MALFORMED),
    "five parts, as if encrypted": (f"{GOOD}.a.b", F.TOKEN_MALFORMED),
    "JSON serialisation": (json.dumps({"payload": part(CLAIMS)}), F.TOKEN_MALFORMED),
    "huge": (says(x="a" * 100_000), F.TOKEN_MALFORMED),
    "deep": (signed(claims="[" * 2_500), F.TOKEN_MALFORMED),
    "header deep": (signed("[" * 2_500), F.TOKEN_MALFORMED),
    "header a list": (signed([1]), F.TOKEN_MALFORMED),
    "header no JSON": (signed("hello"), F.TOKEN_MALFORMED),
    "claims a list": (signed(claims=[1]), F.TOKEN_MALFORMED),
    "claims no JSON": (signed(claims="hello"), F.TOKEN_MALFORMED),
    "empty": ("", F.TOKEN_MALFORMED),
    "dots": ("..", F.TOKEN_MALFORMED),
    "another issuer": (says(iss="https://evil.example"), F.TOKEN_ISSUER),
    "no issuer": (lacks("iss"), F.TOKEN_ISSUER),
    "another audience": (says(aud="https://evil.example"), F.TOKEN_AUDIENCE),
    "audience a prefix": (says(aud=ISSUER[:-1]), F.TOKEN_AUDIENCE),
    "no audience": (lacks("aud"), F.TOKEN_AUDIENCE),
    "audience an object": (says(aud={ISSUER: 1}), F.TOKEN_AUDIENCE),
    "expired": (says(exp=NOW_S - 61), F.TOKEN_EXPIRED),
    "expired long ago": (says(exp=1), F.TOKEN_EXPIRED),
    "no expiry": (lacks("exp"), F.TOKEN_MALFORMED),
    "expiry null": (says(exp=None), F.TOKEN_MALFORMED),
    "expiry a text": (says(exp=str(NOW_S + 9)), F.TOKEN_MALFORMED),
    "expiry a float": (says(exp=NOW_S + 0.5), F.TOKEN_MALFORMED),
    "expiry true": (says(exp=True), F.TOKEN_MALFORMED),
    "expiry negative": (says(exp=-1), F.TOKEN_MALFORMED),
    "expiry beyond all time": (says(exp=10**30), F.TOKEN_MALFORMED),
    "expiry infinite": (says(exp=float("inf")), F.TOKEN_MALFORMED),
    "not before": (says(nbf=NOW_S + 62), F.TOKEN_NOT_YET_VALID),
    "issued in the future": (says(iat=NOW_S + 62, nbf=NOW_S), F.TOKEN_NOT_YET_VALID),
    "never issued": (lacks("iat"), F.TOKEN_MALFORMED),
    "no subject": (lacks("sub"), F.TOKEN_MALFORMED),
    "subject a number": (says(sub=1), F.TOKEN_MALFORMED),
    "subject empty": (says(sub=""), F.TOKEN_MALFORMED),
    "no key": (lacks("key_id"), F.TOKEN_MALFORMED),
    "no token id": (lacks("jti"), F.TOKEN_MALFORMED),
    "agreement a number": (says(agreement=5), F.TOKEN_MALFORMED),
}  # fmt: skip


def test_a_token_of_ours_holds() -> None:
    ours = tokens()

    claims = ours.verify(
        ours.issue("pty_1", "key_1", lifetime_s=60, agreement_id="agr_1")
    )

    assert isinstance(claims, LicenceClaims)
    assert (claims.party_id, claims.key_id) == ("pty_1", "key_1")
    assert claims.agreement_id == "agr_1"
    assert claims.expires_us == START_US + 60 * US_PER_S
    assert claims.signed_by == OURS.id


def test_the_forgers_tools_make_a_good_token_too() -> None:
    """Otherwise the refusals below would prove nothing."""
    several = says(aud=["https://other.example", ISSUER])

    assert isinstance(tokens().verify(Secret(GOOD)), LicenceClaims)
    assert isinstance(tokens().verify(Secret(several)), LicenceClaims)
    assert isinstance(tokens().verify(Secret(head(jku="https://evil"))), LicenceClaims)
    assert isinstance(tokens().verify(Secret(lacks("nbf"))), LicenceClaims)


def test_there_are_at_least_forty_forgeries() -> None:
    assert len(FORGED) >= 40


@pytest.mark.parametrize(("token", "fault"), FORGED.values(), ids=FORGED)
def test_a_forged_token_is_refused(token: str, fault: CredentialFault) -> None:
    assert tokens().verify(Secret(token)) is fault


@given(place=st.integers(0, len(GOOD) - 1), letter=st.sampled_from("AZaz09-_."))
def test_no_letter_of_a_token_can_be_changed(place: int, letter: str) -> None:
    tampered = GOOD[:place] + letter + GOOD[place + 1 :]

    verdict = tokens().verify(Secret(tampered))

    assert isinstance(verdict, LicenceClaims) == (tampered == GOOD)


@given(text=st.text(max_size=200))
def test_no_text_whatsoever_makes_it_fail(text: str) -> None:
    assert isinstance(tokens().verify(Secret(text)), CredentialFault)


def test_a_signature_has_one_spelling_whatever_pyjwt_forgives() -> None:
    assert _is_compact(GOOD)
    assert not _is_compact(respelled())
    assert not _is_compact("a.b.c")


def test_our_clock_counts_with_a_minute_of_leeway() -> None:
    clock = HandClock()
    ours = tokens(clock)
    token = ours.issue("pty_1", "key_1", lifetime_s=100)

    clock.forward(s=159)
    held = ours.verify(token)
    clock.forward(s=1)
    ended = ours.verify(token)

    assert isinstance(held, LicenceClaims)
    assert ended is CredentialFault.TOKEN_EXPIRED
    assert ours.fault_at(held, clock.now_us()) is CredentialFault.TOKEN_EXPIRED


def test_a_clock_that_goes_back_makes_a_token_wait() -> None:
    token = tokens().issue("pty_1", "key_1", lifetime_s=100)

    early = tokens(HandClock(START_US - 61 * US_PER_S)).verify(token)

    assert early is CredentialFault.TOKEN_NOT_YET_VALID


def test_an_older_key_verifies_until_it_is_retired() -> None:
    token = tokens().issue("pty_1", "key_1", lifetime_s=100)
    rotated, retired = tokens(None, OURS, THEIRS), tokens(None, THEIRS)

    claims = rotated.verify(token)

    assert isinstance(claims, LicenceClaims)
    assert rotated.ring.current.id == THEIRS.id
    assert retired.verify(token) is CredentialFault.TOKEN_KEY_UNKNOWN
    assert retired.fault_at(claims, START_US) is CredentialFault.TOKEN_KEY_UNKNOWN


@pytest.mark.parametrize("lifetime_s", [0, -1, 31 * 86_400 + 1])
def test_a_token_lives_a_month_at_most(lifetime_s: int) -> None:
    with pytest.raises(InvalidValue, match="31 days"):
        tokens().issue("pty_1", "key_1", lifetime_s=lifetime_s)


def test_a_token_is_printed_by_nothing_that_carries_it() -> None:
    ours = tokens()
    token = ours.issue("pty_1", "key_1", lifetime_s=100)

    assert token.reveal() not in f"{token!r}{token}{[token]}"
    assert "private" not in repr(ours)


def test_a_thumbprint_is_that_of_the_standard() -> None:
    """RFC 8037, appendix A.3, for the key of A.1."""
    d = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    private = Ed25519PrivateKey.from_private_bytes(d)

    jwk = SigningKey.of(private).jwk()

    assert jwk["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert jwk["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert thumbprint(private.public_key()) == jwk["kid"]


def test_the_key_set_shows_public_halves_only_and_the_newest_first() -> None:
    shown = KeyRing((OURS, THEIRS)).jwks()["keys"]

    assert [key["kid"] for key in shown] == [THEIRS.id, OURS.id]
    assert all(set(key) == {"alg", "crv", "kid", "kty", "use", "x"} for key in shown)


def test_a_key_of_another_family_is_refused() -> None:
    pem = ec.derive_private_key(7, ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )

    with pytest.raises(Misconfigured, match="not Ed25519"):
        SigningKey.from_pem(pem, place="signing-1.pem")
    with pytest.raises(Misconfigured, match="no private key"):
        SigningKey.from_pem(b"secret stuff", place="signing-1.pem")
    assert SigningKey.from_pem(OURS.pem(), place="x").id == OURS.id
