"""Signing keys and peppers on a real disk: private, whole, never overwritten."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gateway.credentials.key_ring import (
    load_key_ring,
    make_signing_key,
    retire_signing_key,
)
from gateway.credentials.pepper import load_peppers, make_pepper, peppers_from
from gateway.credentials.private_file import read_private, write_private
from gateway.credentials.signing_key import SigningKey
from gateway.identity.secret import Secret
from gateway.kernel.errors import Conflict, Misconfigured, NotFound
from tests.fakes.time_and_chance import SeededChance

NEXT = "signing-00000000000000000009.pem"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_key_is_private_and_signs(tmp_path: Path) -> None:
    folder = tmp_path / "keys"

    ring = make_signing_key(folder, now_us=1)

    (path,) = folder.iterdir()
    assert (mode(folder), mode(path)) == (0o700, 0o600)
    assert load_key_ring(folder).current.id == ring.current.id


def test_rotation_keeps_the_older_key_until_it_is_retired(tmp_path: Path) -> None:
    first = make_signing_key(tmp_path, now_us=1).current.id
    ring = make_signing_key(tmp_path, now_us=2)

    both = [key["kid"] for key in ring.jwks()["keys"]]
    left = retire_signing_key(tmp_path, first)

    assert both == [ring.current.id, first]
    assert [key.id for key in left.keys] == [ring.current.id]


def test_the_key_that_signs_is_not_retired(tmp_path: Path) -> None:
    ring = make_signing_key(tmp_path, now_us=1)

    with pytest.raises(Conflict, match="signs at present"):
        retire_signing_key(tmp_path, ring.current.id)
    with pytest.raises(NotFound):
        retire_signing_key(tmp_path, "another")


def test_a_clock_that_went_back_does_not_rotate(tmp_path: Path) -> None:
    make_signing_key(tmp_path, now_us=5)

    with pytest.raises(Conflict, match="clock"):
        make_signing_key(tmp_path, now_us=4)
    with pytest.raises(Conflict, match="clock"):
        make_signing_key(tmp_path, now_us=5)


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="copyfair init"):
        load_key_ring(tmp_path)


@pytest.mark.parametrize("too_open", [0o640, 0o604, 0o666, 0o610])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, too_open: int) -> None:
    make_signing_key(tmp_path, now_us=1)
    (path,) = tmp_path.iterdir()
    path.chmod(too_open)

    with pytest.raises(Misconfigured, match="chmod 600"):
        load_key_ring(tmp_path)


@pytest.mark.parametrize("family", ["rsa", "ec"])
def test_a_ring_of_mixed_families_is_refused(tmp_path: Path, family: str) -> None:
    make_signing_key(tmp_path, now_us=1)
    other = (
        rsa.generate_private_key(65537, 2048)
        if family == "rsa"
        else ec.generate_private_key(ec.SECP256R1())
    )
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(tmp_path / NEXT, pem)

    with pytest.raises(Misconfigured, match="not Ed25519"):
        load_key_ring(tmp_path)


def test_an_encrypted_key_and_nonsense_are_refused_unquoted(tmp_path: Path) -> None:
    key = SigningKey.made()
    locked = key.private.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )

    for number, content in enumerate((locked, b"canary nonsense")):
        folder = tmp_path / str(number)
        write_private(folder / NEXT, content)
        with pytest.raises(Misconfigured) as caught:
            load_key_ring(folder)
        assert "canary" not in str(caught.value)


def test_a_ring_has_an_end(tmp_path: Path) -> None:
    for number in range(17):
        write_private(tmp_path / f"signing-{number:020d}.pem", SigningKey.made().pem())

    with pytest.raises(Misconfigured, match="retire old ones"):
        load_key_ring(tmp_path)


def test_the_same_key_twice_is_refused(tmp_path: Path) -> None:
    make_signing_key(tmp_path, now_us=1)
    (path,) = tmp_path.iterdir()
    write_private(tmp_path / NEXT, path.read_bytes())

    with pytest.raises(Misconfigured, match="twice"):
        load_key_ring(tmp_path)


def test_a_pepper_is_made_once_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "pepper"

    made = make_pepper(path, chance=SeededChance())

    assert mode(path) == 0o600
    assert load_peppers(path) == made
    with pytest.raises(Conflict, match="never overwritten"):
        make_pepper(path, chance=SeededChance(2))
    assert load_peppers(path) == made
    assert list(path.parent.iterdir()) == [path]


def test_a_new_pepper_on_top_keeps_the_older_one() -> None:
    text = f"{'n' * 40}\n\n  {'o' * 40}  \n"

    peppers = peppers_from(Secret(text), place="COPYFAIR_PEPPER")

    assert peppers.current.secret == Secret("n" * 40)
    assert [one.secret for one in peppers.older] == [Secret("o" * 40)]


@pytest.mark.parametrize("text", ["", "\n \n", "canary-short"])
def test_a_pepper_that_is_none_is_refused_unquoted(text: str) -> None:
    with pytest.raises(Misconfigured, match="COPYFAIR_PEPPER") as caught:
        peppers_from(Secret(text), place="COPYFAIR_PEPPER")

    assert "canary" not in str(caught.value)


def test_a_secret_file_is_a_plain_private_file(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        read_private(tmp_path / "missing")
    with pytest.raises(Misconfigured, match="no plain file"):
        read_private(tmp_path)
    large = tmp_path / "large"
    write_private(large, b"x" * (64 * 1024 + 1))
    with pytest.raises(Misconfigured, match="too large"):
        read_private(large)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(Misconfigured, match="cannot be written"):
        write_private(tmp_path / "file" / "keys" / "pepper", b"x")
