"""A statement says what was signed, to whoever has the key and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.credentials.signed_bytes import Unproven, signature_over
from gateway.credentials.signed_statement import Proven, proven_by, signed_statement
from gateway.credentials.signing_key import SigningKey
from gateway.kernel.errors import InvalidValue

KEY, OTHER = SigningKey.made(), SigningKey.made()
CONTENT = b'{"bytes":12}'
SIGNED = signed_statement(CONTENT, KEY)
OURS = {"keys": [OTHER.jwk(), KEY.jwk()]}


def test_it_carries_what_was_signed() -> None:
    assert proven_by(SIGNED, OURS) == Proven(CONTENT, KEY.id)
    assert proven_by(SIGNED, KEY.jwk()) == Proven(CONTENT, KEY.id)
    assert signed_statement(CONTENT, KEY) == SIGNED


def test_another_key_proves_nothing() -> None:
    assert proven_by(SIGNED, OTHER.jwk()) is Unproven.KEY_UNKNOWN


def test_another_content_under_the_same_signature_is_found_out() -> None:
    head, _, signature = SIGNED.split(".")
    _, other, _ = signed_statement(b'{"bytes":13}', KEY).split(".")

    assert proven_by(f"{head}.{other}.{signature}", OURS) is Unproven.CHANGED


def test_a_signature_for_another_purpose_is_no_statement() -> None:
    assert proven_by(signature_over(CONTENT, KEY), OURS) is Unproven.MALFORMED


@pytest.mark.parametrize("text", ["", "a.b.c", "e30..e30", "x" * 5_000_000], ids=len)
def test_what_is_no_statement_proves_nothing(text: str) -> None:
    assert proven_by(text, OURS) is Unproven.MALFORMED


def test_what_is_no_key_set_is_refused() -> None:
    with pytest.raises(InvalidValue):
        proven_by(SIGNED, [])


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, len(SIGNED) - 1), letter=st.sampled_from("AQgwZ9-_."))
def test_no_letter_changes_what_it_says(place: int, letter: str) -> None:
    found = proven_by(SIGNED[:place] + letter + SIGNED[place + 1 :], OURS)

    assert not isinstance(found, Proven) or found.content == CONTENT
