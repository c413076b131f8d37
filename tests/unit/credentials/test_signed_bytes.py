"""What was signed stays as it was, or is found out."""

from __future__ import annotations

import jwt
import pytest

from gateway.credentials.signed_bytes import TYPE, Unproven, signature_over, signed_by
from gateway.credentials.signing_key import SigningKey
from gateway.kernel.errors import InvalidValue

KEY, OTHER = SigningKey.made(), SigningKey.made()
CONTENT = b"<invoice>12.34</invoice>"
SIGNED = signature_over(CONTENT, KEY)
OURS = {"keys": [OTHER.jwk(), KEY.jwk()]}
HEADERS = {"kid": KEY.id, "typ": TYPE}


def test_what_was_signed_names_its_key() -> None:
    assert signed_by(CONTENT, SIGNED, OURS) == KEY.id
    assert signed_by(CONTENT, SIGNED, KEY.jwk()) == KEY.id


def test_the_signature_does_not_repeat_the_content() -> None:
    assert SIGNED.count("..") == 1
    assert signature_over(CONTENT, KEY) == SIGNED


@pytest.mark.parametrize(
    "content", [CONTENT + b" ", CONTENT[:-1], b""], ids=["more", "less", "nothing"]
)
def test_what_was_changed_is_found_out(content: bytes) -> None:
    assert signed_by(content, SIGNED, OURS) is Unproven.CHANGED


def test_a_signature_put_beside_another_document_is_told_from_a_change() -> None:
    signed = signature_over(CONTENT, KEY, about="INV-1")
    other = CONTENT + b" "

    assert signed_by(CONTENT, signed, OURS, about="INV-1") == KEY.id
    assert signed_by(CONTENT, signed, OURS) == KEY.id
    assert signed_by(other, signed, OURS, about="INV-2") is Unproven.SWAPPED
    assert signed_by(other, signed, OURS, about="INV-1") is Unproven.CHANGED
    assert signed_by(other, SIGNED, OURS, about="INV-1") is Unproven.CHANGED


def test_another_key_proves_nothing() -> None:
    assert signed_by(CONTENT, SIGNED, OTHER.jwk()) is Unproven.KEY_UNKNOWN
    assert signed_by(CONTENT, SIGNED, {"keys": []}) is Unproven.KEY_UNKNOWN


def test_a_key_under_anothers_name_proves_nothing() -> None:
    posing = {**OTHER.jwk(), "kid": KEY.id}

    assert signed_by(CONTENT, SIGNED, posing) is Unproven.KEY_UNKNOWN


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "abc",
        "a.b.c",
        SIGNED[:-4],
        "e30..e30",
        SIGNED * 40,
        jwt.encode({"a": 1}, KEY.private, algorithm="EdDSA", headers=HEADERS),
        jwt.encode({"a": 1}, "x" * 32, algorithm="HS256", headers=HEADERS),
        jwt.encode({}, KEY.private, algorithm="EdDSA", headers={"kid": KEY.id}),
    ],
    ids=[
        *("empty", "letters", "three letters", "cut off", "no header", "too long"),
        *("not detached", "another algorithm", "another purpose"),
    ],
)
def test_what_is_no_signature_of_ours_proves_nothing(signature: str) -> None:
    found = signed_by(CONTENT, signature, OURS)

    assert found in {Unproven.MALFORMED, Unproven.CHANGED}


@pytest.mark.parametrize(
    "jwks", [None, [], {"keys": "x"}, {"keys": [{}] * 65}], ids=str
)
def test_what_is_no_key_set_is_refused(jwks: object) -> None:
    with pytest.raises(InvalidValue):
        signed_by(CONTENT, SIGNED, jwks)


def test_what_is_no_key_is_passed_over() -> None:
    mixed = {"keys": ["x", {"kty": "RSA"}, {"kty": "OKP", "crv": "Ed25519"}, KEY.jwk()]}

    assert signed_by(CONTENT, SIGNED, mixed) == KEY.id
