"""credentials.signed_note: a text, and who says so."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.credentials.signed_note import NoteKey, note_key, opened, signed
from gateway.kernel.errors import InvalidValue

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"n" * 32)
KEY = NoteKey("archive.example/data", PRIVATE.public_key())
TEXT = "one\n\ntwo\n"
NOTE = signed(TEXT, KEY.name, PRIVATE)


def test_a_note_opens_with_its_key() -> None:
    assert opened(NOTE, KEY) == TEXT
    assert note_key(str(KEY)) == KEY


def test_a_note_with_other_signatures_opens_too() -> None:
    other = "— other.example AAAAAAAA\n"

    assert opened(NOTE + other, KEY) == TEXT


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("two", "owt"),
        NOTE.replace("two\n\n", "two\nthree\n\n"),
        NOTE.replace(KEY.name, "another.example/data"),
        NOTE.replace("— archive", "- archive"),
        TEXT,
        "",
        "\n\n",
        NOTE + "junk\n",
        signed(TEXT, KEY.name, Ed25519PrivateKey.from_private_bytes(b"o" * 32)),
        TEXT + f"\n— {KEY.name} not-base64!\n",
        TEXT + f"\n— {KEY.name} {'AAAA' * 30}\n",
    ],
)
def test_anything_else_does_not(note: str) -> None:
    with pytest.raises(InvalidValue):
        opened(note, KEY)


@pytest.mark.parametrize(
    "text",
    ["", "name", "name+00000000+AAAA", str(KEY)[:-4], str(KEY).replace("+", "-", 1)],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        note_key(text)


def test_a_key_of_the_standard_is_read_as_it_is_written() -> None:
    """The example of C2SP signed-note and of Go's checksum database."""
    written = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

    assert str(note_key(written)) == written


def test_the_example_of_gos_documentation_is_opened() -> None:
    key = note_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSN"
        "XgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )

    assert opened(note, key).startswith("If you think")
    with pytest.raises(InvalidValue):
        opened(note.replace("problem", "trouble"), key)
