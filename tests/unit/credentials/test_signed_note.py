"""Signed notes: whoever has the verifier key knows who wrote a text, word for word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.credentials.signed_note import signed_note, verified_text, verifier_key
from gateway.credentials.signing_key import SigningKey
from gateway.kernel.errors import InvalidValue

KEY, OTHER = SigningKey.made(), SigningKey.made()
NAME = "archive.example"
VERIFIER = verifier_key(KEY, NAME)
NOTE = signed_note("What was taken.\n\nHow it was known.", KEY, NAME)


def test_a_note_is_believed_with_its_writers_key() -> None:
    assert verified_text(NOTE, VERIFIER) == "What was taken.\n\nHow it was known.\n"


def test_a_note_is_not_believed_with_another_key() -> None:
    assert verified_text(NOTE, verifier_key(OTHER, NAME)) is None
    assert verified_text(NOTE, verifier_key(KEY, "other.example")) is None


def test_a_changed_letter_is_not_believed() -> None:
    assert verified_text(NOTE.replace("taken", "given"), VERIFIER) is None


def test_an_example_of_the_format_is_read() -> None:
    # The note and the key of https://pkg.go.dev/golang.org/x/mod/sumdb/note.
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSN"
        "XgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )

    assert verified_text(note, key) is not None
    assert verified_text(note.replace("problem", "trouble"), key) is None


@given(st.text(max_size=200))
def test_nothing_that_is_sent_breaks_the_check(text: str) -> None:
    try:
        assert verified_text(text, VERIFIER) is None
    except InvalidValue:
        assert True


@pytest.mark.parametrize(
    "key",
    ["", "a+b+c", VERIFIER[:-2], VERIFIER.replace("+", "-")],
    ids=["nothing", "no key", "cut short", "other signs"],
)
def test_what_is_no_verifier_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidValue, match="verifier key"):
        verified_text(NOTE, key)
